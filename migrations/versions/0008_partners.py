"""Indexes of the search: where and when an incident happened."""

from collections.abc import Sequence

from alembic import op

revision: str = "0008"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXED = ("unit_id", "occurred_on")


def upgrade() -> None:
    for column in INDEXED:
        op.create_index(op.f(f"ix_incident_{column}_id"), "incident", [column, "id"])


def downgrade() -> None:
    for column in reversed(INDEXED):
        op.drop_index(op.f(f"ix_incident_{column}_id"), "incident")
