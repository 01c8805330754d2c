"""Files of reports, and urgent reports with their sealed texts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "urgent_report_text",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("(submitted_at IS NULL) = (digest IS NULL)", name=op.f("ck_urgent_report_text_frozen")),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_urgent_report_text_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["data_key.id"],
            name=op.f("fk_urgent_report_text_key_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["report.id"],
            name=op.f("fk_urgent_report_text_report_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_urgent_report_text_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_report_text")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_urgent_report_text_report_id_number")),
    )
    op.create_index(
        op.f("ix_urgent_report_text_incident_id_org_path"), "urgent_report_text", ["incident_id", "org_path"]
    )

    op.create_table(
        "report_file",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version_digest", sa.String(length=64), nullable=True),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("object_name", sa.String(length=40), nullable=False),
        sa.Column("shared_object", sa.String(length=40), nullable=True),
        sa.Column("shared_size", sa.BigInteger(), nullable=True),
        sa.Column("copy_state", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("(purpose = 'evidence') = (item IS NOT NULL)", name=op.f("ck_report_file_item")),
        sa.CheckConstraint("(purpose = 'issued') = (version_digest IS NOT NULL)", name=op.f("ck_report_file_issued")),
        sa.CheckConstraint("purpose IN ('evidence', 'issued')", name=op.f("ck_report_file_purpose")),
        sa.CheckConstraint("(shared_object IS NULL) = (shared_size IS NULL)", name=op.f("ck_report_file_shared_copy")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_report_file_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["report_id", "org_path"],
            ["report.id", "report.org_path"],
            name=op.f("fk_report_file_report_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "org_path"],
            ["report_version.id", "report_version.org_path"],
            name=op.f("fk_report_file_version_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_file")),
        sa.UniqueConstraint("object_name", name=op.f("uq_report_file_object_name")),
        sa.UniqueConstraint("report_id", "fingerprint", name=op.f("uq_report_file_report_id_fingerprint")),
        sa.UniqueConstraint("shared_object", name=op.f("uq_report_file_shared_object")),
    )
    op.create_index(op.f("ix_report_file_report_id_org_path"), "report_file", ["report_id", "org_path"])


def downgrade() -> None:
    op.drop_table("report_file")
    op.drop_table("urgent_report_text")
