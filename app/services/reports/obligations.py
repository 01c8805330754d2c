"""Obligations: opening a period gives every unit of the reporting chain its report, and a merged one a reporter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from app.core.ids import case_code
from app.core.problems import DUPLICATE, FORBIDDEN, NOT_FOUND, invalid
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReporterUnit
from app.repositories.reports.periods import ObligationRepository, PeriodRepository, ReporterUnitRepository
from app.repositories.units import UnitRepository
from app.schemas.reports.period_flow import PERIOD_FLOW
from app.schemas.reports.periods import ReporterUnitIn
from app.security.access.scope import ElevationReason, Range
from app.services.deadlines.rules import ClockRules
from app.services.platform.problems import unknown_unit
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.chain import Place, Superior, places
from app.services.reports.due_days import stored_dues
from app.services.reports.periods import check_open
from app.services.reports.reports import ReportService, check_not_urgent

OWED: Final = "owed"
# Kinds of period of which a school year, or a term, has one for each template.
ONCE: Final = frozenset({"yearly", "term"})
REPORTER_NAMED: Final = "reporter_named"
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
        self.reporters = ReporterUnitRepository(work.session)
        self.units = UnitRepository(work.session)

    async def open(self, period: ReportPeriod) -> Opened:
        """Give each unit that owes a report for the period its report; again, those added since.

        Who owes, and to whom, is judged by the superiors of the period's last day, so that a unit closed later still
        does. A recipient that was closed meanwhile gives way to the one of today. A day off that was announced since
        moves what nobody delivered yet. Raises `wrong_state` (409), `duplicate` (409) if the unit asked for the same
        yearly or term report already.
        """
        PERIOD_FLOW.step(period.state, "open")
        if period.kind in ONCE and await PeriodRepository(self.work.session).is_asked_already(period):
            raise DUPLICATE()
        period.opened_at = period.opened_at or self.work.now
        known = await self.reports.owing(period.id)
        wishes = await self.reports.wishes(period.id)
        announced = await ClockRules(self.work).announced()
        dues = {due.kind: (due, due.at(announced)) for due in stored_dues(period.dues)}
        new = [place for place in await self._places(period) if place.unit_id not in known and place.kind in dues]
        for first in range(0, len(new), REPORTS_AT_ONCE):
            for place in new[first : first + REPORTS_AT_ONCE]:
                due, at = dues[place.kind]
                recipient = place.recipient_id
                wish = wishes.get(recipient) if recipient else None
                self.reports.add(
                    Report(
                        cipher=self.work.new_cipher(),
                        unit_id=place.unit_id,
                        org_path=place.org_path,
                        code=case_code(self.work.today.year),
                        period_id=period.id,
                        recipient_id=recipient,
                        state=OWED,
                        due_on=due.due_on,
                        due_at=at,
                        requested_on=wish or due.requested_on,
                        created_at=self.work.now,
                    )
                )
            await self.work.flush()
        for kind, (due, at) in dues.items():
            await self.reports.postpone(period.id, kind, due.due_on, at)
        await self.work.flush()
        return Opened(len(new), len(known) + len(new))

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

        Raises `period_closed` (409), `invalid` (422) for a day after the due day.
        """
        check_open(period)
        reports = await self.reports.of_recipient(period.id, self.work.actor.unit_id)
        if day is not None and any(report.due_on < day for report in reports):
            text = ("Ngày đề nghị nộp sớm sau hạn nộp", "The earlier wish is later than the due day")
            raise invalid("/requested_on", "not_earlier", *text)
        for report in reports:
            report.requested_on = day
        await self.work.flush()
        return len(reports)

    async def reporters_of(self, report_id: UUID) -> list[ReporterUnit]:
        """The reporters of a report in reach. Raises `not_found` (404)."""
        if not await self.reports.is_known(report_id):
            raise NOT_FOUND()
        return await self.reporters.of_report(report_id)

    async def name_reporter(self, report: Report, data: ReporterUnitIn) -> ReporterUnit:
        """Name the unit that reports for one that was merged or closed; it ends the naming before.

        A unit above one that works on is none: superiors never edit a figure of a unit below. Raises `forbidden` (403)
        unless the caller's unit stands above both, `urgent_report` (409) for what belongs to an incident, `invalid`
        (422).
        """
        check_above(self.work, report)
        check_not_urgent(report)
        unit = await self.units.find(data.unit_id)
        is_near = unit is not None and Range.under(self.work.actor.org_path).holds(unit.org_path)
        if unit is None or not is_near or unit.is_closed(data.valid_from) or unit.id == report.unit_id:
            raise unknown_unit("/unit_id")
        is_superior = report.org_path.startswith(unit.org_path)
        if is_superior and not (await self.units.get(report.unit_id)).is_closed(data.valid_from):
            raise unknown_unit("/unit_id")
        if data.valid_to is not None and data.valid_to <= data.valid_from:
            raise invalid("/valid_to", "ends_before_start", "Ngày hết hiệu lực trước ngày bắt đầu", "It ends too early")
        for former in await self.reporters.of_report(report.id):
            if former.valid_from >= data.valid_from:
                text = ("Phải sau lần phân công gần nhất", "It must come after the last naming")
                raise invalid("/valid_from", "not_after_last_change", *text)
            if former.valid_to is None or former.valid_to > data.valid_from:
                former.valid_to = data.valid_from
        named = ReporterUnit(
            report_id=report.id,
            org_path=report.org_path,
            period_id=report.period_id,
            unit_id=unit.id,
            valid_from=data.valid_from,
            valid_to=data.valid_to,
            decision_number=data.decision_number,
            named_at=self.work.now,
            named_by=self.work.actor.id,
        )
        self.reporters.add(named)
        ReportService(self.work).add_event(report, REPORTER_NAMED, {"unit_id": str(unit.id)})
        report.touch()
        await self.work.flush()
        return named

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


def check_above(work: UnitOfWork, report: Report) -> None:
    """Raises `forbidden` (403) unless the caller's unit stands above the one that owes the report."""
    path = report.org_path
    if path == work.actor.org_path or not path.startswith(work.actor.org_path):
        raise FORBIDDEN()
