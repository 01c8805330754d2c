"""Periods for which reports are due, and the letters that ask for others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.filters import UNFILTERED, ListFilter
from app.core.scoping import AccessClass
from app.models.base import Base, Identified, JsonValue, LongText, Scoped, Updated, Versioned, follows, refers
from app.models.openings import Membership

# Who owes a report for the period reads it, who receives one, and who reports for another unit.
ASKED_OF = (
    Membership(column="id", table="report", key="period_id", unit="unit_id"),
    Membership(column="id", table="report", key="period_id", unit="recipient_id"),
    Membership(
        column="id", table="reporter_unit", key="period_id", unit="unit_id", since="valid_from", until="valid_to"
    ),
)


class ReportPeriod(Identified, Versioned, Updated, Scoped, Base, kw_only=True):
    """What a unit asks of those below: by which template, of which days, until when.

    `dues` has the due day of each kind of unit, an earlier wish, and what becomes of a day off:
    `{"kinds": ["school"], "due_on": "2027-08-01", "requested_on": null, "day_off": "next_working_day"}`.
    Facts are counted from `starts_on` to `ends_on`, as they are known at `cut_off_at`.
    """

    __tablename__ = "report_period"
    __access_class__ = AccessClass.REPORT
    __opened_by__ = ASKED_OF
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("id", "org_path"),
        CheckConstraint("ends_on >= starts_on", name="days"),
        Index(None, "org_path", "id"),
        Index(None, "school_year", "org_path"),
    )

    unit_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    template_id: Mapped[UUID] = mapped_column(refers("report_template.id"))
    school_year: Mapped[str] = mapped_column(refers("school_year.code"))
    term: Mapped[str | None] = mapped_column(String(8), default=None)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    cut_off_at: Mapped[datetime]
    dues: Mapped[list[dict[str, Any]]] = mapped_column(JsonValue)
    # The letter that asks for it, where no yearly plan does.
    letter_number: Mapped[str | None] = mapped_column(String(100), default=None)
    letter_issuer: Mapped[str | None] = mapped_column(String(300), default=None)
    letter_issued_on: Mapped[date | None] = mapped_column(default=None)
    questions: Mapped[LongText | None] = mapped_column(default=None)
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]

    @property
    def state(self) -> str:
        if self.closed_at is not None:
            return "closed"
        return "planned" if self.opened_at is None else "open"


# Whether a period of a state was opened, and closed.
MARKS: Final[Mapping[str | None, tuple[bool | None, bool | None]]] = {
    None: (None, None),
    "planned": (False, None),
    "open": (True, False),
    "closed": (None, True),
}


@dataclass(frozen=True, slots=True)
class PeriodFilter:
    kind: tuple[str, ...] = ()
    school_year: str | None = None
    opened: bool | None = None
    closed: bool | None = None
    common: ListFilter = UNFILTERED

    @classmethod
    def of(cls, kind: tuple[str, ...], school_year: str | None, state: str | None, common: ListFilter) -> Self:
        opened, closed = MARKS[state]
        return cls(kind, school_year, opened, closed, common)
