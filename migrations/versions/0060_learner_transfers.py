"""Learners who change school: one side at the new unit, another at the unit that confirms."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0060"
down_revision: str | None = "0059"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
TABLE = "learner_transfer"
INDEXES = (
    ("org_path", "id"),
    ("learner_id",),
    ("enrolment_id",),
    ("upload_id",),
    ("state", "side", "sought_on"),
    ("ended_at",),
)


def upgrade() -> None:
    op.add_column("enrolment_status_code", sa.Column("movement", sa.String(length=4), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=9), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=True),
        sa.Column("upload_id", sa.Uuid(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("waits_until", sa.Date(), nullable=False),
        sa.Column("sought_on", sa.Date(), nullable=True),
        sa.Column("denied_because", sa.String(length=24), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("side IN ('arrival', 'departure')", name=op.f("ck_learner_transfer_side")),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_learner_transfer_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["unit.id"],
            name=op.f("fk_learner_transfer_school_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_transfer")),
        sa.UniqueConstraint("pair_id", "side", name=op.f("uq_learner_transfer_pair_id_side")),
    )
    for columns in INDEXES:
        op.create_index(op.f(f"ix_{TABLE}_{'_'.join(columns)}"), TABLE, list(columns), unique=False)


def downgrade() -> None:
    for columns in reversed(INDEXES):
        op.drop_index(op.f(f"ix_{TABLE}_{'_'.join(columns)}"), table_name=TABLE)
    op.drop_table(TABLE)
    op.drop_column("enrolment_status_code", "movement")
