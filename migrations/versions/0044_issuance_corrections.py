"""Registers of documents: an entry is corrected, and the former stays with its number."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0044"
down_revision: str | None = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


TABLE = "report_issuance"
BY_NUMBER = ("uq_report_issuance_unit_id_year_number", ["unit_id", "year", "number"])
BY_VERSION = ("uq_report_issuance_version_id", ["version_id"])
NUMBERED, IN_FORCE = sa.text("uses_number"), sa.text("corrected_at IS NULL")
INDEXES = (
    ("uq_report_issuance_number", BY_NUMBER[1], NUMBERED),
    ("uq_report_issuance_in_force", BY_VERSION[1], IN_FORCE),
)


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.add_column(sa.Column("uses_number", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("corrected_by", sa.Uuid(), nullable=True))
        for name, _ in (BY_NUMBER, BY_VERSION):
            batch.drop_constraint(name, type_="unique")
    with op.batch_alter_table(TABLE) as batch:
        batch.alter_column("uses_number", server_default=None)
    for name, columns, where in INDEXES:
        op.create_index(name, TABLE, columns, unique=True, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=TABLE)
    with op.batch_alter_table(TABLE) as batch:
        for name, columns in (BY_NUMBER, BY_VERSION):
            batch.create_unique_constraint(name, columns)
        for name in ("corrected_by", "corrected_at", "uses_number"):
            batch.drop_column(name)
