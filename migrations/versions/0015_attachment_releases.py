"""Releases of attachments without a metadata-free copy."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.add_column(sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("released_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.drop_column("released_by")
        batch_op.drop_column("released_at")
