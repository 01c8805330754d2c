"""Which authority decides by law; the decision behind an announced day."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "competence",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label_vi", sa.String(length=300), nullable=False),
        sa.Column("label_en", sa.String(length=300), nullable=False),
        sa.Column("authority", sa.String(length=40), nullable=False),
        sa.Column("authority_vi", sa.String(length=200), nullable=False),
        sa.Column("authority_en", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("time_unit", sa.String(length=16), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_competence")),
    )
    with op.batch_alter_table("announced_day") as batch_op:
        batch_op.add_column(sa.Column("decision_number", sa.String(length=100), nullable=False, server_default="–"))
        batch_op.add_column(
            sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
        )
    with op.batch_alter_table("announced_day") as batch_op:
        batch_op.alter_column("decision_number", server_default=None)
        batch_op.alter_column("announced_at", server_default=None)


def downgrade() -> None:
    op.drop_column("announced_day", "announced_at")
    op.drop_column("announced_day", "decision_number")
    op.drop_table("competence")
