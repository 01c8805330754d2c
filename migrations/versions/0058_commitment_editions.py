"""Commitments: the editions that are read above a school."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0058"
down_revision: str | None = "0057"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PATH = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "commitment_edition",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("classes_left", sa.Integer(), nullable=True),
        sa.Column("pupil_owed", sa.Integer(), nullable=False),
        sa.Column("pupil_settled", sa.Integer(), nullable=True),
        sa.Column("pupil_not_signed", sa.Integer(), nullable=True),
        sa.Column("guardian_owed", sa.Integer(), nullable=False),
        sa.Column("guardian_settled", sa.Integer(), nullable=True),
        sa.Column("guardian_not_signed", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_path", PATH, nullable=False),
        sa.CheckConstraint("0 <= classes_left AND classes_left <= classes", name=op.f("ck_commitment_edition_classes")),
        sa.CheckConstraint(
            "0 <= guardian_settled AND guardian_settled <= guardian_owed", name=op.f("ck_commitment_edition_guardian")
        ),
        sa.CheckConstraint(
            "0 <= pupil_settled AND pupil_settled <= pupil_owed", name=op.f("ck_commitment_edition_pupil")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["commitment_campaign.id"],
            name=op.f("fk_commitment_edition_campaign_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["school_year"],
            ["school_year.code"],
            name=op.f("fk_commitment_edition_school_year"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id", "org_path"],
            ["unit.id", "unit.org_path"],
            name=op.f("fk_commitment_edition_unit_id_org_path"),
            onupdate="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_edition")),
        sa.UniqueConstraint(
            "campaign_id", "unit_id", "day", name=op.f("uq_commitment_edition_campaign_id_unit_id_day")
        ),
    )
    op.create_index(op.f("ix_commitment_edition_org_path_id"), "commitment_edition", ["org_path", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_commitment_edition_org_path_id"), table_name="commitment_edition")
    op.drop_table("commitment_edition")
