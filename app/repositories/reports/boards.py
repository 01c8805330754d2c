"""The completeness board: one aggregate, and a page of rows by the names of the units."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, null, or_, select
from sqlalchemy.orm import aliased

from app.core.paging import Page, PageRequest
from app.models.reports.boards import AWAITED, LATE, ON_TIME, OVERDUE, BoardCount, BoardFilter, BoardRow
from app.models.reports.reports import Report
from app.models.units import Unit, UnitVersion
from app.repositories.base import Repository, in_force
from app.security.access.listings import Asked, Summary

STATES: Final = ("owed", "draft", "submitted", "returned", "accepted", "locked")
# No text names a day for it.
IS_URGENT: Final = Report.ordinal > 0
NAMES: Final = (*STATES, "delivered", ON_TIME, LATE, OVERDUE, "reports")


class BoardRepository(Repository[Report]):
    model = Report

    async def counts(self, period_id: UUID, now: datetime) -> list[BoardCount]:
        """By recipient and kind of unit, in one statement, within the caller's own range."""
        rows = await COUNTED.all(self.session, {"period_id": period_id, "now": now})
        return [BoardCount(row[0], row[1], dict(zip(NAMES, row[2:], strict=True))) for row in rows]

    async def rows_of(
        self, period_id: UUID, wanted: BoardFilter, page: PageRequest, *, day: date, now: datetime
    ) -> Page[BoardRow]:
        """The next rows by the names that the units had on `day`; a report that is no row follows nothing."""
        query = (
            select(Report.id, Report.code, Report.unit_id, UnitVersion.code, Unit.kind, Report.recipient_id)
            .add_columns(Report.state, case((~IS_URGENT, Report.due_on)), Report.extended_on, Report.requested_on)
            .add_columns(case((~IS_URGENT, Report.due_at)))
            .add_columns(Report.delivered_at, Report.accepted_at, Report.locked_at, timeliness(now))
            .join(Unit, Unit.id == Report.unit_id)
            .join(UnitVersion, and_(UnitVersion.unit_id == Report.unit_id, in_force(UnitVersion, day)))
            .where(Report.period_id == period_id, *_asked(wanted, now))
        )
        if page.before is not None:
            query = query.where(_after(page.before, day))
        query = query.order_by(UnitVersion.search_text, Report.id).limit(page.limit + 1)
        found = [BoardRow(*row) for row in await self.session.execute(query)]
        return Page(found[: page.limit], len(found) > page.limit)


def timeliness(now: datetime) -> ColumnElement[str]:
    """Judged on the first complete submission by the server's clock; a return changes nothing."""
    return case(
        (IS_URGENT, null()),
        (Report.delivered_at <= Report.due_at, literal(ON_TIME)),
        (Report.delivered_at > Report.due_at, literal(LATE)),
        (Report.due_at < now, literal(OVERDUE)),
        else_=literal(AWAITED),
    )


def _each(now: datetime) -> dict[str, ColumnElement[bool]]:
    counted: dict[str, ColumnElement[bool]] = {state: Report.state == state for state in STATES}
    undelivered = Report.delivered_at.is_(None)
    return counted | {
        "delivered": Report.delivered_at.is_not(None),
        ON_TIME: and_(~IS_URGENT, Report.delivered_at <= Report.due_at),
        LATE: and_(~IS_URGENT, Report.delivered_at > Report.due_at),
        OVERDUE: and_(~IS_URGENT, undelivered, Report.due_at < now),
    }


def _counted(asked: Asked) -> Select[*tuple[Any, ...]]:
    counts = (func.count().filter(each) for each in _each(asked["now"]).values())
    return (
        select(Report.recipient_id, Unit.kind, *counts, func.count())
        .join(Unit, Unit.id == Report.unit_id)
        .where(asked.within(Report), *asked.equal(period_id=Report.period_id))
        .group_by(Report.recipient_id, Unit.kind)
    )


COUNTED: Final = Summary(Report, _counted)


def _asked(wanted: BoardFilter, now: datetime) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if wanted.recipient_id is not None:
        asked.append(Report.recipient_id == wanted.recipient_id)
    several: tuple[tuple[tuple[str, ...], Any], ...] = (
        (wanted.kind, Unit.kind),
        (wanted.state, Report.state),
        (wanted.timeliness, timeliness(now)),
    )
    return asked + [column.in_(values) for values, column in several if values]


def _after(report_id: UUID, day: date) -> ColumnElement[bool]:
    report, named = aliased(Report), aliased(UnitVersion)
    unit_id = select(report.unit_id).where(report.id == report_id).scalar_subquery()
    last = select(named.search_text).where(named.unit_id == unit_id, in_force(named, day)).scalar_subquery()
    return or_(UnitVersion.search_text > last, and_(UnitVersion.search_text == last, Report.id > report_id))
