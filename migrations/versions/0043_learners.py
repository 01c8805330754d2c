"""Learners, with their guardians, identifiers, classes and enrolments; campuses and staff."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0043"
down_revision: str | None = "0042"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "enrolment_status_code",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label_vi", sa.String(length=200), nullable=False),
        sa.Column("label_en", sa.String(length=200), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        sa.Column("falls_in", sa.String(length=8), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_enrolment_status_code")),
    )
    op.create_table(
        "campus",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("folded_code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_campus_period")),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_campus_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campus")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_campus_id_org_path")),
        sa.UniqueConstraint("unit_id", "folded_code", name=op.f("uq_campus_unit_id_folded_code")),
    )
    op.create_index(op.f("ix_campus_org_path_id"), "campus", ["org_path", "id"], unique=False)
    op.create_table(
        "learner",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=True),
        sa.Column("folded_name", sa.String(length=200), nullable=True),
        sa.Column("sort_name", PATH, nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(length=20), nullable=False),
        sa.Column("protected_from", sa.Date(), nullable=True),
        sa.Column("protected_until", sa.Date(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_learner_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_learner_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_learner_id_org_path")),
    )
    op.create_index(op.f("ix_learner_key_id"), "learner", ["key_id"], unique=False)
    op.create_index(op.f("ix_learner_org_path_id"), "learner", ["org_path", "id"], unique=False)
    op.create_index(op.f("ix_learner_org_path_sort_name_id"), "learner", ["org_path", "sort_name", "id"], unique=False)
    op.create_index(op.f("ix_learner_org_path_updated_at"), "learner", ["org_path", "updated_at"], unique=False)
    op.create_index(op.f("ix_learner_person_id"), "learner", ["person_id"], unique=False)
    op.create_table(
        "staff_member",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("folded_name", sa.String(length=200), nullable=False),
        sa.Column("sort_name", PATH, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_staff_member_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_staff_member_id_org_path")),
        sa.UniqueConstraint("unit_id", "code", name=op.f("uq_staff_member_unit_id_code")),
    )
    op.create_index(op.f("ix_staff_member_org_path_id"), "staff_member", ["org_path", "id"], unique=False)
    op.create_index(
        op.f("ix_staff_member_org_path_sort_name_id"), "staff_member", ["org_path", "sort_name", "id"], unique=False
    )
    op.create_table(
        "guardian",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(length=60), nullable=False),
        sa.Column("name_index", sa.String(length=32), nullable=True),
        sa.Column("phone_index", sa.String(length=32), nullable=True),
        sa.Column("second_phone_index", sa.String(length=32), nullable=True),
        sa.Column("preferred_channel", sa.String(length=60), nullable=True),
        sa.Column("has_contact_details", sa.Boolean(), nullable=False),
        sa.Column("may_be_contacted", sa.Boolean(), nullable=False),
        sa.Column("may_know_whereabouts", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_guardian_period")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_guardian_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["learner_id", "org_path"],
            ["learner.id", "learner.org_path"],
            name=op.f("fk_guardian_learner_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
        sa.UniqueConstraint(
            "learner_id", "relation", "name_index", name=op.f("uq_guardian_learner_id_relation_name_index")
        ),
    )
    op.create_index(op.f("ix_guardian_org_path_id"), "guardian", ["org_path", "id"], unique=False)
    op.create_index(op.f("ix_guardian_phone_index"), "guardian", ["phone_index"], unique=False)
    op.create_index(op.f("ix_guardian_second_phone_index"), "guardian", ["second_phone_index"], unique=False)
    op.create_table(
        "learner_identifier",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=32), nullable=True),
        sa.Column("value_index", sa.String(length=32), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_learner_identifier_period")),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["data_key.id"],
            name=op.f("fk_learner_identifier_key_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["learner_id", "org_path"],
            ["learner.id", "learner.org_path"],
            name=op.f("fk_learner_identifier_learner_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_identifier")),
    )
    op.create_index(
        op.f("ix_learner_identifier_kind_value_index"), "learner_identifier", ["kind", "value_index"], unique=False
    )
    op.create_index(
        op.f("ix_learner_identifier_learner_id_kind"), "learner_identifier", ["learner_id", "kind"], unique=False
    )
    op.create_index(op.f("ix_learner_identifier_org_path_id"), "learner_identifier", ["org_path", "id"], unique=False)
    op.create_index(
        "uq_learner_identifier_current",
        "learner_identifier",
        ["org_path", "kind", "value_index"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
        sqlite_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
    )
    op.create_table(
        "school_class",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("folded_code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("grade", sa.String(length=60), nullable=True),
        sa.Column("school_level", sa.String(length=60), nullable=False),
        sa.Column("campus_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["campus_id", "org_path"],
            ["campus.id", "campus.org_path"],
            name=op.f("fk_school_class_campus_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["school_year"],
            ["school_year.code"],
            name=op.f("fk_school_class_school_year"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_school_class_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_class")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_school_class_id_org_path")),
        sa.UniqueConstraint(
            "unit_id", "school_year", "folded_code", name=op.f("uq_school_class_unit_id_school_year_folded_code")
        ),
    )
    op.create_index(op.f("ix_school_class_org_path_id"), "school_class", ["org_path", "id"], unique=False)
    op.create_index(
        op.f("ix_school_class_org_path_school_year_updated_at"),
        "school_class",
        ["org_path", "school_year", "updated_at"],
        unique=False,
    )
    op.create_table(
        "staff_post",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_staff_post_period")),
        sa.ForeignKeyConstraint(
            ["staff_id", "org_path"],
            ["staff_member.id", "staff_member.org_path"],
            name=op.f("fk_staff_post_staff_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_post")),
        sa.UniqueConstraint("staff_id", "post", "valid_from", name=op.f("uq_staff_post_staff_id_post_valid_from")),
    )
    op.create_index(op.f("ix_staff_post_org_path_id"), "staff_post", ["org_path", "id"], unique=False)
    op.create_table(
        "class_teacher",
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_class_teacher_period")),
        sa.ForeignKeyConstraint(
            ["class_id", "org_path"],
            ["school_class.id", "school_class.org_path"],
            name=op.f("fk_class_teacher_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_teacher")),
        sa.UniqueConstraint("class_id", "valid_from", name=op.f("uq_class_teacher_class_id_valid_from")),
    )
    op.create_index(op.f("ix_class_teacher_org_path_id"), "class_teacher", ["org_path", "id"], unique=False)
    op.create_index(op.f("ix_class_teacher_user_id_class_id"), "class_teacher", ["user_id", "class_id"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("start_class_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("status_on", sa.Date(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id", "org_path"],
            ["school_class.id", "school_class.org_path"],
            name=op.f("fk_enrolment_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["learner_id", "org_path"],
            ["learner.id", "learner.org_path"],
            name=op.f("fk_enrolment_learner_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["school_year"],
            ["school_year.code"],
            name=op.f("fk_enrolment_school_year"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["start_class_id", "org_path"],
            ["school_class.id", "school_class.org_path"],
            name=op.f("fk_enrolment_start_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_enrolment_id_org_path")),
        sa.UniqueConstraint("learner_id", "school_year", name=op.f("uq_enrolment_learner_id_school_year")),
    )
    op.create_index(op.f("ix_enrolment_class_id_learner_id"), "enrolment", ["class_id", "learner_id"], unique=False)
    op.create_index(op.f("ix_enrolment_org_path_id"), "enrolment", ["org_path", "id"], unique=False)
    op.create_index(
        op.f("ix_enrolment_org_path_school_year_status"),
        "enrolment",
        ["org_path", "school_year", "status"],
        unique=False,
    )
    op.create_table(
        "enrolment_status",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id", "org_path"],
            ["school_class.id", "school_class.org_path"],
            name=op.f("fk_enrolment_status_class_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id", "org_path"],
            ["enrolment.id", "enrolment.org_path"],
            name=op.f("fk_enrolment_status_enrolment_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["learner_id", "org_path"],
            ["learner.id", "learner.org_path"],
            name=op.f("fk_enrolment_status_learner_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_status")),
    )
    op.create_index(op.f("ix_enrolment_status_class_id"), "enrolment_status", ["class_id"], unique=False)
    op.create_index(
        op.f("ix_enrolment_status_enrolment_id_valid_from"),
        "enrolment_status",
        ["enrolment_id", "valid_from"],
        unique=False,
    )
    op.create_index(op.f("ix_enrolment_status_org_path_id"), "enrolment_status", ["org_path", "id"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_enrolment_status_org_path_id"), table_name="enrolment_status")
    op.drop_index(op.f("ix_enrolment_status_enrolment_id_valid_from"), table_name="enrolment_status")
    op.drop_index(op.f("ix_enrolment_status_class_id"), table_name="enrolment_status")
    op.drop_table("enrolment_status")
    op.drop_index(op.f("ix_enrolment_org_path_school_year_status"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_org_path_id"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_class_id_learner_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index(op.f("ix_class_teacher_user_id_class_id"), table_name="class_teacher")
    op.drop_index(op.f("ix_class_teacher_org_path_id"), table_name="class_teacher")
    op.drop_table("class_teacher")
    op.drop_index(op.f("ix_staff_post_org_path_id"), table_name="staff_post")
    op.drop_table("staff_post")
    op.drop_index(op.f("ix_school_class_org_path_school_year_updated_at"), table_name="school_class")
    op.drop_index(op.f("ix_school_class_org_path_id"), table_name="school_class")
    op.drop_table("school_class")
    op.drop_index(
        "uq_learner_identifier_current",
        table_name="learner_identifier",
        postgresql_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
        sqlite_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_learner_identifier_org_path_id"), table_name="learner_identifier")
    op.drop_index(op.f("ix_learner_identifier_learner_id_kind"), table_name="learner_identifier")
    op.drop_index(op.f("ix_learner_identifier_kind_value_index"), table_name="learner_identifier")
    op.drop_table("learner_identifier")
    op.drop_index(op.f("ix_guardian_second_phone_index"), table_name="guardian")
    op.drop_index(op.f("ix_guardian_phone_index"), table_name="guardian")
    op.drop_index(op.f("ix_guardian_org_path_id"), table_name="guardian")
    op.drop_table("guardian")
    op.drop_index(op.f("ix_staff_member_org_path_sort_name_id"), table_name="staff_member")
    op.drop_index(op.f("ix_staff_member_org_path_id"), table_name="staff_member")
    op.drop_table("staff_member")
    op.drop_index(op.f("ix_learner_person_id"), table_name="learner")
    op.drop_index(op.f("ix_learner_org_path_updated_at"), table_name="learner")
    op.drop_index(op.f("ix_learner_org_path_sort_name_id"), table_name="learner")
    op.drop_index(op.f("ix_learner_org_path_id"), table_name="learner")
    op.drop_index(op.f("ix_learner_key_id"), table_name="learner")
    op.drop_table("learner")
    op.drop_index(op.f("ix_campus_org_path_id"), table_name="campus")
    op.drop_table("campus")
    op.drop_table("enrolment_status_code")
