"""Intakes that a second person sets aside."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("intake_set_aside") as batch_op:
        batch_op.add_column(sa.Column("needs_second", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("approved_by", sa.Uuid(), nullable=True))
    with op.batch_alter_table("intake_set_aside") as batch_op:
        batch_op.alter_column("needs_second", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("intake_set_aside") as batch_op:
        batch_op.drop_column("approved_by")
        batch_op.drop_column("approved_at")
        batch_op.drop_column("needs_second")
