"""Whether an attachment has a shared copy, and why it has none."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.add_column(sa.Column("copy_state", sa.String(16), nullable=False, server_default="not_for_kind"))
    attachment = sa.table("attachment", sa.column("copy_state"), sa.column("shared_object"))
    op.execute(sa.update(attachment).where(attachment.c.shared_object.is_not(None)).values(copy_state="made"))
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.alter_column("copy_state", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.drop_column("copy_state")
