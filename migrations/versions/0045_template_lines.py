"""Templates: codes and numbers are unique within a unit's line."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0045"
down_revision: str | None = "0044"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


OF_PRODUCT = sa.text("unit_id IS NULL")
BEFORE, NOW = "uq_report_template_code_number", "uq_report_template_unit_id_code_number"
PRODUCT = "uq_report_template_product"


def upgrade() -> None:
    with op.batch_alter_table("report_template") as batch_op:
        batch_op.drop_constraint(op.f(BEFORE), type_="unique")
        batch_op.create_unique_constraint(op.f(NOW), ["unit_id", "code", "number"])
    op.create_index(
        PRODUCT,
        "report_template",
        ["code", "number"],
        unique=True,
        postgresql_where=OF_PRODUCT,
        sqlite_where=OF_PRODUCT,
    )


def downgrade() -> None:
    op.drop_index(PRODUCT, table_name="report_template")
    with op.batch_alter_table("report_template") as batch_op:
        batch_op.drop_constraint(op.f(NOW), type_="unique")
        batch_op.create_unique_constraint(op.f(BEFORE), ["code", "number"])
