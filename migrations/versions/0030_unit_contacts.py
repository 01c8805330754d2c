"""Contact data of units, and the title of the signer for each kind of unit."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CONTACT = {"address": 300, "email": 254, "document_place": 100, "signer_title": 200}


def upgrade() -> None:
    for name, length in CONTACT.items():
        op.add_column("unit", sa.Column(name, sa.String(length), nullable=True))
    op.add_column("unit", sa.Column("phones", JSON, nullable=True))
    op.add_column("unit_kind", sa.Column("signer_title_vi", sa.String(100), nullable=True))


def downgrade() -> None:
    op.drop_column("unit_kind", "signer_title_vi")
    op.drop_column("unit", "phones")
    for name in CONTACT:
        op.drop_column("unit", name)
