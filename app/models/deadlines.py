"""Clock rules with validity dates, and announced working days and days off."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Codes, LocalRule, Platform


class ClockRule(Platform, Base, kw_only=True):
    """A duty with a time limit, for every unit of the country. A unit's own level may be stricter, never looser.

    `starts_on` is the event that starts the clock; `receipt` is the time of the first report. `restarts_on` starts
    the next round. Empty `severities` or `groups` mean any. `amount` counts in `time_unit`. A rule that `outlasts`
    binds in every state of the case, and its clock ends by what meets it or by a waiver alone.
    """

    __tablename__ = "clock_rule"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    position: Mapped[int]
    label_vi: Mapped[str] = mapped_column(String(300))
    label_en: Mapped[str] = mapped_column(String(300))
    starts_on: Mapped[str] = mapped_column(String(40))
    restarts_on: Mapped[str | None] = mapped_column(String(40), default=None)
    met_by: Mapped[Codes]
    severities: Mapped[Codes]
    groups: Mapped[Codes]
    amount: Mapped[int]
    time_unit: Mapped[str] = mapped_column(String(16))
    escalates: Mapped[bool]
    outlasts: Mapped[bool]
    is_law: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))


class LocalDeadline(LocalRule, Base, kw_only=True):
    """A unit's stricter limit for a rule, valid for its subtree, by decision, between two dates."""

    __tablename__ = "clock_level"
    __table_args__ = (
        UniqueConstraint("unit_id", "rule_code", "valid_from"),
        CheckConstraint("amount > 0", name="amount"),
    )

    rule_code: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int]
    time_unit: Mapped[str] = mapped_column(String(16))


class AnnouncedDay(Platform, Base, kw_only=True):
    """A working day or day off by an authority's decision, which overrides the released calendar."""

    __tablename__ = "announced_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    decision_number: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(String(200))
    announced_at: Mapped[datetime]
