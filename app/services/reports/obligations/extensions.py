"""Extensions of a report's due day, by a decision of the level above, on which lateness is judged."""

from typing import Final
from uuid import UUID

from app.core.problems import NOT_FOUND, invalid
from app.core.time import local_date
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.repositories.reports.obligations import ObligationRepository
from app.repositories.reports.periods import PeriodRepository
from app.repositories.units import UnitRepository
from app.schemas.reports.obligations import ExtensionIn
from app.services.deadlines.rules import ClockRules
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.notices import REPORT_EXTENDED
from app.services.reports.periods.due_days import NEXT_WORKING_DAY, due_at, stored_dues
from app.services.reports.periods.periods import check_open
from app.services.reports.problems import DELIVERED
from app.services.reports.reports import ReportService, check_above, check_not_urgent

EXTENDED: Final = "extended"


class ExtensionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ObligationRepository(work.session)

    async def report(self, report_id: UUID) -> Report:
        """The report, its row locked. Raises `not_found` (404)."""
        report = await self.reports.for_update(report_id)
        if report is None:
            raise NOT_FOUND()
        return report

    async def extend(self, report: Report, data: ExtensionIn) -> Report:
        """Record the new due day of a report, with its decision and reason.

        Raises `forbidden` (403) for a unit that does not stand above or that writes it, `urgent_report` (409) for what
        no rule gives a due day, `period_closed` or `report_delivered` (409), `invalid` (422) for a day that is not
        later.
        """
        await self.check_act(report)
        period = await PeriodRepository(self.work.session).get(report.period_id)
        at = due_at(data.due_on, await self._day_off(period, report), await ClockRules(self.work).announced())
        if at <= report.due_at:
            text = ("Hạn mới phải sau hạn đang áp dụng", "The new day must be later than the one in force")
            raise invalid("/due_on", "not_later", *text)
        report.extended_on, report.due_at = data.due_on, at
        report.extension_decision, report.extension_reason = data.decision_number, data.reason
        ReportService(self.work).add_event(report, EXTENDED, {"due_on": data.due_on.isoformat()}, data.reason)
        unit = await UnitRepository(self.work.session).get(report.unit_id)
        noted = {"report_id": str(report.id), "due_on": local_date(at).isoformat()}
        await NoticeService(self.work).notify(unit, REPORT_EXTENDED, None, noted)
        await self.work.flush()
        return report

    async def check_act(self, report: Report) -> None:
        """Refuses an extension as the extension itself, whatever its body."""
        check_not_urgent(report)
        await self._check_decides(report)
        check_open(await PeriodRepository(self.work.session).get(report.period_id))
        if report.delivered_at is not None:
            raise DELIVERED()

    async def _check_decides(self, report: Report) -> None:
        """The level above decides; where nobody above works here, the unit records the decision itself."""
        if report.unit_id != self.work.actor.unit_id:
            check_above(self.work, report)
        await ReportService(self.work).check_not_own(report)

    async def _day_off(self, period: ReportPeriod, report: Report) -> str:
        kind = (await UnitRepository(self.work.session).get(report.unit_id)).kind
        return next((due.day_off for due in stored_dues(period.dues) if due.kind == kind), NEXT_WORKING_DAY)
