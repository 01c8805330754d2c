"""Reminders of commitments, and obligations that follow a learner's change of class."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0061"
down_revision: str | None = "0060"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
STANDING = sa.text("state <> 'void'")
BEFORE, NOW = (f"uq_commitment_obligation_{name}_learner_id_party" for name in ("campaign_id", "commitment_class_id"))
ONE = "uq_commitment_obligation_standing"


def upgrade() -> None:
    op.add_column("commitment_campaign", sa.Column("reminders", JSON, nullable=True))
    op.add_column("commitment_campaign", sa.Column("reminders_planned_on", sa.Date(), nullable=True))
    op.add_column("commitment_template", sa.Column("asks_anew", JSON, nullable=True))
    op.add_column("guardian", sa.Column("email_index", sa.String(length=32), nullable=True))
    op.add_column("guardian", sa.Column("unreachable_since", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_guardian_email_index"), "guardian", ["email_index"], unique=False)
    with op.batch_alter_table("guardian") as batch_op:
        batch_op.create_unique_constraint(op.f("uq_guardian_id_org_path"), ["id", "org_path"])
    with op.batch_alter_table("commitment_obligation") as batch_op:
        batch_op.drop_constraint(op.f(BEFORE), type_="unique")
        batch_op.create_unique_constraint(op.f(NOW), ["commitment_class_id", "learner_id", "party"])
    op.create_index(
        ONE,
        "commitment_obligation",
        ["campaign_id", "learner_id", "party"],
        unique=True,
        postgresql_where=STANDING,
        sqlite_where=STANDING,
    )
    op.create_table(
        "commitment_reminder",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_key", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'mail')", name=op.f("ck_commitment_reminder_channel")),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_commitment_reminder_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["guardian_id", "org_path"],
            ["guardian.id", "guardian.org_path"],
            name=op.f("fk_commitment_reminder_guardian_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["commitment_campaign.id"],
            name=op.f("fk_commitment_reminder_campaign_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_reminder")),
        sa.UniqueConstraint("guardian_key", "day", name=op.f("uq_commitment_reminder_guardian_key_day")),
    )
    op.create_index(op.f("ix_commitment_reminder_org_path_id"), "commitment_reminder", ["org_path", "id"])
    op.create_index(
        op.f("ix_commitment_reminder_day_state_channel"), "commitment_reminder", ["day", "state", "channel"]
    )
    op.create_index(
        op.f("ix_commitment_reminder_campaign_id_unit_id"), "commitment_reminder", ["campaign_id", "unit_id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_commitment_reminder_campaign_id_unit_id"), table_name="commitment_reminder")
    op.drop_index(op.f("ix_commitment_reminder_day_state_channel"), table_name="commitment_reminder")
    op.drop_index(op.f("ix_commitment_reminder_org_path_id"), table_name="commitment_reminder")
    op.drop_table("commitment_reminder")
    op.drop_index(ONE, table_name="commitment_obligation")
    with op.batch_alter_table("commitment_obligation") as batch_op:
        batch_op.drop_constraint(op.f(NOW), type_="unique")
        batch_op.create_unique_constraint(op.f(BEFORE), ["campaign_id", "learner_id", "party"])
    with op.batch_alter_table("guardian") as batch_op:
        batch_op.drop_constraint(op.f("uq_guardian_id_org_path"), type_="unique")
        batch_op.drop_index(op.f("ix_guardian_email_index"))
        batch_op.drop_column("unreachable_since")
        batch_op.drop_column("email_index")
    with op.batch_alter_table("commitment_template") as batch_op:
        batch_op.drop_column("asks_anew")
    with op.batch_alter_table("commitment_campaign") as batch_op:
        batch_op.drop_column("reminders_planned_on")
        batch_op.drop_column("reminders")
