"""Templates of commitments: versioned documents of clauses, as data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Codes, Identified, Json, JsonValue, Platform, Versioned, partial_index, refers

OF_PRODUCT = text("unit_id IS NULL")


class CommitmentTemplate(Identified, Versioned, Platform, Base, kw_only=True):
    """One version of a template, which never changes; a campaign takes published ones alone.

    `unit_id` is empty for those of the product.
    """

    __tablename__ = "commitment_template"
    __append_only__ = True
    __updatable__ = ("version", "published_at", "published_by")
    __table_args__ = (
        UniqueConstraint("unit_id", "code", "number"),
        partial_index("uq_commitment_template_product", "code", "number", where=OF_PRODUCT, unique=True),
        CheckConstraint("number > 0", name="number"),
    )

    code: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    title_vi: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str | None] = mapped_column(String(300), default=None)
    # Whom it suits, and who signs.
    levels: Mapped[Codes]
    parties: Mapped[Codes]
    # As app.schemas.commitments.templates.Document.
    document: Mapped[Json]
    digest: Mapped[str] = mapped_column(String(64))
    # Who signed an earlier version and signs this one; null: every party. An editorial change asks nobody.
    asks_anew: Mapped[list[str] | None] = mapped_column(JsonValue, default=None)
    unit_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(default=None)
    published_at: Mapped[datetime | None] = mapped_column(default=None)
    published_by: Mapped[UUID | None] = mapped_column(default=None)
