"""Reports: how many rules a version explains has a word of its own."""

from collections.abc import Sequence

from alembic import op

revision: str = "0055"
down_revision: str | None = "0054"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE report_version RENAME COLUMN explanations TO explained_rules")


def downgrade() -> None:
    op.execute("ALTER TABLE report_version RENAME COLUMN explained_rules TO explanations")
