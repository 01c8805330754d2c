"""Rules of reporting as dated data: who reports to whom, by which day, and when a unit is reminded."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Platform, refers


class ReportChainRule(Platform, Base, kw_only=True):
    """Units of `kind` report to their superior of `recipient_kind` in a relation; empty at the top of the chain.

    Of several rules the one with the lowest `position` holds. `is_reviewed`: the recipient accepts or returns it here;
    else its dispatch is recorded and no acceptance.
    """

    __tablename__ = "report_chain_rule"

    kind: Mapped[str] = mapped_column(refers("unit_kind.code"), primary_key=True)
    recipient_kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    relation: Mapped[str] = mapped_column(String(16))
    is_reviewed: Mapped[bool]
    position: Mapped[int]
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))


class ReportDueRule(Platform, Base, kw_only=True):
    """The day and month by which units of a kind report for a kind of period, unless the period says otherwise.

    `day_off` says what becomes of a due day that is no working day: `next_working_day` or `same_day`.
    """

    __tablename__ = "report_due_rule"

    period_kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    unit_kind: Mapped[str] = mapped_column(refers("unit_kind.code"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    # Empty where no plan names a day, so that each period does.
    month: Mapped[int | None] = mapped_column(default=None)
    day: Mapped[int | None] = mapped_column(default=None)
    day_off: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))


class ReportReminderRule(Platform, Base, kw_only=True):
    """A unit is reminded some working days `before` or `after` the due day, or once a report is `opened`."""

    __tablename__ = "report_reminder_rule"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    moment: Mapped[str] = mapped_column(String(8))
    working_days: Mapped[int]
    position: Mapped[int]
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))
