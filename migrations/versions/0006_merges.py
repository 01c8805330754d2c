"""Merges of incidents about one event."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "incident_merge",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_incident_merge_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_incident_merge_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_merge")),
    )
    with op.batch_alter_table("incident_merge", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_merge_incident_id_org_path"), ["incident_id", "org_path"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_incident_merge_survivor_id"), ["survivor_id"], unique=False)

    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.add_column(sa.Column("void_reason", sa.String(length=20), nullable=True))

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("event_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("received_at_unmerged", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_incident_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_occurred_on_org_path"), ["occurred_on", "org_path"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_received_at_org_path"), ["received_at", "org_path"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_received_at_org_path"))
        batch_op.drop_index(batch_op.f("ix_incident_occurred_on_org_path"))
        batch_op.drop_index(batch_op.f("ix_incident_event_id"))
        batch_op.drop_column("received_at_unmerged")
        batch_op.drop_column("event_id")
        batch_op.drop_column("merged_into_id")

    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.drop_column("void_reason")

    with op.batch_alter_table("incident_merge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_merge_survivor_id"))
        batch_op.drop_index(batch_op.f("ix_incident_merge_incident_id_org_path"))

    op.drop_table("incident_merge")
