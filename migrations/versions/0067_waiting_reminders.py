"""Reminders that wait have an index in the order in which senders fetch them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0067"
down_revision: str | None = "0066"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "commitment_reminder"
WAITING = sa.text("fetched_at IS NULL AND ended_at IS NULL")


def upgrade() -> None:
    op.drop_index(op.f("ix_commitment_reminder_day_state_channel"), TABLE)
    op.create_index(op.f("ix_commitment_reminder_day"), TABLE, ["day"])
    op.create_index(
        "ix_commitment_reminder_waiting",
        TABLE,
        ["day", "channel", "id"],
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )


def downgrade() -> None:
    op.drop_index("ix_commitment_reminder_waiting", TABLE)
    op.drop_index(op.f("ix_commitment_reminder_day"), TABLE)
    op.create_index(op.f("ix_commitment_reminder_day_state_channel"), TABLE, ["day", "state", "channel"])
