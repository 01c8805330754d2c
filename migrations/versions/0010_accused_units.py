"""Units of accused staff; permanently ended shares."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "accused_unit",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["intake_id", "org_path"],
            ["intake.id", "intake.org_path"],
            name=op.f("fk_accused_unit_intake_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
            name=op.f("fk_accused_unit_unit_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accused_unit")),
        sa.UniqueConstraint("intake_id", "unit_id", name=op.f("uq_accused_unit_intake_id_unit_id")),
    )
    with op.batch_alter_table("accused_unit") as batch_op:
        batch_op.create_index(batch_op.f("ix_accused_unit_intake_id_org_path"), ["intake_id", "org_path"])
        batch_op.create_index(batch_op.f("ix_accused_unit_unit_id"), ["unit_id"])
    with op.batch_alter_table("case_grant") as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("case_grant") as batch_op:
        batch_op.drop_column("ended_at")
    op.drop_table("accused_unit")
