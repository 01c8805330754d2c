"""Duties to notify that outlast a case, and exemptions from them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
DUTIES = ("clock_rule", "clock")


def upgrade() -> None:
    for table in DUTIES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("outlasts", sa.Boolean(), nullable=False, server_default=sa.false()))
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("outlasts", server_default=None)
    op.add_column("clock", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "exemption",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        *[
            sa.ForeignKeyConstraint(
                [f"{parent}_id", "org_path"],
                [f"{parent}.id", f"{parent}.org_path"],
                name=op.f(f"fk_exemption_{parent}_id_org_path"),
                onupdate="CASCADE",
                initially="DEFERRED",
                deferrable=True,
            )
            for parent in ("incident", "clock")
        ],
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_exemption_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemption")),
    )
    asked = sa.text("state = 'asked'")
    op.create_index(op.f("ix_exemption_incident_id_org_path"), "exemption", ["incident_id", "org_path"])
    op.create_index(
        "uq_exemption_asked", "exemption", ["clock_id"], unique=True, postgresql_where=asked, sqlite_where=asked
    )


def downgrade() -> None:
    op.drop_table("exemption")
    op.drop_column("clock", "suspended_at")
    for table in DUTIES:
        op.drop_column(table, "outlasts")
