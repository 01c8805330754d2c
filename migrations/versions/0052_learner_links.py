"""Persons of incidents: the digest of a linked learner, for figures of distinct persons."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0052"
down_revision: str | None = "0051"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LINKED = sa.text("learner_digest IS NOT NULL")


def upgrade() -> None:
    op.add_column("incident_person", sa.Column("learner_digest", sa.String(length=32), nullable=True))
    op.create_index(
        "ix_incident_person_linked",
        "incident_person",
        ["learner_digest", "org_path"],
        unique=False,
        postgresql_where=LINKED,
        sqlite_where=LINKED,
    )


def downgrade() -> None:
    op.drop_index("ix_incident_person_linked", table_name="incident_person")
    op.drop_column("incident_person", "learner_digest")
