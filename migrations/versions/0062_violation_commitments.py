"""Cases: commitments after a violation."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0062"
down_revision: str | None = "0061"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
OWNERS = {"incident_id": "incident", "person_id": "incident_person", "discipline_id": "discipline"}


def upgrade() -> None:
    op.create_index("uq_discipline_id_org_path", "discipline", ["id", "org_path"], unique=True)
    op.create_table(
        "violation_commitment",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("discipline_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("followed_until", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column, "org_path"],
                [f"{owner}.id", f"{owner}.org_path"],
                name=op.f(f"fk_violation_commitment_{column}_org_path"),
                onupdate="CASCADE",
                initially="DEFERRED",
                deferrable=True,
            )
            for column, owner in OWNERS.items()
        ),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["data_key.id"],
            name=op.f("fk_violation_commitment_key_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violation_commitment")),
    )
    op.create_index(
        op.f("ix_violation_commitment_incident_id_org_path"),
        "violation_commitment",
        ["incident_id", "org_path"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_violation_commitment_incident_id_org_path"), table_name="violation_commitment")
    op.drop_table("violation_commitment")
    op.drop_index("uq_discipline_id_org_path", table_name="discipline")
