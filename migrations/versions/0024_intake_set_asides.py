"""Intakes that are set aside."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
STANDING = sa.text("undone_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "intake_set_aside",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("same_as_id", sa.Uuid(), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_aside_by", sa.Uuid(), nullable=False),
        sa.Column("by_role", sa.String(length=32), nullable=False),
        sa.Column("by_unit_id", sa.Uuid(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["intake_id", "org_path"],
            ["intake.id", "intake.org_path"],
            name=op.f("fk_intake_set_aside_intake_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["by_unit_id"],
            ["unit.id"],
            name=op.f("fk_intake_set_aside_by_unit_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_intake_set_aside_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_set_aside")),
    )
    op.create_index(op.f("ix_intake_set_aside_intake_id_org_path"), "intake_set_aside", ["intake_id", "org_path"])
    op.create_index(
        "uq_intake_set_aside_standing",
        "intake_set_aside",
        ["intake_id"],
        unique=True,
        postgresql_where=STANDING,
        sqlite_where=STANDING,
    )


def downgrade() -> None:
    op.drop_table("intake_set_aside")
