"""Uploads: what later uploads changed of a record, for a revert."""

from collections.abc import Sequence

from alembic import op

revision: str = "0049"
down_revision: str | None = "0048"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_upload_change_record_id", "upload_change", ["record_id"])


def downgrade() -> None:
    op.drop_index("ix_upload_change_record_id", "upload_change")
