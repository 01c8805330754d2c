"""Retention: classes, holds, certificates of destruction; requests of data subjects."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")

REFUSE = "BEGIN SELECT RAISE(ABORT, 'a certificate is written once'); END"
# PostgreSQL enforces this by column privileges. A move of the unit cascades into the path; the id keeps its value.
KEPT = (
    (
        "CREATE TRIGGER destruction_certificate_stays_so BEFORE UPDATE OF id, number, class_code, basis, decision,"
        " decided_by, request_id, issued_at, counts, key_digests, ledger_first, ledger_last, ledger_head"
        f" ON destruction_certificate {REFUSE}"
    ),
    f"CREATE TRIGGER destruction_certificate_stays BEFORE DELETE ON destruction_certificate {REFUSE}",
)


def upgrade() -> None:
    op.create_table(
        "retention_class",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label_vi", sa.String(length=300), nullable=False),
        sa.Column("label_en", sa.String(length=300), nullable=False),
        sa.Column("covers", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.String(length=40), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("minimum_months", sa.Integer(), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_retention_class")),
    )
    op.create_table(
        "shred_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shred_mark")),
    )
    op.create_table(
        "subject_request_rule",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("time_unit", sa.String(length=16), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("kind", "step", "valid_from", name=op.f("pk_subject_request_rule")),
    )
    op.create_table(
        "destruction_certificate",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("class_code", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=24), nullable=False),
        sa.Column("decision", sa.String(length=300), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("key_digests", JSON, nullable=False),
        sa.Column("ledger_first", sa.Integer(), nullable=False),
        sa.Column("ledger_last", sa.Integer(), nullable=False),
        sa.Column("ledger_head", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_destruction_certificate_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_destruction_certificate_number")),
    )
    with op.batch_alter_table("destruction_certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_destruction_certificate_ledger_last"), ["ledger_last"], unique=False)
        batch_op.create_index(batch_op.f("ix_destruction_certificate_org_path_id"), ["org_path", "id"], unique=False)

    op.create_table(
        "retention_level",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("class_code", sa.String(length=40), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("decision_number", sa.String(length=100), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("months > 0", name=op.f("ck_retention_level_months")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_retention_level_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_level")),
        sa.UniqueConstraint(
            "unit_id", "class_code", "valid_from", name=op.f("uq_retention_level_unit_id_class_code_valid_from")
        ),
    )
    op.create_table(
        "subject_request",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("requester", sa.String(length=20), nullable=False),
        sa.Column("child_is_seven", sa.Boolean(), nullable=False),
        sa.Column("concerns_publishing", sa.Boolean(), nullable=False),
        sa.Column("child_consents", sa.Boolean(), nullable=True),
        sa.Column("representative_consents", sa.Boolean(), nullable=True),
        sa.Column("refusal_basis", sa.String(length=60), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_source", sa.String(length=300), nullable=False),
        sa.Column("act_source", sa.String(length=300), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("answer_missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("act_missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_subject_request_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_subject_request_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request")),
        sa.UniqueConstraint("code", name=op.f("uq_subject_request_code")),
    )
    with op.batch_alter_table("subject_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subject_request_org_path_id"), ["org_path", "id"], unique=False)
        batch_op.create_index(
            "ix_subject_request_unanswered",
            ["answer_due_at"],
            unique=False,
            postgresql_where=sa.text("answered_at IS NULL AND answer_missed_at IS NULL"),
            sqlite_where=sa.text("answered_at IS NULL AND answer_missed_at IS NULL"),
        )

    op.create_table(
        "retention_hold",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("by_unit_id", sa.Uuid(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["by_unit_id"],
            ["unit.id"],
            name=op.f("fk_retention_hold_by_unit_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_retention_hold_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_retention_hold_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_hold")),
    )
    with op.batch_alter_table("retention_hold", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_retention_hold_incident_id_org_path"), ["incident_id", "org_path"], unique=False
        )

    with op.batch_alter_table("data_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_incident_key_id"), ["key_id"], unique=False)

    with op.batch_alter_table("intake", schema=None) as batch_op:
        batch_op.add_column(sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_intake_key_id"), ["key_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for trigger in KEPT:
            op.execute(trigger)


def downgrade() -> None:
    with op.batch_alter_table("intake", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intake_key_id"))
        batch_op.drop_column("destroyed_at")

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_key_id"))
        batch_op.drop_column("destroyed_at")

    with op.batch_alter_table("data_key", schema=None) as batch_op:
        batch_op.drop_column("destroyed_at")

    with op.batch_alter_table("retention_hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retention_hold_incident_id_org_path"))

    op.drop_table("retention_hold")
    with op.batch_alter_table("subject_request", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_subject_request_unanswered",
            postgresql_where=sa.text("answered_at IS NULL AND answer_missed_at IS NULL"),
            sqlite_where=sa.text("answered_at IS NULL AND answer_missed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_subject_request_org_path_id"))

    op.drop_table("subject_request")
    op.drop_table("retention_level")
    with op.batch_alter_table("destruction_certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_destruction_certificate_org_path_id"))
        batch_op.drop_index(batch_op.f("ix_destruction_certificate_ledger_last"))

    op.drop_table("destruction_certificate")
    op.drop_table("subject_request_rule")
    op.drop_table("shred_mark")
    op.drop_table("retention_class")
