"""Search indexes for place and time of incidents; acknowledgement deadlines and reminders of partners."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
UNANSWERED = sa.text("state = 'recorded' AND missed_at IS NULL")
INDEXED = ("unit_id", "occurred_on")


def upgrade() -> None:
    for column in INDEXED:
        op.create_index(op.f(f"ix_incident_{column}_id"), "incident", [column, "id"])
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acknowledge_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_referral_id_org_path"), ["id", "org_path"])
    op.create_index(
        "ix_referral_unanswered",
        "referral",
        ["acknowledge_by"],
        postgresql_where=UNANSWERED,
        sqlite_where=UNANSWERED,
    )
    op.create_table(
        "referral_follow_up",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("followed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("result", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{parent}_id", "org_path"],
                [f"{parent}.id", f"{parent}.org_path"],
                name=op.f(f"fk_referral_follow_up_{parent}_id_org_path"),
                onupdate="CASCADE",
                initially="DEFERRED",
                deferrable=True,
            )
            for parent in ("incident", "referral")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["data_key.id"],
            name=op.f("fk_referral_follow_up_key_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_follow_up")),
    )
    for parent in ("incident", "referral"):
        op.create_index(
            op.f(f"ix_referral_follow_up_{parent}_id_org_path"), "referral_follow_up", [f"{parent}_id", "org_path"]
        )


def downgrade() -> None:
    op.drop_table("referral_follow_up")
    op.drop_index("ix_referral_unanswered", "referral")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_referral_id_org_path"), type_="unique")
        batch_op.drop_column("missed_at")
        batch_op.drop_column("acknowledge_by")
    for column in reversed(INDEXED):
        op.drop_index(op.f(f"ix_incident_{column}_id"), "incident")
