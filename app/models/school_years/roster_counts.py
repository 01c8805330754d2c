"""Roster counts: how many pupils a unit has on a fixed day, the denominators of reports."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.filters import UNFILTERED, ListFilter
from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Updated, Versioned, follows, refers
from app.models.declarations import Retained


class RosterCount(Identified, Versioned, Updated, Scoped, Base, kw_only=True):
    """The pupils of a unit by school level and sex on a day, such as 30 September. Frozen counts never change."""

    __tablename__ = "roster_count"
    __access_class__ = AccessClass.REPORT
    __retained__ = Retained("roster_count", holder="unit_id", began={"record": "created_at"}, code="school_year")
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("unit_id", "school_year", "moment", "school_level", "sex"),
        CheckConstraint("pupils >= 0", name="pupils"),
        Index(None, "school_year", "moment", "org_path"),
        Index(None, "org_path", "id"),
    )

    unit_id: Mapped[UUID]
    school_year: Mapped[str] = mapped_column(refers("school_year.code"))
    # `start` or `end` of the school year, and the day itself.
    moment: Mapped[str] = mapped_column(String(8))
    counted_on: Mapped[date]
    school_level: Mapped[str] = mapped_column(String(60))
    sex: Mapped[str] = mapped_column(String(20))
    pupils: Mapped[int]
    source: Mapped[str] = mapped_column(String(300))
    frozen_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]


@dataclass(frozen=True, slots=True)
class RosterFilter:
    school_year: str | None = None
    moment: str | None = None
    common: ListFilter = UNFILTERED
