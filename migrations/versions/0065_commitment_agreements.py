"""Agreements of staff and of schools: obligations, entries and scans."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision: str = "0065"
down_revision: str | None = "0064"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "commitment_agreement",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_sealed("commitment_agreement"),
        _plain("commitment_agreement", "campaign_id", "commitment_campaign"),
        _plain("commitment_agreement", "template_id", "commitment_template"),
        _follows("commitment_agreement", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_agreement")),
        sa.UniqueConstraint(
            "campaign_id", "unit_id", "kind", name=op.f("uq_commitment_agreement_campaign_id_unit_id_kind")
        ),
        sa.UniqueConstraint("code", name=op.f("uq_commitment_agreement_code")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_commitment_agreement_id_org_path")),
    )
    op.create_table(
        "agreement_obligation",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_sealed("agreement_obligation"),
        _follows("agreement_obligation", "agreement_id", "commitment_agreement"),
        _follows("agreement_obligation", "staff_id", "staff_member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_obligation")),
        sa.UniqueConstraint("agreement_id", "staff_id", name=op.f("uq_agreement_obligation_agreement_id_staff_id")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_agreement_obligation_id_org_path")),
    )
    op.create_table(
        "agreement_file",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
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
        *_sealed("agreement_file"),
        sa.CheckConstraint(
            "(shared_object IS NULL) = (shared_size IS NULL)", name=op.f("ck_agreement_file_shared_copy")
        ),
        _follows("agreement_file", "agreement_id", "commitment_agreement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_file")),
        sa.UniqueConstraint("agreement_id", "fingerprint", name=op.f("uq_agreement_file_agreement_id_fingerprint")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_agreement_file_id_org_path")),
        sa.UniqueConstraint("object_name", name=op.f("uq_agreement_file_object_name")),
        sa.UniqueConstraint("shared_object", name=op.f("uq_agreement_file_shared_object")),
    )
    op.create_table(
        "agreement_entry",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_sealed("agreement_entry"),
        _follows("agreement_entry", "agreement_id", "commitment_agreement"),
        _follows("agreement_entry", "obligation_id", "agreement_obligation"),
        _follows("agreement_entry", "file_id", "agreement_file"),
        _plain("agreement_entry", "template_id", "commitment_template"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_entry")),
    )
    for table, *columns in (
        ("commitment_agreement", "org_path", "id"),
        ("agreement_obligation", "org_path", "id"),
        ("agreement_file", "agreement_id", "org_path"),
        ("agreement_entry", "org_path", "id"),
        ("agreement_entry", "agreement_id"),
        ("agreement_entry", "obligation_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)


def _sealed(table: str) -> tuple[SchemaItem, ...]:
    """The columns of an encrypted row in a scope, with the key's."""
    return (
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        _plain(table, "key_id", "data_key"),
    )


def _plain(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=name, initially="DEFERRED", deferrable=True)


def _follows(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, "org_path"],
        [f"{parent}.id", f"{parent}.org_path"],
        name=op.f(f"fk_{table}_{column}_org_path"),
        onupdate="CASCADE",
        initially="DEFERRED",
        deferrable=True,
    )


def downgrade() -> None:
    for table in ("agreement_entry", "agreement_file", "agreement_obligation", "commitment_agreement"):
        op.drop_table(table)
