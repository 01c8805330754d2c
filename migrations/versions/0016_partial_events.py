"""Events done for one child while others of the incident still wait for the same."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("incident_event") as batch_op:
        batch_op.add_column(sa.Column("is_partial", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("incident_event") as batch_op:
        batch_op.alter_column("is_partial", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("incident_event") as batch_op:
        batch_op.drop_column("is_partial")
