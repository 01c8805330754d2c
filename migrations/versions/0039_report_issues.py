"""What is issued of a report: its number, and what its form for the public hides."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "report_disclosure",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("hidden", JSON, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id", "org_path"],
            ["report.id", "report.org_path"],
            name=op.f("fk_report_disclosure_report_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "org_path"],
            ["report_version.id", "report_version.org_path"],
            name=op.f("fk_report_disclosure_version_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_disclosure")),
    )
    op.create_index(op.f("ix_report_disclosure_report_id_org_path"), "report_disclosure", ["report_id", "org_path"])
    op.create_index(op.f("ix_report_disclosure_version_id_id"), "report_disclosure", ["version_id", "id"])

    op.create_table(
        "report_issuance",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_report_issuance_number")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_report_issuance_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["report_id", "org_path"],
            ["report.id", "report.org_path"],
            name=op.f("fk_report_issuance_report_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "org_path"],
            ["report_version.id", "report_version.org_path"],
            name=op.f("fk_report_issuance_version_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_issuance")),
        sa.UniqueConstraint("unit_id", "year", "number", name=op.f("uq_report_issuance_unit_id_year_number")),
        sa.UniqueConstraint("version_id", name=op.f("uq_report_issuance_version_id")),
    )
    op.create_index(op.f("ix_report_issuance_report_id_org_path"), "report_issuance", ["report_id", "org_path"])


def downgrade() -> None:
    op.drop_table("report_issuance")
    op.drop_table("report_disclosure")
