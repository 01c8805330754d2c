"""Home: what waits for a decision is found by its own index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0042"
down_revision: str | None = "0041"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OPEN, UNDECIDED = sa.text("closed_at IS NULL"), sa.text("decided_at IS NULL")
INDEXES = (
    ("ix_child_case_open", "child_case", OPEN),
    ("ix_exemption_undecided", "exemption", UNDECIDED),
    ("ix_proposal_waiting", "proposal", UNDECIDED),
)


def upgrade() -> None:
    for name, table, waiting in INDEXES:
        op.create_index(name, table, ["org_path", "id"], postgresql_where=waiting, sqlite_where=waiting)


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
