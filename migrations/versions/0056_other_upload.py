"""Uploads: the other upload of the unit that has a row's key."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0056"
down_revision: str | None = "0055"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("upload_fault", sa.Column("other_upload_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("upload_fault", "other_upload_id")
