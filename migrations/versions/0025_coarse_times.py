"""What anonymous callers send becomes visible at moments of a grid, and immediate danger at once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# PostgreSQL enforces this by column privileges.
IMMUTABLE = """
CREATE TRIGGER intake_is_shown_as_written BEFORE UPDATE OF visible_from, immediate_danger
ON intake BEGIN SELECT RAISE(ABORT, 'an intake is written once'); END
"""
PENDING = ("accused_unit", "clock", "informant", "intake", "message")


def upgrade() -> None:
    # Not in batch mode, which rebuilds SQLite's tables without their triggers; so the defaults stay.
    for table in PENDING:
        op.add_column(table, sa.Column("visible_from", sa.DateTime(timezone=True), nullable=True))
    for table in ("intake", "message"):
        op.add_column(table, sa.Column("immediate_danger", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("message", sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(IMMUTABLE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER intake_is_shown_as_written")
    op.drop_column("message", "position")
    for table in ("intake", "message"):
        op.drop_column(table, "immediate_danger")
    for table in PENDING:
        op.drop_column(table, "visible_from")
