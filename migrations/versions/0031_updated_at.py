"""When rows of lists last changed, and open clocks by due time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What is known of earlier changes: when the row was made.
MADE = {
    "incident": "created_at",
    "child_case": "opened_at",
    "referral": "made_at",
    "clock": "started_at",
    "escalation": "raised_at",
    "proposal": "proposed_at",
    "subject_request": "recorded_at",
}
OPEN = sa.text("met_at IS NULL AND voided_at IS NULL")
LONG_AGO = "1970-01-01 00:00:00+00:00"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, made in MADE.items():
        # Not in batch mode, which rebuilds SQLite's tables without their triggers; so the defaults stay.
        default = LONG_AGO[:19] if is_sqlite else LONG_AGO
        op.add_column(
            table, sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=default)
        )
        rows = sa.table(table, sa.column("updated_at"), sa.column(made))
        op.execute(rows.update().values(updated_at=rows.c[made]))
    op.create_index("ix_incident_updated_at_org_path", "incident", ["updated_at", "org_path"])
    op.create_index("ix_clock_due", "clock", ["due_at", "id", "org_path"], postgresql_where=OPEN, sqlite_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_clock_due", "clock")
    op.drop_index("ix_incident_updated_at_org_path", "incident")
    for table in MADE:
        op.drop_column(table, "updated_at")
