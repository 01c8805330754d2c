"""Obligations: opening a period gives every unit of the reporting chain its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.core.ids import case_code
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.repositories.reports.obligations import ObligationRepository
from app.repositories.reports.periods import PeriodRepository
from app.security.access.elevation import ElevationReason
from app.security.access.scope import Range
from app.services.deadlines.rules import ClockRules
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.obligations.reporters import ReporterService
from app.services.reports.periods.chain import Place, Superior, places
from app.services.reports.periods.due_days import Due, stored_dues
from app.services.reports.periods.periods import PeriodService, check_wish

OWED: Final = "owed"
# With its key, so that a flush stays one statement.
REPORTS_AT_ONCE: Final = 450


@dataclass(frozen=True, slots=True)
class Opened:
    """How many units got their report now, and how many have one."""

    added: int
    reports: int


class ObligationService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ObligationRepository(work.session)

    async def open(self, period: ReportPeriod) -> Opened:
        """Give each unit that owes a report for the period its report; again, those added since.

        Who owes, and to whom, is judged by the superiors of the period's last day, so that a unit closed later still
        does; its only successor reports for it. A recipient that was closed meanwhile gives way to the one of today. A
        day off that was announced since moves what nobody delivered yet. Raises `urgent_period` (409), `wrong_state`
        (409), `duplicate` (409) if the unit asked for the same yearly or term report already.
        """
        await PeriodService(self.work).check_act(period, "open")
        period.opened_at = period.opened_at or self.work.now
        known = await self.reports.owing(period.id)
        announced = await ClockRules(self.work).announced()
        dues = {due.kind: (due, due.at(announced)) for due in stored_dues(period.dues)}
        new = [place for place in await self._places(period) if place.unit_id not in known and place.kind in dues]
        wishes = await self.reports.wishes(period.id)
        added = [self._owed(period, place, *dues[place.kind], wishes) for place in new]
        for first in range(0, len(added), REPORTS_AT_ONCE):
            self.reports.add_all(added[first : first + REPORTS_AT_ONCE])
            await self.work.flush()
        await ReporterService(self.work).settle(added)
        for kind, (due, at) in dues.items():
            await self.reports.postpone(period.id, kind, due.due_on, at)
        await self.work.flush()
        return Opened(len(new), len(known) + len(new))

    def _owed(self, period: ReportPeriod, place: Place, due: Due, at: datetime, wishes: Mapping[UUID, date]) -> Report:
        wish = wishes.get(place.recipient_id) if place.recipient_id else None
        return Report(
            cipher=self.work.new_cipher(),
            unit_id=place.unit_id,
            org_path=place.org_path,
            code=case_code(self.work.today.year),
            period_id=period.id,
            recipient_id=place.recipient_id,
            state=OWED,
            due_on=due.due_on,
            due_at=at,
            requested_on=wish or due.requested_on,
            created_at=self.work.now,
        )

    async def readdress(self, org_path: str) -> None:
        """After a move: what the recipient reaches no more goes to the superior of today, unless it is locked."""
        within, day = Range.under(org_path), self.work.today
        async with self.work.elevated(ElevationReason.UNIT_CHANGE):
            reports = await self.reports.misaddressed(within)
            if not reports:
                return
            rules = await PeriodRepository(self.work.session).chain_rules(day)
            now = [Superior(*row) for row in await self.reports.superiors(within, day)]
            found = {place.unit_id: place.recipient_id for place in places(now, now, rules, day)}
            for report in reports:
                report.recipient_id = found.get(report.unit_id, report.recipient_id)
            await self.work.flush()

    async def request_earlier(self, period: ReportPeriod, day: date | None) -> int:
        """Ask the units that report to the caller's for an earlier day, which makes nobody late.

        Raises `urgent_period` (409), `period_closed` (409), `invalid` (422) for a day that is over or after a due day.
        """
        await PeriodService(self.work).check_act(period, "request_earlier")
        reports = await self.reports.of_recipient(period.id, self.work.actor.unit_id)
        if day is not None:
            due_days = [report.due_on for report in reports] or [due.due_on for due in stored_dues(period.dues)]
            check_wish("/requested_on", day, due_days, self.work.today)
        for report in reports:
            report.requested_on = day
        await self.work.flush()
        return len(reports)

    async def _places(self, period: ReportPeriod) -> Sequence[Place]:
        """The places of the issuer's range. Its own report goes up only where nobody reviews it there."""
        rules = await PeriodRepository(self.work.session).chain_rules(period.ends_on)
        within = Range.under(period.org_path)
        then = [Superior(*row) for row in await self.reports.superiors(within, period.ends_on)]
        now = [Superior(*row) for row in await self.reports.superiors(within, self.work.today)]
        found = places(then, now, rules, self.work.today)
        return [_top(place) if place.unit_id == period.unit_id and place.is_reviewed else place for place in found]


def _top(place: Place) -> Place:
    return Place(place.unit_id, place.kind, place.org_path, None, place.is_reviewed)
