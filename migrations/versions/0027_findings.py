"""What an accusation of staff proved to be, and when a case came down to a cleared unit."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("incident_person", sa.Column("finding", sa.String(length=20), nullable=True))
    op.add_column("incident", sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("incident", "returned_at")
    op.drop_column("incident_person", "finding")
