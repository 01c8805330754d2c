"""Jobs, clocks and their rules, escalations, notices, children's cases."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "announced_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_announced_day")),
    )
    op.create_table(
        "clock_rule",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label_vi", sa.String(length=300), nullable=False),
        sa.Column("label_en", sa.String(length=300), nullable=False),
        sa.Column("starts_on", sa.String(length=40), nullable=False),
        sa.Column("met_by", JSON, nullable=False),
        sa.Column("severities", JSON, nullable=False),
        sa.Column("groups", JSON, nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("escalates", sa.Boolean(), nullable=False),
        sa.Column("is_law", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_clock_rule")),
    )
    op.create_table(
        "job",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(length=40), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            "ix_job_waiting",
            ["run_at"],
            unique=False,
            postgresql_where=sa.text("dead_at IS NULL"),
            sqlite_where=sa.text("dead_at IS NULL"),
        )

    op.create_table(
        "clock_level",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("rule_code", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("decision_number", sa.String(length=100), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_clock_level_amount")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_clock_level_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_level")),
        sa.UniqueConstraint(
            "unit_id", "rule_code", "valid_from", name=op.f("uq_clock_level_unit_id_rule_code_valid_from")
        ),
    )
    op.create_table(
        "notice",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("data", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_notice_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_org_path"), ["org_path"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_unit_id_id"), ["unit_id", "id"], unique=False)

    op.create_table(
        "clock",
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("intake_id", sa.Uuid(), nullable=True),
        sa.Column("rule_code", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("label_vi", sa.String(length=300), nullable=False),
        sa.Column("label_en", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=400), nullable=False),
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("escalates", sa.Boolean(), nullable=False),
        sa.Column("started_on", sa.String(length=40), nullable=False),
        sa.Column("met_by", JSON, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("(incident_id IS NULL) <> (intake_id IS NULL)", name=op.f("ck_clock_one_subject")),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_clock_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["intake_id", "org_path"],
            ["intake.id", "intake.org_path"],
            name=op.f("fk_clock_intake_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_clock_id_org_path")),
        sa.UniqueConstraint("incident_id", "rule_code", "round", name=op.f("uq_clock_incident_id_rule_code_round")),
        sa.UniqueConstraint("intake_id", "rule_code", name=op.f("uq_clock_intake_id_rule_code")),
    )
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clock_incident_id_org_path"), ["incident_id", "org_path"], unique=False)
        batch_op.create_index(batch_op.f("ix_clock_intake_id_org_path"), ["intake_id", "org_path"], unique=False)
        batch_op.create_index(
            "ix_clock_open",
            ["org_path", "id"],
            unique=False,
            postgresql_where=sa.text("met_at IS NULL AND voided_at IS NULL"),
            sqlite_where=sa.text("met_at IS NULL AND voided_at IS NULL"),
        )
        batch_op.create_index(
            "ix_clock_unnoticed",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("met_at IS NULL AND voided_at IS NULL AND missed_at IS NULL"),
            sqlite_where=sa.text("met_at IS NULL AND voided_at IS NULL AND missed_at IS NULL"),
        )

    op.create_table(
        "child_case",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("risk", sa.String(length=20), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing_evidence", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_child_case_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "org_path"],
            ["incident_person.id", "incident_person.org_path"],
            name=op.f("fk_child_case_person_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_case")),
        sa.UniqueConstraint("code", name=op.f("uq_child_case_code")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_child_case_id_org_path")),
        sa.UniqueConstraint("person_id", name=op.f("uq_child_case_person_id")),
    )
    with op.batch_alter_table("child_case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_child_case_incident_id_org_path"), ["incident_id", "org_path"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_child_case_org_path_id"), ["org_path", "id"], unique=False)

    op.create_table(
        "escalation",
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("intake_id", sa.Uuid(), nullable=True),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("from_unit_id", sa.Uuid(), nullable=False),
        sa.Column("to_unit_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("(incident_id IS NULL) <> (intake_id IS NULL)", name=op.f("ck_escalation_one_subject")),
        sa.ForeignKeyConstraint(
            ["clock_id", "org_path"],
            ["clock.id", "clock.org_path"],
            name=op.f("fk_escalation_clock_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["from_unit_id"],
            ["unit.id"],
            name=op.f("fk_escalation_from_unit_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_escalation_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["intake_id", "org_path"],
            ["intake.id", "intake.org_path"],
            name=op.f("fk_escalation_intake_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["to_unit_id"], ["unit.id"], name=op.f("fk_escalation_to_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint("clock_id", name=op.f("uq_escalation_clock_id")),
    )
    with op.batch_alter_table("escalation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_escalation_incident_id_org_path"), ["incident_id", "org_path"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_escalation_intake_id_org_path"), ["intake_id", "org_path"], unique=False)
        batch_op.create_index(batch_op.f("ix_escalation_to_unit_id_id"), ["to_unit_id", "id"], unique=False)

    op.create_table(
        "case_assessment",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("harm", JSON, nullable=False),
        sa.Column("capacity", JSON, nullable=False),
        sa.Column("risk", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assessed_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "org_path"],
            ["child_case.id", "child_case.org_path"],
            name=op.f("fk_case_assessment_case_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_assessment")),
    )
    with op.batch_alter_table("case_assessment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_assessment_case_id_org_path"), ["case_id", "org_path"], unique=False)

    op.create_table(
        "case_plan",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_unit_id", sa.Uuid(), nullable=True),
        sa.Column("decision_number", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "org_path"],
            ["child_case.id", "child_case.org_path"],
            name=op.f("fk_case_plan_case_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_unit_id"],
            ["unit.id"],
            name=op.f("fk_case_plan_decided_by_unit_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_plan")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_case_plan_id_org_path")),
    )
    with op.batch_alter_table("case_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_plan_case_id_org_path"), ["case_id", "org_path"], unique=False)

    op.create_table(
        "case_plan_step",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("responsible", sa.String(length=500), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id", "org_path"],
            ["case_plan.id", "case_plan.org_path"],
            name=op.f("fk_case_plan_step_plan_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_plan_step")),
    )
    with op.batch_alter_table("case_plan_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_plan_step_plan_id_org_path"), ["plan_id", "org_path"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("case_plan_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_plan_step_plan_id_org_path"))

    op.drop_table("case_plan_step")
    with op.batch_alter_table("case_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_plan_case_id_org_path"))

    op.drop_table("case_plan")
    with op.batch_alter_table("case_assessment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_assessment_case_id_org_path"))

    op.drop_table("case_assessment")
    with op.batch_alter_table("escalation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_escalation_to_unit_id_id"))
        batch_op.drop_index(batch_op.f("ix_escalation_intake_id_org_path"))
        batch_op.drop_index(batch_op.f("ix_escalation_incident_id_org_path"))

    op.drop_table("escalation")
    with op.batch_alter_table("child_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_child_case_org_path_id"))
        batch_op.drop_index(batch_op.f("ix_child_case_incident_id_org_path"))

    op.drop_table("child_case")
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_clock_unnoticed",
            postgresql_where=sa.text("met_at IS NULL AND voided_at IS NULL AND missed_at IS NULL"),
            sqlite_where=sa.text("met_at IS NULL AND voided_at IS NULL AND missed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_clock_open",
            postgresql_where=sa.text("met_at IS NULL AND voided_at IS NULL"),
            sqlite_where=sa.text("met_at IS NULL AND voided_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_clock_intake_id_org_path"))
        batch_op.drop_index(batch_op.f("ix_clock_incident_id_org_path"))

    op.drop_table("clock")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_unit_id_id"))
        batch_op.drop_index(batch_op.f("ix_notice_org_path"))

    op.drop_table("notice")
    op.drop_table("clock_level")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_job_waiting", postgresql_where=sa.text("dead_at IS NULL"), sqlite_where=sa.text("dead_at IS NULL")
        )

    op.drop_table("job")
    op.drop_table("clock_rule")
    op.drop_table("announced_day")
