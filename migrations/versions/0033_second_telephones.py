"""An informant's second telephone number."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("informant", sa.Column("second_phone_index", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_informant_second_phone_index"), "informant", ["second_phone_index"])


def downgrade() -> None:
    # Not in batch mode, which rebuilds SQLite's table without its triggers.
    op.drop_index(op.f("ix_informant_second_phone_index"), "informant")
    op.drop_column("informant", "second_phone_index")
