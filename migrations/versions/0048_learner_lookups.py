"""Look-ups of one learner by a level above."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0048"
down_revision: str | None = "0047"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
JSON_VALUE = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "learner_lookup",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("found", JSON_VALUE, nullable=False),
        sa.Column("looked_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_up_by", sa.Uuid(), nullable=False),
        sa.Column("by_role", sa.String(length=32), nullable=False),
        sa.Column("by_unit_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["by_unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_learner_lookup_by_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_learner_lookup_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_lookup")),
        sa.UniqueConstraint("code", name=op.f("uq_learner_lookup_code")),
    )
    op.create_index(op.f("ix_learner_lookup_looked_up_at"), "learner_lookup", ["looked_up_at"], unique=False)
    op.create_index(op.f("ix_learner_lookup_org_path_id"), "learner_lookup", ["org_path", "id"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_learner_lookup_org_path_id"), table_name="learner_lookup")
    op.drop_index(op.f("ix_learner_lookup_looked_up_at"), table_name="learner_lookup")
    op.drop_table("learner_lookup")
