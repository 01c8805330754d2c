"""An escalation of several clocks, and whether it was late when the case was recorded."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("clock", sa.Column("escalation_id", sa.Uuid(), nullable=True))
    with op.batch_alter_table("escalation") as batch_op:
        batch_op.add_column(sa.Column("late_when_recorded", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("escalation") as batch_op:
        batch_op.alter_column("late_when_recorded", server_default=None)


def downgrade() -> None:
    op.drop_column("escalation", "late_when_recorded")
    op.drop_column("clock", "escalation_id")
