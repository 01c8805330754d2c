"""Forwardings of intakes; on SQLite an informant follows its intake."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

REFERS = {
    "unit_id": "unit.id",
    "from_unit_id": "unit.id",
    "to_unit_id": "unit.id",
    "by_unit_id": "unit.id",
    "key_id": "data_key.id",
}
PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
# PostgreSQL enforces these by column privileges. A move of the intake cascades into its key; the id keeps its value.
IMMUTABLE = (
    """
CREATE TRIGGER informant_is_written_once BEFORE UPDATE OF sealed, key_id
ON informant BEGIN SELECT RAISE(ABORT, 'an informant is written once'); END
""",
    """
CREATE TRIGGER informant_keeps_its_intake BEFORE UPDATE OF intake_id
ON informant WHEN NEW.intake_id IS NOT OLD.intake_id
BEGIN SELECT RAISE(ABORT, 'an informant is written once'); END
""",
)
FORMER = """
CREATE TRIGGER informant_is_written_once BEFORE UPDATE OF intake_id, sealed, key_id
ON informant BEGIN SELECT RAISE(ABORT, 'an informant is written once'); END
"""


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.create_table(
        "intake_forwarding",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("is_hand_back", sa.Boolean(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("from_unit_id", sa.Uuid(), nullable=False),
        sa.Column("to_unit_id", sa.Uuid(), nullable=False),
        sa.Column("accuses_nobody", sa.Boolean(), nullable=False),
        sa.Column("forwarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forwarded_by", sa.Uuid(), nullable=False),
        sa.Column("by_role", sa.String(length=32), nullable=False),
        sa.Column("by_unit_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["intake_id", "org_path"],
            ["intake.id", "intake.org_path"],
            name=op.f("fk_intake_forwarding_intake_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [target],
                name=op.f(f"fk_intake_forwarding_{column}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column, target in REFERS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_forwarding")),
    )
    op.create_index(op.f("ix_intake_forwarding_intake_id_org_path"), "intake_forwarding", ["intake_id", "org_path"])
    if _is_sqlite():
        op.execute("DROP TRIGGER informant_is_written_once")
        for trigger in IMMUTABLE:
            op.execute(trigger)


def downgrade() -> None:
    if _is_sqlite():
        op.execute("DROP TRIGGER informant_keeps_its_intake")
        op.execute("DROP TRIGGER informant_is_written_once")
        op.execute(FORMER)
    op.drop_table("intake_forwarding")
