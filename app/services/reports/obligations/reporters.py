"""Reporter units: who drafts and submits the reports of a unit that was merged or closed."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from app.core.problems import NOT_FOUND, invalid
from app.models.reports.reports import Report, ReporterUnit
from app.models.units import Unit
from app.repositories.reports.obligations import ObligationRepository, ReporterUnitRepository
from app.repositories.units import Heir, UnitRepository
from app.schemas.reports.obligations import ReporterUnitIn
from app.security.access.elevation import ElevationReason
from app.security.access.scope import Range
from app.services.platform.problems import unknown_unit
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.problems import UNIT_NOT_CLOSED
from app.services.reports.reports import ReportService, check_above, check_not_urgent

REPORTER_NAMED: Final = "reporter_named"


class ReporterService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ObligationRepository(work.session)
        self.reporters = ReporterUnitRepository(work.session)
        self.units = UnitRepository(work.session)

    async def of_report(self, report_id: UUID) -> list[ReporterUnit]:
        """The reporters of a report in reach. Raises `not_found` (404)."""
        if not await self.reports.is_known(report_id):
            raise NOT_FOUND()
        return await self.reporters.of_report(report_id)

    async def name(self, report: Report, data: ReporterUnitIn) -> ReporterUnit:
        """Name a successor or a superior of the closed unit that owes the report; it ends the naming before.

        Superiors and neighbours never edit a figure of a unit that works on. Raises `forbidden` (403) unless the
        caller's unit stands above both, `urgent_report` (409) for what belongs to an incident, `unit_not_closed` (409),
        `invalid` (422).
        """
        check_above(self.work, report)
        check_not_urgent(report)
        unit = await self.units.find(data.unit_id)
        is_near = unit is not None and Range.under(self.work.actor.org_path).holds(unit.org_path)
        if unit is None or not is_near or unit.is_closed(data.valid_from):
            raise unknown_unit("/unit_id")
        if unit.id == report.unit_id:
            text = ("Đơn vị tự báo cáo cho mình, không cần phân công", "A unit reports for itself without a naming")
            raise invalid("/unit_id", "reports_for_itself", *text)
        if not (await self.units.get(report.unit_id)).is_closed(data.valid_from):
            raise UNIT_NOT_CLOSED()
        await self._check_takes_over(report, unit)
        if data.valid_to is not None and data.valid_to <= data.valid_from:
            raise invalid("/valid_to", "ends_before_start", "Ngày hết hiệu lực trước ngày bắt đầu", "It ends too early")
        for former in await self.reporters.of_report(report.id):
            if former.valid_from >= data.valid_from:
                text = ("Phải sau lần phân công gần nhất", "It must come after the last naming")
                raise invalid("/valid_from", "not_after_last_change", *text)
            _end(former, data.valid_from)
        named = self._add(report, unit.id, data.valid_from, data.decision_number, data.valid_to)
        report.touch()
        await self.work.flush()
        return named

    async def _check_takes_over(self, report: Report, unit: Unit) -> None:
        is_superior = report.org_path.startswith(unit.org_path)
        if not is_superior and unit.id not in await self.units.successors([report.unit_id]):
            text = ("Đơn vị này không kế thừa đơn vị đã giải thể", "The unit did not succeed the closed one")
            raise invalid("/unit_id", "not_a_successor", *text)

    async def follow_succession(self, unit_id: UUID) -> None:
        """After a closing: what the unit still has to report, also for others, passes to its only successor.

        Of several successors the level above names one.
        """
        async with self.work.elevated(ElevationReason.UNIT_CHANGE):
            units = {unit_id} | await self.units.predecessors([unit_id])
            for report in await self.settle(await self.reports.unlocked_of(units)):
                report.touch()
            await self.work.flush()

    async def settle(self, reports: Iterable[Report]) -> list[Report]:
        """Name the only successor for each report of a closed unit, unless a decision of the level above stands.

        Returns those that have another reporter now.
        """
        owed = list(reports)
        heirs = await self.units.heirs({report.unit_id for report in owed})
        open_ = [(report, heirs[report.unit_id]) for report in owed if report.unit_id in heirs]
        last = await self.reporters.last_of([report.id for report, _ in open_])
        found = []
        for report, heir in open_:
            former = last.get(report.id)
            if former is not None and not await self._ends(former, heir):
                continue
            self._add(report, heir.unit_id, heir.since, heir.decision_number)
            found.append(report)
        await self.work.flush()
        return found

    async def _ends(self, former: ReporterUnit, heir: Heir) -> bool:
        """Whether the reporter was closed itself; its time ends then, and one that never began is removed."""
        if former.unit_id not in heir.through:
            return False
        if former.valid_from >= heir.since:
            await self.reporters.remove(former)
        else:
            _end(former, heir.since)
        return True

    def _add(
        self, report: Report, unit_id: UUID, since: date, decision_number: str, until: date | None = None
    ) -> ReporterUnit:
        named = ReporterUnit(
            report_id=report.id,
            org_path=report.org_path,
            period_id=report.period_id,
            unit_id=unit_id,
            valid_from=since,
            valid_to=until,
            decision_number=decision_number,
            named_at=self.work.now,
            named_by=self.work.actor.id,
        )
        self.reporters.add(named)
        ReportService(self.work).add_event(report, REPORTER_NAMED, {"unit_id": str(unit_id)})
        return named


def _end(former: ReporterUnit, day: date) -> None:
    if former.valid_to is None or former.valid_to > day:
        former.valid_to = day
