"""What several units below count of one event, named in the sum above them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("report_figure", sa.Column("overlap", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("report_figure", "overlap")
