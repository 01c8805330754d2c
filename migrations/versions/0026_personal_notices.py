"""Notices to one person; minimum periods of retention that are not confirmed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("recipient_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_notice_recipient_id_id"), "notice", ["recipient_id", "id"])
    op.add_column("retention_class", sa.Column("minimum_source", sa.String(length=300), nullable=True))
    with op.batch_alter_table("retention_class") as batch_op:
        batch_op.add_column(sa.Column("minimum_is_confirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("retention_class") as batch_op:
        batch_op.alter_column("minimum_is_confirmed", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("retention_class") as batch_op:
        batch_op.drop_column("minimum_is_confirmed")
    op.drop_column("retention_class", "minimum_source")
    op.drop_index(op.f("ix_notice_recipient_id_id"), "notice")
    op.drop_column("notice", "recipient_id")
