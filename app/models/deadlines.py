"""Duties with a time limit as dated data, and the days that an authority announced."""

from datetime import date

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Codes, LocalRule, Platform


class ClockRule(Platform, Base, kw_only=True):
    """A duty with a time limit, for every unit of the country. A unit's own level may be stricter, never looser.

    `starts_on` is the event that starts it; `receipt` stands for the moment the first informant was heard.
    `restarts_on` starts its next round. Empty `severities` or `groups` mean any. `amount` is in units of `time_unit`.
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
    is_law: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))


class LocalDeadline(LocalRule, Base, kw_only=True):
    """A unit's stricter limit of a rule, for itself and all below it, by a decision and for a time."""

    __tablename__ = "clock_level"
    __table_args__ = (
        UniqueConstraint("unit_id", "rule_code", "valid_from"),
        CheckConstraint("amount > 0", name="amount"),
    )

    rule_code: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int]
    time_unit: Mapped[str] = mapped_column(String(16))


class AnnouncedDay(Platform, Base, kw_only=True):
    """A day that an authority made a working day or a day off, beside what the calendar's release knows."""

    __tablename__ = "announced_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    source: Mapped[str] = mapped_column(String(200))
