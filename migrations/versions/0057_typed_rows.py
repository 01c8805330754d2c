"""Staff posts and report figures by upload: what was entered by hand, and what a revert left void."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0057"
down_revision: str | None = "0056"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("staff_post", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff_post", sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("report_figure", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    # What stands there was typed by hand: no upload wrote it.
    op.execute("UPDATE staff_post SET edited_at = recorded_at")


def downgrade() -> None:
    op.drop_column("report_figure", "edited_at")
    op.drop_column("staff_post", "voided_at")
    op.drop_column("staff_post", "edited_at")
