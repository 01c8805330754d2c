"""Rules of reporting, and acting signers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "report_reminder_rule",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("moment", sa.String(length=8), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_report_reminder_rule")),
    )
    op.create_table(
        "report_chain_rule",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("recipient_kind", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.Column("is_reviewed", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind"], ["unit_kind.code"], name=op.f("fk_report_chain_rule_kind"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("kind", "recipient_kind", "valid_from", name=op.f("pk_report_chain_rule")),
    )
    op.create_table(
        "report_due_rule",
        sa.Column("period_kind", sa.String(length=20), nullable=False),
        sa.Column("unit_kind", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("month", sa.Integer(), nullable=True),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("day_off", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_kind"],
            ["unit_kind.code"],
            name=op.f("fk_report_due_rule_unit_kind"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("period_kind", "unit_kind", "valid_from", name=op.f("pk_report_due_rule")),
    )
    op.create_table(
        "acting_signer",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.String(length=100), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_acting_signer_period")),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_acting_signer_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acting_signer")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_acting_signer_id_org_path")),
    )
    op.create_index(op.f("ix_acting_signer_org_path_id"), "acting_signer", ["org_path", "id"])
    op.create_index(op.f("ix_acting_signer_unit_id_user_id"), "acting_signer", ["unit_id", "user_id"])


def downgrade() -> None:
    op.drop_table("acting_signer")
    op.drop_table("report_due_rule")
    op.drop_table("report_chain_rule")
    op.drop_table("report_reminder_rule")
