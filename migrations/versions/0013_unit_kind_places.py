"""Allowed parents of unit kinds, as dated data; minimum retention periods."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "unit_kind_place",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("parent_kind", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind"], ["unit_kind.code"], name=op.f("fk_unit_kind_place_kind"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["parent_kind"],
            ["unit_kind.code"],
            name=op.f("fk_unit_kind_place_parent_kind"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("kind", "parent_kind", "valid_from", name=op.f("pk_unit_kind_place")),
    )
    with op.batch_alter_table("retention_class", schema=None) as batch_op:
        batch_op.add_column(sa.Column("floor_months", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("retention_class", schema=None) as batch_op:
        batch_op.drop_column("floor_months")
    op.drop_table("unit_kind_place")
