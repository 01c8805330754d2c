"""Blind index of the informant's telephone number; searches by it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "informant_search",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("found", JSON, nullable=False),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("searched_by", sa.Uuid(), nullable=False),
        sa.Column("by_role", sa.String(length=32), nullable=False),
        sa.Column("by_unit_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["by_unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_informant_search_by_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_informant_search_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_informant_search")),
        sa.UniqueConstraint("code", name=op.f("uq_informant_search_code")),
    )
    with op.batch_alter_table("informant_search") as batch_op:
        batch_op.create_index(batch_op.f("ix_informant_search_org_path_id"), ["org_path", "id"])
        batch_op.create_index(batch_op.f("ix_informant_search_searched_at"), ["searched_at"])
    op.add_column("informant", sa.Column("phone_index", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_informant_phone_index"), "informant", ["phone_index"])


def downgrade() -> None:
    # Not in batch mode, which rebuilds SQLite's table without its triggers.
    op.drop_index(op.f("ix_informant_phone_index"), "informant")
    op.drop_column("informant", "phone_index")
    op.drop_table("informant_search")
