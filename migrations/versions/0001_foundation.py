"""Units, accounts, intakes, incidents, cases, clocks, referrals, jobs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")

# Intakes are immutable; only their path follows the holder. PostgreSQL enforces this by column privileges.
IMMUTABLE = (
    """
CREATE TRIGGER intake_is_written_once BEFORE UPDATE OF
    code, unit_id, source_channel, lane, sealed, key_id, has_informant, received_at, recorded_at, recorded_by,
    receipt_digest
ON intake BEGIN SELECT RAISE(ABORT, 'an intake is written once'); END
""",
    """
CREATE TRIGGER informant_is_written_once BEFORE UPDATE OF intake_id, sealed, key_id
ON informant BEGIN SELECT RAISE(ABORT, 'an informant is written once'); END
""",
)


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
        sa.Column("time_unit", sa.String(length=16), nullable=False),
        sa.Column("escalates", sa.Boolean(), nullable=False),
        sa.Column("is_law", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_clock_rule")),
    )
    op.create_table(
        "code_list_entry",
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label_vi", sa.String(length=300), nullable=False),
        sa.Column("label_en", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("list", "code", "valid_from", name=op.f("pk_code_list_entry")),
    )
    op.create_table(
        "data_key",
        sa.Column("wrapping", sa.String(length=32), nullable=False),
        sa.Column("wrapped", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
    )
    with op.batch_alter_table("data_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_data_key_wrapping"), ["wrapping"], unique=False)

    op.create_table(
        "hotline",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name_vi", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("operator_vi", sa.String(length=300), nullable=True),
        sa.Column("purposes", JSON, nullable=False),
        sa.Column("channels", JSON, nullable=False),
        sa.Column("free", sa.Boolean(), nullable=True),
        sa.Column("round_the_clock", sa.Boolean(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_hotline_code_valid_from")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer_sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idempotency_key")),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_key_created_at"), ["created_at"], unique=False)

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
        "login_throttle",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_login_throttle")),
    )
    op.create_table(
        "sign_in",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=8), nullable=False),
        sa.Column("device", sa.String(length=100), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "spent_proof",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_proof")),
    )
    with op.batch_alter_table("spent_proof", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spent_proof_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "unit_kind",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("label_vi", sa.String(length=200), nullable=False),
        sa.Column("label_en", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit_kind")),
    )
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sign_in_id"],
            ["sign_in.id"],
            name=op.f("fk_refresh_token_sign_in_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_token")),
    )
    with op.batch_alter_table("refresh_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refresh_token_sign_in_id"), ["sign_in_id"], unique=False)

    op.create_table(
        "unit",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("path_key", sa.String(length=8), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind"], ["unit_kind.code"], name=op.f("fk_unit_kind"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_unit_id_org_path")),
        sa.UniqueConstraint("org_path", name=op.f("uq_unit_org_path")),
        sa.UniqueConstraint("path_key", name=op.f("uq_unit_path_key")),
    )
    op.create_table(
        "client_account",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_client_account_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_account")),
    )
    with op.batch_alter_table("client_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_account_org_path_id"), ["org_path", "id"], unique=False)

    op.create_table(
        "clock_level",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("rule_code", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("time_unit", sa.String(length=16), nullable=False),
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
        "document_counter",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(length=16), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_document_counter_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("unit_id", "year", "series", name=op.f("pk_document_counter")),
    )
    op.create_table(
        "incident",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("group_code", sa.String(length=60), nullable=False),
        sa.Column("forms", JSON, nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=True),
        sa.Column("location", sa.String(length=60), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by_superior", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["holder_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_incident_holder_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_incident_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_incident_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("code", name=op.f("uq_incident_code")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_incident_id_org_path")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_org_path_id"), ["org_path", "id"], unique=False)

    op.create_table(
        "intake",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("source_channel", sa.String(length=60), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("has_informant", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("receipt_digest", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["holder_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_intake_holder_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_intake_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_intake_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
        sa.UniqueConstraint("code", name=op.f("uq_intake_code")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_intake_id_org_path")),
        sa.UniqueConstraint("receipt_digest", name=op.f("uq_intake_receipt_digest")),
    )
    with op.batch_alter_table("intake", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_org_path_id"), ["org_path", "id"], unique=False)

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
        "unit_edge",
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("decision_number", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("child_id <> parent_id", name=op.f("ck_unit_edge_not_itself")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_unit_edge_period")),
        sa.ForeignKeyConstraint(
            ["child_id"], ["unit.id"], name=op.f("fk_unit_edge_child_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["unit.id"], name=op.f("fk_unit_edge_parent_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_edge")),
        sa.UniqueConstraint(
            "child_id", "relation", "valid_from", name=op.f("uq_unit_edge_child_id_relation_valid_from")
        ),
    )
    with op.batch_alter_table("unit_edge", schema=None) as batch_op:
        batch_op.create_index("ix_unit_edge_parent_id_relation", ["parent_id", "relation"], unique=False)

    op.create_table(
        "unit_succession",
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_id"], ["unit.id"], name=op.f("fk_unit_succession_from_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["unit.id"], name=op.f("fk_unit_succession_to_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_succession")),
        sa.UniqueConstraint(
            "from_id", "to_id", "effective_on", name=op.f("uq_unit_succession_from_id_to_id_effective_on")
        ),
    )
    op.create_table(
        "unit_version",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("name_vi", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=True),
        sa.Column("search_text", sa.String(length=400), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.Column("levels", JSON, nullable=False),
        sa.Column("ownership", sa.String(length=32), nullable=True),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("decision_number", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_unit_version_period")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_unit_version_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_version")),
        sa.UniqueConstraint("unit_id", "valid_from", name=op.f("uq_unit_version_unit_id_valid_from")),
    )
    with op.batch_alter_table("unit_version", schema=None) as batch_op:
        batch_op.create_index("ix_unit_version_code_valid_from", ["code", "valid_from"], unique=False)

    op.create_table(
        "user_account",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("totp_sealed", sa.String(length=400), nullable=True),
        sa.Column("totp_enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("former_unit_ids", JSON, nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_user_account_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_account_org_path_id"), ["org_path", "id"], unique=False)

    op.create_table(
        "case_grant",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("grantee_unit_id", sa.Uuid(), nullable=True),
        sa.Column("grantee_user_id", sa.Uuid(), nullable=True),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint(
            "(grantee_unit_id IS NULL) <> (grantee_user_id IS NULL)", name=op.f("ck_case_grant_one_grantee")
        ),
        sa.ForeignKeyConstraint(
            ["grantee_unit_id"],
            ["unit.id"],
            name=op.f("fk_case_grant_grantee_unit_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["grantee_user_id"],
            ["user_account.id"],
            name=op.f("fk_case_grant_grantee_user_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_case_grant_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_case_grant_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_grant")),
    )
    with op.batch_alter_table("case_grant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_case_grant_incident_id_org_path"), ["incident_id", "org_path"], unique=False
        )
        batch_op.create_index("ix_case_grant_unit", ["grantee_unit_id", "expires_at"], unique=False)
        batch_op.create_index("ix_case_grant_user", ["grantee_user_id", "expires_at"], unique=False)

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
        "incident_event",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
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
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_incident_event_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_incident_event_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_event")),
    )
    with op.batch_alter_table("incident_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_event_incident_id_org_path_id"), ["incident_id", "org_path", "id"], unique=False
        )

    op.create_table(
        "incident_person",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("sex", sa.String(length=20), nullable=False),
        sa.Column("estimated_age", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint(
            "estimated_age IS NULL OR estimated_age BETWEEN 0 AND 120", name=op.f("ck_incident_person_age")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_incident_person_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_incident_person_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_incident_person_unit_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_person")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_incident_person_id_org_path")),
    )
    with op.batch_alter_table("incident_person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_person_incident_id_org_path"), ["incident_id", "org_path"], unique=False
        )

    op.create_table(
        "incident_severity",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_incident_severity_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_incident_severity_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_severity")),
    )
    with op.batch_alter_table("incident_severity", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_severity_incident_id_org_path"), ["incident_id", "org_path"], unique=False
        )

    op.create_table(
        "informant",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["intake_id", "org_path"],
            ["intake.id", "intake.org_path"],
            name=op.f("fk_informant_intake_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_informant_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("intake_id", name=op.f("pk_informant")),
    )
    with op.batch_alter_table("informant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_informant_org_path"), ["org_path"], unique=False)

    op.create_table(
        "informant_opening",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("by_role", sa.String(length=32), nullable=False),
        sa.Column("by_unit_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["by_unit_id"],
            ["unit.id"],
            name=op.f("fk_informant_opening_by_unit_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["intake_id", "org_path"],
            ["intake.id", "intake.org_path"],
            name=op.f("fk_informant_opening_intake_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_informant_opening_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_informant_opening")),
    )
    with op.batch_alter_table("informant_opening", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_informant_opening_intake_id_org_path"), ["intake_id", "org_path"], unique=False
        )

    op.create_table(
        "intake_link",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_intake_link_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["intake_id"], ["intake.id"], name=op.f("fk_intake_link_intake_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("intake_id", name=op.f("pk_intake_link")),
    )
    with op.batch_alter_table("intake_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_intake_link_incident_id_org_path"), ["incident_id", "org_path"], unique=False
        )

    op.create_table(
        "referral",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("hotline_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=60), nullable=True),
        sa.Column("feedback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sheet_year", sa.Integer(), nullable=True),
        sa.Column("sheet_number", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("(hotline_id IS NULL) <> (agency_id IS NULL)", name=op.f("ck_referral_one_partner")),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["unit.id"], name=op.f("fk_referral_agency_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["hotline_id"], ["hotline.id"], name=op.f("fk_referral_hotline_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_referral_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["unit.id"], name=op.f("fk_referral_issuer_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_referral_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_code")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_incident_id_org_path"), ["incident_id", "org_path"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_org_path_id"), ["org_path", "id"], unique=False)

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
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
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
            ["key_id"], ["data_key.id"], name=op.f("fk_child_case_key_id"), initially="DEFERRED", deferrable=True
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
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
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
            ["key_id"], ["data_key.id"], name=op.f("fk_escalation_key_id"), initially="DEFERRED", deferrable=True
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
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assessed_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "org_path"],
            ["child_case.id", "child_case.org_path"],
            name=op.f("fk_case_assessment_case_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_case_assessment_key_id"), initially="DEFERRED", deferrable=True
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
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_unit_id", sa.Uuid(), nullable=True),
        sa.Column("decision_number", sa.String(length=100), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
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
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_case_plan_key_id"), initially="DEFERRED", deferrable=True
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
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_case_plan_step_key_id"), initially="DEFERRED", deferrable=True
        ),
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
    if op.get_bind().dialect.name == "sqlite":
        for trigger in IMMUTABLE:
            op.execute(trigger)


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
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_org_path_id"))
        batch_op.drop_index(batch_op.f("ix_referral_incident_id_org_path"))

    op.drop_table("referral")
    with op.batch_alter_table("intake_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intake_link_incident_id_org_path"))

    op.drop_table("intake_link")
    with op.batch_alter_table("informant_opening", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_informant_opening_intake_id_org_path"))

    op.drop_table("informant_opening")
    with op.batch_alter_table("informant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_informant_org_path"))

    op.drop_table("informant")
    with op.batch_alter_table("incident_severity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_severity_incident_id_org_path"))

    op.drop_table("incident_severity")
    with op.batch_alter_table("incident_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_person_incident_id_org_path"))

    op.drop_table("incident_person")
    with op.batch_alter_table("incident_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_event_incident_id_org_path_id"))

    op.drop_table("incident_event")
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
    with op.batch_alter_table("case_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_case_grant_user")
        batch_op.drop_index("ix_case_grant_unit")
        batch_op.drop_index(batch_op.f("ix_case_grant_incident_id_org_path"))

    op.drop_table("case_grant")
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_account_org_path_id"))

    op.drop_table("user_account")
    with op.batch_alter_table("unit_version", schema=None) as batch_op:
        batch_op.drop_index("ix_unit_version_code_valid_from")

    op.drop_table("unit_version")
    op.drop_table("unit_succession")
    with op.batch_alter_table("unit_edge", schema=None) as batch_op:
        batch_op.drop_index("ix_unit_edge_parent_id_relation")

    op.drop_table("unit_edge")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_unit_id_id"))
        batch_op.drop_index(batch_op.f("ix_notice_org_path"))

    op.drop_table("notice")
    with op.batch_alter_table("intake", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intake_org_path_id"))

    op.drop_table("intake")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_org_path_id"))

    op.drop_table("incident")
    op.drop_table("document_counter")
    op.drop_table("clock_level")
    with op.batch_alter_table("client_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_account_org_path_id"))

    op.drop_table("client_account")
    op.drop_table("unit")
    with op.batch_alter_table("refresh_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refresh_token_sign_in_id"))

    op.drop_table("refresh_token")
    op.drop_table("unit_kind")
    with op.batch_alter_table("spent_proof", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spent_proof_expires_at"))

    op.drop_table("spent_proof")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_subject_id"))

    op.drop_table("sign_in")
    op.drop_table("login_throttle")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_job_waiting", postgresql_where=sa.text("dead_at IS NULL"), sqlite_where=sa.text("dead_at IS NULL")
        )

    op.drop_table("job")
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_key_created_at"))

    op.drop_table("idempotency_key")
    op.drop_table("hotline")
    with op.batch_alter_table("data_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_data_key_wrapping"))

    op.drop_table("data_key")
    op.drop_table("code_list_entry")
    op.drop_table("clock_rule")
    op.drop_table("announced_day")
