"""Accounts that wait for activation by a printed code, and uploads that are private to their uploader."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0063"
down_revision: str | None = "0062"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANTS = ("invited_at", "activation_expires_at", "invitation_withdrawn_at")


def upgrade() -> None:
    for name in INSTANTS:
        op.add_column("user_account", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("user_account", sa.Column("activation_digest", sa.String(length=64), nullable=True))
    op.add_column("upload", sa.Column("private_to", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_upload_private_to"), "upload", ["private_to"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_upload_private_to"), table_name="upload")
    op.drop_column("upload", "private_to")
    op.drop_column("user_account", "activation_digest")
    for name in reversed(INSTANTS):
        op.drop_column("user_account", name)
