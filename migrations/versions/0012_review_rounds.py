"""Recurring clocks: the event that starts the next round of a rule."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("clock_rule", sa.Column("restarts_on", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("clock_rule", schema=None) as batch_op:
        batch_op.drop_column("restarts_on")
