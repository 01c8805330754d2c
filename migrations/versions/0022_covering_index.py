"""Counts of events from an index alone; it replaces that of lists in scope."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = ["org_path", "id", "event_id", "occurred_on", "received_at", "group_code", "severity", "state"]


MERGED: dict[str, Any] = {
    "postgresql_where": sa.text("event_id IS NOT NULL"),
    "sqlite_where": sa.text("event_id IS NOT NULL"),
}


def upgrade() -> None:
    op.create_index("ix_incident_counted", "incident", COLUMNS)
    op.create_index("ix_incident_merged", "incident", COLUMNS, **MERGED)
    op.create_index("ix_incident_event", "incident", ["event_id", "id", "org_path"], **MERGED)
    op.drop_index("ix_incident_org_path_id", "incident")
    op.drop_index("ix_incident_event_id", "incident")


def downgrade() -> None:
    op.create_index("ix_incident_event_id", "incident", ["event_id"])
    op.create_index("ix_incident_org_path_id", "incident", ["org_path", "id"])
    op.drop_index("ix_incident_event", "incident")
    op.drop_index("ix_incident_merged", "incident")
    op.drop_index("ix_incident_counted", "incident")
