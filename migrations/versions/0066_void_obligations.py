"""Whether an obligation is void, as a column of its own: a signature then leaves every index of its table alone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0066"
down_revision: str | None = "0065"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "commitment_obligation"
INDEX = "uq_commitment_obligation_standing"
COLUMNS = ["campaign_id", "learner_id", "party"]


def upgrade() -> None:
    op.drop_index(INDEX, TABLE)
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.add_column(sa.Column("is_void", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f"UPDATE {TABLE} SET is_void = (state = 'void')")  # noqa: S608 — a constant
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.alter_column("is_void", server_default=None)
        batch_op.create_check_constraint(op.f("ck_commitment_obligation_void"), "is_void = (state = 'void')")
    _index(sa.text("NOT is_void"))
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} SET (fillfactor = 50)")


def _index(where: sa.TextClause) -> None:
    op.create_index(INDEX, TABLE, COLUMNS, unique=True, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(op.f("ck_commitment_obligation_void"), type_="check")
        batch_op.drop_column("is_void")
    _index(sa.text("state <> 'void'"))
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} RESET (fillfactor)")
