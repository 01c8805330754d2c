"""Learners: uploads find a learner of a unit by whole name and day of birth."""

from collections.abc import Sequence

from alembic import op

revision: str = "0050"
down_revision: str | None = "0049"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_learner_org_path_folded_name_birth_date", "learner", ["org_path", "folded_name", "birth_date"])


def downgrade() -> None:
    op.drop_index("ix_learner_org_path_folded_name_birth_date", "learner")
