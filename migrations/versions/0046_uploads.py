"""Uploads: files of rows, their faults and their changes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0046"
down_revision: str | None = "0045"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
FATES = "rows_read = rows_created + rows_updated + rows_same + rows_kept + rows_skipped + rows_refused + rows_blank"
UNENDED = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("dataset", sa.String(length=40), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=True),
        sa.Column("policy", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("is_dry_run", sa.Boolean(), nullable=False),
        sa.Column("overwrites_edited", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("layout", JSON, nullable=True),
        sa.Column("at_byte", sa.BigInteger(), nullable=False),
        sa.Column("at_row", sa.Integer(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_created", sa.Integer(), nullable=False),
        sa.Column("rows_updated", sa.Integer(), nullable=False),
        sa.Column("rows_same", sa.Integer(), nullable=False),
        sa.Column("rows_kept", sa.Integer(), nullable=False),
        sa.Column("rows_skipped", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("rows_blank", sa.Integer(), nullable=False),
        sa.Column("fault_code", sa.String(length=40), nullable=True),
        sa.Column("fault_row", sa.Integer(), nullable=True),
        sa.Column("fault_limit", sa.Integer(), nullable=True),
        sa.Column("fault_columns", JSON, nullable=False),
        sa.Column("held_because", JSON, nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("by_client", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reverted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reverted_by", sa.Uuid(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("place BETWEEN 1 AND 2", name=op.f("ck_upload_place")),
        sa.CheckConstraint(
            FATES,
            name=op.f("ck_upload_fates"),
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_upload_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["school_year"],
            ["school_year.code"],
            name=op.f("fk_upload_school_year"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_upload_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_upload_id_org_path")),
    )
    op.create_index(op.f("ix_upload_ended_at"), "upload", ["ended_at"])
    op.create_index(op.f("ix_upload_org_path_id"), "upload", ["org_path", "id"])
    op.create_index(op.f("ix_upload_unit_id_digest"), "upload", ["unit_id", "digest"])
    op.create_index(
        "uq_upload_place", "upload", ["unit_id", "place"], unique=True, postgresql_where=UNENDED, sqlite_where=UNENDED
    )
    op.create_table(
        "upload_change",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("fate", sa.String(length=8), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("reversal", sa.String(length=8), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("fate IN ('created', 'updated')", name=op.f("ck_upload_change_fate")),
        sa.CheckConstraint("reversal IN ('reversed', 'kept', 'failed')", name=op.f("ck_upload_change_reversal")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_upload_change_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["upload_id", "org_path"],
            ["upload.id", "upload.org_path"],
            name=op.f("fk_upload_change_upload_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_change")),
    )
    op.create_index(op.f("ix_upload_change_upload_id_id"), "upload_change", ["upload_id", "id"])
    op.create_table(
        "upload_fault",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(length=60), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("limit_number", sa.Integer(), nullable=True),
        sa.Column("other_row", sa.Integer(), nullable=True),
        sa.Column("records", JSON, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id", "org_path"],
            ["upload.id", "upload.org_path"],
            name=op.f("fk_upload_fault_upload_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_fault")),
    )
    op.create_index(op.f("ix_upload_fault_upload_id_id"), "upload_fault", ["upload_id", "id"])
    op.create_table(
        "upload_file",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("object_name", sa.String(length=40), nullable=False),
        sa.Column("shared_object", sa.String(length=40), nullable=True),
        sa.Column("shared_size", sa.BigInteger(), nullable=True),
        sa.Column("copy_state", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("(shared_object IS NULL) = (shared_size IS NULL)", name=op.f("ck_upload_file_shared_copy")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_upload_file_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["upload_id", "org_path"],
            ["upload.id", "upload.org_path"],
            name=op.f("fk_upload_file_upload_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_file")),
        sa.UniqueConstraint("object_name", name=op.f("uq_upload_file_object_name")),
        sa.UniqueConstraint("shared_object", name=op.f("uq_upload_file_shared_object")),
        sa.UniqueConstraint("upload_id", "fingerprint", name=op.f("uq_upload_file_upload_id_fingerprint")),
    )
    op.create_index(op.f("ix_upload_file_destroyed_at_created_at"), "upload_file", ["destroyed_at", "created_at"])
    op.create_index(op.f("ix_upload_file_upload_id_org_path"), "upload_file", ["upload_id", "org_path"])
    op.create_table(
        "upload_part",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("first_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_byte", sa.BigInteger(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id", "org_path"],
            ["upload.id", "upload.org_path"],
            name=op.f("fk_upload_part_upload_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("upload_id", "first_row", name=op.f("pk_upload_part")),
    )


def downgrade() -> None:
    for table in ("upload_part", "upload_file", "upload_fault", "upload_change", "upload"):
        op.drop_table(table)
