"""The audit log: entries, the incidents they are about, and the blocks that seal them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")

# Entries are immutable and sealed once. PostgreSQL enforces this by column privileges.
REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit log is written once'); END"
TABLES = ("audit_entry", "audit_subject", "audit_block")
KEPT = (
    (
        "CREATE TRIGGER audit_entry_stays_so BEFORE UPDATE OF id, at, actor_id, role, about, body, digest"
        f" ON audit_entry {REFUSE}"
    ),
    # A move of the unit cascades into its path; the id keeps its value.
    (
        "CREATE TRIGGER audit_entry_keeps_its_unit BEFORE UPDATE OF unit_id ON audit_entry"
        f" WHEN NEW.unit_id IS NOT OLD.unit_id {REFUSE}"
    ),
    (
        "CREATE TRIGGER audit_entry_is_sealed_once BEFORE UPDATE OF block, position ON audit_entry"
        f" WHEN OLD.block IS NOT NULL {REFUSE}"
    ),
    f"CREATE TRIGGER audit_block_stays_so BEFORE UPDATE ON audit_block {REFUSE}",
    *(f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} {REFUSE}" for table in TABLES),
)


def upgrade() -> None:
    op.create_table(
        "audit_block",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_block")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("block", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_audit_entry_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_block_position"), ["block", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_org_path_id"), ["org_path", "id"], unique=False)
        batch_op.create_index(
            "ix_audit_entry_unsealed",
            ["id"],
            unique=False,
            postgresql_where=sa.text("block IS NULL"),
            sqlite_where=sa.text("block IS NULL"),
        )

    op.create_table(
        "audit_subject",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_entry.id"],
            name=op.f("fk_audit_subject_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("entry_id", "incident_id", name=op.f("pk_audit_subject")),
    )
    with op.batch_alter_table("audit_subject", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_subject_incident_id_entry_id"), ["incident_id", "entry_id"], unique=False
        )
    if op.get_bind().dialect.name == "sqlite":
        for trigger in KEPT:
            op.execute(trigger)


def downgrade() -> None:
    with op.batch_alter_table("audit_subject", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_subject_incident_id_entry_id"))

    op.drop_table("audit_subject")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_audit_entry_unsealed", postgresql_where=sa.text("block IS NULL"), sqlite_where=sa.text("block IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_audit_entry_org_path_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_block_position"))

    op.drop_table("audit_entry")
    op.drop_table("audit_block")
