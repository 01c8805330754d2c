"""Templates of reports: versioned definitions, as data."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Json, Platform, Versioned, partial_index, refers

OF_PRODUCT = text("unit_id IS NULL")


class ReportTemplate(Identified, Versioned, Platform, Base, kw_only=True):
    """One version of a template. A published version is frozen; `unit_id` is empty for those of the product."""

    __tablename__ = "report_template"
    __table_args__ = (
        # Numbers go on within a unit's line: those of two provinces say nothing of each other.
        UniqueConstraint("unit_id", "code", "number"),
        partial_index("uq_report_template_product", "code", "number", where=OF_PRODUCT, unique=True),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
    )

    code: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    label_vi: Mapped[str] = mapped_column(String(300))
    label_en: Mapped[str] = mapped_column(String(300))
    # As app.schemas.reports.definitions.Definition.
    definition: Mapped[Json]
    digest: Mapped[str] = mapped_column(String(64))
    unit_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(default=None)
    published_at: Mapped[datetime | None] = mapped_column(default=None)
    published_by: Mapped[UUID | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class TemplateFilter:
    code: tuple[str, ...] = ()
    as_of: date | None = None
