"""Commitments: templates, campaigns, and classes with obligations, entries, counters and scans."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0051"
down_revision: str | None = "0050"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "commitment_campaign",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("title_vi", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=True),
        sa.Column("template_ids", JSON, nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_commitment_campaign_window")),
        sa.ForeignKeyConstraint(
            ["school_year"],
            ["school_year.code"],
            name=op.f("fk_commitment_campaign_school_year"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_commitment_campaign_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_campaign")),
        sa.UniqueConstraint("code", name=op.f("uq_commitment_campaign_code")),
    )
    op.create_index(
        op.f("ix_commitment_campaign_school_year_unit_id"),
        "commitment_campaign",
        ["school_year", "unit_id"],
        unique=False,
    )

    op.create_table(
        "commitment_template",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title_vi", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=True),
        sa.Column("levels", JSON, nullable=False),
        sa.Column("parties", JSON, nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_commitment_template_number")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_commitment_template_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_template")),
        sa.UniqueConstraint("unit_id", "code", "number", name=op.f("uq_commitment_template_unit_id_code_number")),
    )
    op.create_index(
        "uq_commitment_template_product",
        "commitment_template",
        ["code", "number"],
        unique=True,
        postgresql_where=sa.text("unit_id IS NULL"),
        sqlite_where=sa.text("unit_id IS NULL"),
    )

    op.create_table(
        "commitment_class",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["commitment_campaign.id"],
            name=op.f("fk_commitment_class_campaign_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["class_id", "org_path"],
            ["school_class.id", "school_class.org_path"],
            name=op.f("fk_commitment_class_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_commitment_class_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["commitment_template.id"],
            name=op.f("fk_commitment_class_template_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_commitment_class_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_class")),
        sa.UniqueConstraint("campaign_id", "class_id", name=op.f("uq_commitment_class_campaign_id_class_id")),
        sa.UniqueConstraint("code", name=op.f("uq_commitment_class_code")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_commitment_class_id_org_path")),
    )
    op.create_index(op.f("ix_commitment_class_class_id"), "commitment_class", ["class_id"], unique=False)
    op.create_index(op.f("ix_commitment_class_org_path_id"), "commitment_class", ["org_path", "id"], unique=False)

    op.create_table(
        "commitment_count",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_class_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.String(length=16), nullable=False),
        sa.Column("owed", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("signed", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint(
            "0 <= signed AND signed <= settled AND settled <= owed", name=op.f("ck_commitment_count_settled")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["commitment_campaign.id"],
            name=op.f("fk_commitment_count_campaign_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["class_id", "org_path"],
            ["school_class.id", "school_class.org_path"],
            name=op.f("fk_commitment_count_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commitment_class_id", "org_path"],
            ["commitment_class.id", "commitment_class.org_path"],
            name=op.f("fk_commitment_count_commitment_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_count")),
        sa.UniqueConstraint("commitment_class_id", "party", name=op.f("uq_commitment_count_commitment_class_id_party")),
    )
    op.create_index(
        op.f("ix_commitment_count_campaign_id_org_path"), "commitment_count", ["campaign_id", "org_path"], unique=False
    )
    op.create_index(op.f("ix_commitment_count_class_id"), "commitment_count", ["class_id"], unique=False)
    op.create_index(op.f("ix_commitment_count_org_path_id"), "commitment_count", ["org_path", "id"], unique=False)

    op.create_table(
        "commitment_file",
        sa.Column("commitment_class_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
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
        sa.CheckConstraint(
            "(shared_object IS NULL) = (shared_size IS NULL)", name=op.f("ck_commitment_file_shared_copy")
        ),
        sa.ForeignKeyConstraint(
            ["class_id", "org_path"],
            ["school_class.id", "school_class.org_path"],
            name=op.f("fk_commitment_file_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commitment_class_id", "org_path"],
            ["commitment_class.id", "commitment_class.org_path"],
            name=op.f("fk_commitment_file_commitment_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_commitment_file_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_file")),
        sa.UniqueConstraint(
            "commitment_class_id", "fingerprint", name=op.f("uq_commitment_file_commitment_class_id_fingerprint")
        ),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_commitment_file_id_org_path")),
        sa.UniqueConstraint("object_name", name=op.f("uq_commitment_file_object_name")),
        sa.UniqueConstraint("shared_object", name=op.f("uq_commitment_file_shared_object")),
    )
    op.create_index(op.f("ix_commitment_file_class_id"), "commitment_file", ["class_id"], unique=False)
    op.create_index(
        op.f("ix_commitment_file_commitment_class_id_org_path"),
        "commitment_file",
        ["commitment_class_id", "org_path"],
        unique=False,
    )

    op.create_table(
        "commitment_obligation",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_class_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=True),
        sa.Column("party", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("party IN ('pupil', 'guardian')", name=op.f("ck_commitment_obligation_party")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["commitment_campaign.id"],
            name=op.f("fk_commitment_obligation_campaign_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["class_id", "org_path"],
            ["school_class.id", "school_class.org_path"],
            name=op.f("fk_commitment_obligation_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commitment_class_id", "org_path"],
            ["commitment_class.id", "commitment_class.org_path"],
            name=op.f("fk_commitment_obligation_commitment_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["data_key.id"],
            name=op.f("fk_commitment_obligation_key_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["learner_id", "org_path"],
            ["learner.id", "learner.org_path"],
            name=op.f("fk_commitment_obligation_learner_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_obligation")),
        sa.UniqueConstraint(
            "campaign_id", "learner_id", "party", name=op.f("uq_commitment_obligation_campaign_id_learner_id_party")
        ),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_commitment_obligation_id_org_path")),
    )
    op.create_index(op.f("ix_commitment_obligation_class_id"), "commitment_obligation", ["class_id"], unique=False)
    op.create_index(
        op.f("ix_commitment_obligation_commitment_class_id"),
        "commitment_obligation",
        ["commitment_class_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_commitment_obligation_org_path_id"), "commitment_obligation", ["org_path", "id"], unique=False
    )

    op.create_table(
        "commitment_entry",
        sa.Column("commitment_class_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id", "org_path"],
            ["school_class.id", "school_class.org_path"],
            name=op.f("fk_commitment_entry_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commitment_class_id", "org_path"],
            ["commitment_class.id", "commitment_class.org_path"],
            name=op.f("fk_commitment_entry_commitment_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["file_id", "org_path"],
            ["commitment_file.id", "commitment_file.org_path"],
            name=op.f("fk_commitment_entry_file_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_commitment_entry_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id", "org_path"],
            ["commitment_obligation.id", "commitment_obligation.org_path"],
            name=op.f("fk_commitment_entry_obligation_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["commitment_template.id"],
            name=op.f("fk_commitment_entry_template_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_entry")),
    )
    op.create_index(op.f("ix_commitment_entry_class_id"), "commitment_entry", ["class_id"], unique=False)
    op.create_index(
        op.f("ix_commitment_entry_commitment_class_id"), "commitment_entry", ["commitment_class_id"], unique=False
    )
    op.create_index(op.f("ix_commitment_entry_obligation_id"), "commitment_entry", ["obligation_id"], unique=False)
    op.create_index(op.f("ix_commitment_entry_org_path_id"), "commitment_entry", ["org_path", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_commitment_entry_org_path_id"), table_name="commitment_entry")
    op.drop_index(op.f("ix_commitment_entry_obligation_id"), table_name="commitment_entry")
    op.drop_index(op.f("ix_commitment_entry_commitment_class_id"), table_name="commitment_entry")
    op.drop_index(op.f("ix_commitment_entry_class_id"), table_name="commitment_entry")

    op.drop_table("commitment_entry")
    op.drop_index(op.f("ix_commitment_obligation_org_path_id"), table_name="commitment_obligation")
    op.drop_index(op.f("ix_commitment_obligation_commitment_class_id"), table_name="commitment_obligation")
    op.drop_index(op.f("ix_commitment_obligation_class_id"), table_name="commitment_obligation")

    op.drop_table("commitment_obligation")
    op.drop_index(op.f("ix_commitment_file_commitment_class_id_org_path"), table_name="commitment_file")
    op.drop_index(op.f("ix_commitment_file_class_id"), table_name="commitment_file")

    op.drop_table("commitment_file")
    op.drop_index(op.f("ix_commitment_count_org_path_id"), table_name="commitment_count")
    op.drop_index(op.f("ix_commitment_count_class_id"), table_name="commitment_count")
    op.drop_index(op.f("ix_commitment_count_campaign_id_org_path"), table_name="commitment_count")

    op.drop_table("commitment_count")
    op.drop_index(op.f("ix_commitment_class_org_path_id"), table_name="commitment_class")
    op.drop_index(op.f("ix_commitment_class_class_id"), table_name="commitment_class")

    op.drop_table("commitment_class")
    op.drop_index(
        "uq_commitment_template_product",
        table_name="commitment_template",
        postgresql_where=sa.text("unit_id IS NULL"),
        sqlite_where=sa.text("unit_id IS NULL"),
    )

    op.drop_table("commitment_template")
    op.drop_index(op.f("ix_commitment_campaign_school_year_unit_id"), table_name="commitment_campaign")

    op.drop_table("commitment_campaign")
