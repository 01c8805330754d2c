"""What reports count of persons, and when custody came down."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("came_down_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incident", sa.Column("came_down_from_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_incident_came_down",
        "incident",
        ["came_down_at"],
        postgresql_where=sa.text("came_down_at IS NOT NULL"),
        sqlite_where=sa.text("came_down_at IS NOT NULL"),
    )
    op.add_column("incident_person", sa.Column("age_band", sa.String(length=20), nullable=True))
    op.add_column("incident_person", sa.Column("school_level", sa.String(length=60), nullable=True))
    op.add_column("incident_person", sa.Column("grade", sa.String(length=20), nullable=True))
    op.add_column("incident_person", sa.Column("injury_outcome", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("incident_person", "injury_outcome")
    op.drop_column("incident_person", "grade")
    op.drop_column("incident_person", "school_level")
    op.drop_column("incident_person", "age_band")
    op.drop_index("ix_incident_came_down", "incident")
    op.drop_column("incident", "came_down_from_id")
    op.drop_column("incident", "came_down_at")
