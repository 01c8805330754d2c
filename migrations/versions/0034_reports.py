"""School years, roster counts, and reports with their templates, periods, versions and figures."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "school_year",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_school_year_days")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_school_year")),
    )
    op.create_table(
        "school_term",
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_school_term_days")),
        sa.ForeignKeyConstraint(
            ["school_year"],
            ["school_year.code"],
            name=op.f("fk_school_term_school_year"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("school_year", "code", name=op.f("pk_school_term")),
    )
    op.create_table(
        "report_template",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label_vi", sa.String(length=300), nullable=False),
        sa.Column("label_en", sa.String(length=300), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_report_template_number")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_report_template_period")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_report_template_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_template")),
        sa.UniqueConstraint("code", "number", name=op.f("uq_report_template_code_number")),
    )
    op.create_table(
        "roster_count",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("moment", sa.String(length=8), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("school_level", sa.String(length=60), nullable=False),
        sa.Column("sex", sa.String(length=20), nullable=False),
        sa.Column("pupils", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("pupils >= 0", name=op.f("ck_roster_count_pupils")),
        sa.ForeignKeyConstraint(
            ["school_year"],
            ["school_year.code"],
            name=op.f("fk_roster_count_school_year"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_roster_count_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_count")),
        sa.UniqueConstraint(
            "unit_id",
            "school_year",
            "moment",
            "school_level",
            "sex",
            name=op.f("uq_roster_count_unit_id_school_year_moment_school_level_sex"),
        ),
    )
    op.create_index(op.f("ix_roster_count_org_path_id"), "roster_count", ["org_path", "id"])
    op.create_index(
        op.f("ix_roster_count_school_year_moment_org_path"), "roster_count", ["school_year", "moment", "org_path"]
    )

    op.create_table(
        "report_period",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("term", sa.String(length=8), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("cut_off_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dues", JSON, nullable=False),
        sa.Column("letter_number", sa.String(length=100), nullable=True),
        sa.Column("letter_issuer", sa.String(length=300), nullable=True),
        sa.Column("letter_issued_on", sa.Date(), nullable=True),
        sa.Column("questions", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_report_period_days")),
        sa.ForeignKeyConstraint(
            ["school_year"],
            ["school_year.code"],
            name=op.f("fk_report_period_school_year"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["report_template.id"],
            name=op.f("fk_report_period_template_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_report_period_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_period")),
        sa.UniqueConstraint("code", name=op.f("uq_report_period_code")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_report_period_id_org_path")),
    )
    op.create_index(op.f("ix_report_period_org_path_id"), "report_period", ["org_path", "id"])
    op.create_index(op.f("ix_report_period_school_year_org_path"), "report_period", ["school_year", "org_path"])

    op.create_table(
        "report",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("extension_decision", sa.String(length=100), nullable=True),
        sa.Column("submitted_version_id", sa.Uuid(), nullable=True),
        sa.Column("accepted_version_id", sa.Uuid(), nullable=True),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unlock_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_report_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["report_period.id"], name=op.f("fk_report_period_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["unit.id"], name=op.f("fk_report_recipient_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_report_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("code", name=op.f("uq_report_code")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_report_id_org_path")),
        sa.UniqueConstraint("period_id", "unit_id", "ordinal", name=op.f("uq_report_period_id_unit_id_ordinal")),
    )
    op.create_index(op.f("ix_report_due_at_state"), "report", ["due_at", "state"])
    op.create_index(op.f("ix_report_key_id"), "report", ["key_id"])
    op.create_index(op.f("ix_report_org_path_id"), "report", ["org_path", "id"])
    op.create_index(op.f("ix_report_period_id_org_path_state"), "report", ["period_id", "org_path", "state"])
    op.create_index(op.f("ix_report_recipient_id_state"), "report", ["recipient_id", "state"])

    op.create_table(
        "report_event",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_role", sa.String(length=32), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_report_event_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["report_id", "org_path"],
            ["report.id", "report.org_path"],
            name=op.f("fk_report_event_report_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_event")),
    )
    op.create_index(op.f("ix_report_event_report_id_org_path_id"), "report_event", ["report_id", "org_path", "id"])

    op.create_table(
        "report_version",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_supplementary", sa.Boolean(), nullable=False),
        sa.Column("is_nil", sa.Boolean(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("signing_mode", sa.String(length=8), nullable=True),
        sa.Column("is_complete", sa.Boolean(), nullable=True),
        sa.Column("explanations", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by", sa.Uuid(), nullable=True),
        sa.Column("return_items", JSON, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("(submitted_at IS NULL) = (digest IS NULL)", name=op.f("ck_report_version_frozen")),
        sa.CheckConstraint(
            "returned_at IS NULL OR return_items IS NOT NULL", name=op.f("ck_report_version_return_has_reasons")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_report_version_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["report_id", "org_path"],
            ["report.id", "report.org_path"],
            name=op.f("fk_report_version_report_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_version")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_report_version_id_org_path")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_report_version_report_id_number")),
    )
    op.create_index(op.f("ix_report_version_report_id_org_path"), "report_version", ["report_id", "org_path"])

    op.create_table(
        "reporter_unit",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("decision_number", sa.String(length=100), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_reporter_unit_period")),
        sa.ForeignKeyConstraint(
            ["report_id", "org_path"],
            ["report.id", "report.org_path"],
            name=op.f("fk_reporter_unit_report_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_reporter_unit_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporter_unit")),
    )
    op.create_index(op.f("ix_reporter_unit_report_id_org_path"), "reporter_unit", ["report_id", "org_path"])
    op.create_index(op.f("ix_reporter_unit_unit_id_report_id"), "reporter_unit", ["unit_id", "report_id"])

    op.create_table(
        "report_figure",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("cell", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("computed_numerator", sa.BigInteger(), nullable=True),
        sa.Column("computed_denominator", sa.BigInteger(), nullable=True),
        sa.Column("adjustment", sa.BigInteger(), nullable=True),
        sa.Column("previous_numerator", sa.BigInteger(), nullable=True),
        sa.Column("previous_denominator", sa.BigInteger(), nullable=True),
        sa.Column("previous_source", sa.String(length=300), nullable=True),
        sa.Column("outside", sa.BigInteger(), nullable=True),
        sa.Column("outside_source", sa.String(length=300), nullable=True),
        sa.Column("outside_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("denominator IS NULL OR denominator >= 0", name=op.f("ck_report_figure_denominator")),
        sa.CheckConstraint("numerator IS NULL OR numerator >= 0", name=op.f("ck_report_figure_numerator")),
        sa.ForeignKeyConstraint(
            ["report_id", "org_path"],
            ["report.id", "report.org_path"],
            name=op.f("fk_report_figure_report_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "org_path"],
            ["report_version.id", "report_version.org_path"],
            name=op.f("fk_report_figure_version_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_figure")),
        sa.UniqueConstraint("version_id", "item", "cell", name=op.f("uq_report_figure_version_id_item_cell")),
    )
    op.create_index(op.f("ix_report_figure_report_id_org_path"), "report_figure", ["report_id", "org_path"])

    op.create_table(
        "report_section",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_report_section_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["report_id", "org_path"],
            ["report.id", "report.org_path"],
            name=op.f("fk_report_section_report_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "org_path"],
            ["report_version.id", "report_version.org_path"],
            name=op.f("fk_report_section_version_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_section")),
        sa.UniqueConstraint("version_id", "code", name=op.f("uq_report_section_version_id_code")),
    )
    op.create_index(op.f("ix_report_section_report_id_org_path"), "report_section", ["report_id", "org_path"])


def downgrade() -> None:
    op.drop_table("report_section")
    op.drop_table("report_figure")
    op.drop_table("reporter_unit")
    op.drop_table("report_version")
    op.drop_table("report_event")
    op.drop_table("report")
    op.drop_table("report_period")
    op.drop_table("roster_count")
    op.drop_table("report_template")
    op.drop_table("school_term")
    op.drop_table("school_year")
