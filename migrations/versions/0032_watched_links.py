"""Download links of films and recordings that somebody began to watch."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "watched_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_link")),
    )
    op.create_index(op.f("ix_watched_link_expires_at"), "watched_link", ["expires_at"])


def downgrade() -> None:
    op.drop_table("watched_link")
