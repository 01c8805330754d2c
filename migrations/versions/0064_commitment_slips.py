"""Slips of commitments, and whose word an entry is."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0064"
down_revision: str | None = "0063"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
PARENTS = {
    "commitment_class_id": "commitment_class",
    "obligation_id": "commitment_obligation",
    "class_id": "school_class",
    "guardian_id": "guardian",
    "replaces_id": "commitment_slip",
}
STANDING = sa.text("ended_at IS NULL")
ADDED = {"guardian_id": "guardian", "slip_id": "commitment_slip"}


def upgrade() -> None:
    op.create_table(
        "commitment_slip",
        sa.Column("commitment_class_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("code_digest", sa.String(length=64), nullable=True),
        sa.Column("pin_digest", sa.String(length=64), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("wrong_count", sa.Integer(), nullable=False),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_because", sa.String(length=16), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name=op.f("ck_commitment_slip_ended")),
        *(
            sa.ForeignKeyConstraint(
                [column, "org_path"],
                [f"{parent}.id", f"{parent}.org_path"],
                name=op.f(f"fk_commitment_slip_{column}_org_path"),
                onupdate="CASCADE",
                initially="DEFERRED",
                deferrable=True,
            )
            for column, parent in PARENTS.items()
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_key.id"], name=op.f("fk_commitment_slip_key_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_slip")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_commitment_slip_code_digest")),
        sa.UniqueConstraint("id", "org_path", name=op.f("uq_commitment_slip_id_org_path")),
    )
    op.create_index(
        "uq_commitment_slip_standing",
        "commitment_slip",
        ["obligation_id", "guardian_id"],
        unique=True,
        postgresql_where=STANDING,
        sqlite_where=STANDING,
    )
    for columns in (["org_path", "id"], ["commitment_class_id"], ["class_id"], ["guardian_id"]):
        op.create_index(op.f(f"ix_commitment_slip_{'_'.join(columns)}"), "commitment_slip", columns, unique=False)
    with op.batch_alter_table("commitment_entry") as batch_op:
        batch_op.add_column(sa.Column("guardian_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("slip_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("receipt", sa.String(length=24), nullable=True))
        batch_op.alter_column("recorded_by", existing_type=sa.Uuid(), nullable=True)
        batch_op.create_unique_constraint(op.f("uq_commitment_entry_receipt"), ["receipt"])
        batch_op.create_check_constraint(
            op.f("ck_commitment_entry_recorder"), "(recorded_by IS NULL) = (slip_id IS NOT NULL)"
        )
        for column, parent in ADDED.items():
            batch_op.create_foreign_key(
                op.f(f"fk_commitment_entry_{column}_org_path"),
                parent,
                [column, "org_path"],
                ["id", "org_path"],
                onupdate="CASCADE",
                initially="DEFERRED",
                deferrable=True,
            )


def downgrade() -> None:
    with op.batch_alter_table("commitment_entry") as batch_op:
        for column in ADDED:
            batch_op.drop_constraint(op.f(f"fk_commitment_entry_{column}_org_path"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_commitment_entry_recorder"), type_="check")
        batch_op.drop_constraint(op.f("uq_commitment_entry_receipt"), type_="unique")
        batch_op.alter_column("recorded_by", existing_type=sa.Uuid(), nullable=False)
        for column in ("receipt", "slip_id", "guardian_id"):
            batch_op.drop_column(column)
    op.drop_table("commitment_slip")
