"""What counts group by, as one text in their index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = ["org_path", "id", "event_id", "occurred_on", "received_at", "group_code", "severity", "state"]
CELL = sa.text("((((group_code || '/') || coalesce(severity, '')) || '/') || state)")


def upgrade() -> None:
    op.drop_index("ix_incident_counted", "incident")
    op.create_index("ix_incident_counted", "incident", [*COLUMNS, CELL])


def downgrade() -> None:
    op.drop_index("ix_incident_counted", "incident")
    op.create_index("ix_incident_counted", "incident", COLUMNS)
