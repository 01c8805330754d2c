"""Uploads: columns that a request names for places of the file, and which head of a unit's files is which column."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0059"
down_revision: str | None = "0058"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("upload", sa.Column("mapping", JSON, nullable=True))
    op.add_column("upload", sa.Column("fault_choices", JSON, nullable=True))
    op.create_table(
        "upload_mapping",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("dataset", sa.String(length=40), nullable=False),
        sa.Column("column_name", sa.String(length=60), nullable=False),
        sa.Column("head_digest", sa.String(length=64), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("mapped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mapped_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_upload_mapping_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_mapping")),
        sa.UniqueConstraint(
            "unit_id", "dataset", "head_digest", name=op.f("uq_upload_mapping_unit_id_dataset_head_digest")
        ),
    )
    op.create_index(op.f("ix_upload_mapping_org_path_id"), "upload_mapping", ["org_path", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_upload_mapping_org_path_id"), table_name="upload_mapping")
    op.drop_table("upload_mapping")
    op.drop_column("upload", "fault_choices")
    op.drop_column("upload", "mapping")
