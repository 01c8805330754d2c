"""Attachments: the rows; the sealed contents are in the object store."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("object_name", sa.String(length=40), nullable=False),
        sa.Column("shared_object", sa.String(length=40), nullable=True),
        sa.Column("shared_size", sa.BigInteger(), nullable=True),
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
        sa.CheckConstraint("(shared_object IS NULL) = (shared_size IS NULL)", name=op.f("ck_attachment_shared_copy")),
        sa.ForeignKeyConstraint(
            ["incident_id", "org_path"],
            ["incident.id", "incident.org_path"],
            name=op.f("fk_attachment_incident_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_attachment_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("incident_id", "fingerprint", name=op.f("uq_attachment_incident_id_fingerprint")),
        sa.UniqueConstraint("object_name", name=op.f("uq_attachment_object_name")),
        sa.UniqueConstraint("shared_object", name=op.f("uq_attachment_shared_object")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attachment_incident_id_org_path"), ["incident_id", "org_path"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_incident_id_org_path"))

    op.drop_table("attachment")
