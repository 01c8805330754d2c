"""What submitted figures were made of, by keyed digests."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0037"
down_revision: str | None = "0036"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "report_contribution",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id", "org_path"],
            ["report.id", "report.org_path"],
            name=op.f("fk_report_contribution_report_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "org_path"],
            ["report_version.id", "report_version.org_path"],
            name=op.f("fk_report_contribution_version_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_contribution")),
    )
    op.create_index(op.f("ix_report_contribution_report_id_org_path"), "report_contribution", ["report_id", "org_path"])
    op.create_index(op.f("ix_report_contribution_version_id_item"), "report_contribution", ["version_id", "item"])


def downgrade() -> None:
    op.drop_table("report_contribution")
