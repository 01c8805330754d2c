"""Reports: who reads which part, who may act on them, and their timeline."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN, NOT_FOUND, Text
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportEvent, ReportFilter, ReportSection, ReportVersion, part_of
from app.repositories.reports.reports import ReportRepository
from app.repositories.units import UnitRepository
from app.schemas.reports.definitions import Definition
from app.schemas.reports.reports import ReportEventKind
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.periods.periods import check_open
from app.services.reports.problems import URGENT_REPORT
from app.services.reports.templates.definitions import Definitions

NOT_THE_UNIT = Text(
    "Chỉ đơn vị báo cáo, hoặc đơn vị được giao báo cáo thay, mới được thực hiện",
    "Only the reporting unit, or the one that reports for it, may do so",
)
OWN_REPORT = Text(
    "Đơn vị lập báo cáo không tự quyết định: cấp trên quyết định",
    "Who writes a report does not decide on it: the level above does",
)
NOT_THE_REVIEWER = Text("Đơn vị nhận báo cáo mới được duyệt hoặc trả lại", "The unit that receives it decides on it")


class ReportService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ReportRepository(work.session)

    async def get(self, report_id: UUID) -> Report:
        """Raises `not_found` (404)."""
        return await self.reports.get(report_id)

    async def page(self, page: PageRequest, wanted: ReportFilter) -> Page[Report]:
        """Reports of the caller's unit and its subordinates, newest first."""
        return await self.reports.held(page, wanted)

    async def period(self, report: Report) -> ReportPeriod:
        return await self.reports.period(report)

    async def definition(self, report: Report) -> Definition:
        return await self.definition_of(await self.period(report))

    async def definition_of(self, period: ReportPeriod) -> Definition:
        return self.work.runtime.cache(Definitions).of(await self.reports.template(period))

    async def is_own(self, report: Report) -> bool:
        """Whether the caller's unit writes the report, for itself or for another unit."""
        own = self.work.actor.unit_id
        return report.unit_id == own or await self.reports.is_reporter(report.id, own, self.work.today)

    async def check_own(self, report: Report) -> None:
        """Raises `forbidden` (403): superiors never edit a report of a unit below."""
        if not await self.is_own(report):
            raise FORBIDDEN(NOT_THE_UNIT)

    async def check_written_here(self, report: Report) -> None:
        """Raises `forbidden` (403) as `check_own`, `urgent_report` (409) for a text that belongs to an incident."""
        await self.check_own(report)
        check_not_urgent(report)

    async def check_taken(self, report: Report) -> None:
        """Raises `period_closed` (409) for what was never delivered; what is returned or unlocked goes on."""
        if report.delivered_at is None:
            check_open(await self.period(report))

    async def check_reviewer(self, report: Report) -> None:
        """Raises `forbidden` (403) for all but the recipient and its superiors, who act where it was abolished.

        The unit that reports for another is refused as `check_not_own` does.
        """
        if report.recipient_id is None or report.unit_id == self.work.actor.unit_id:
            raise FORBIDDEN(NOT_THE_REVIEWER)
        recipient = await UnitRepository(self.work.session).get(report.recipient_id)
        if not recipient.org_path.startswith(self.work.actor.org_path):
            raise FORBIDDEN(NOT_THE_REVIEWER)
        await self.check_not_own(report)

    async def check_not_own(self, report: Report) -> None:
        """Raises `forbidden` (403) where the caller's unit writes the report and some unit above it works here."""
        above = UnitRepository(self.work.session).working_level_above
        if await self.is_own(report) and await above(self.work.actor.org_path):
            raise FORBIDDEN(OWN_REPORT)

    async def versions(self, report: Report) -> list[ReportVersion]:
        """Those that the caller may read, in order."""
        found = await self.reports.versions(report.id)
        return found if await self.is_own(report) else [each for each in found if each.submitted_at is not None]

    async def version(self, report: Report, number: int) -> ReportVersion:
        """One version. Raises `not_found` (404) also for a draft of a unit below."""
        found = await self.reports.version(report.id, number)
        if found is None or (found.submitted_at is None and not await self.is_own(report)):
            raise NOT_FOUND()
        return found

    async def newest(self, report: Report) -> ReportVersion:
        """Raises `not_found` (404) where none was begun, or the caller may not read it."""
        return await self.version(report, report.newest)

    async def newest_submitted(self, report: Report) -> int:
        """Raises `not_found` (404) where none was submitted."""
        numbers = [each.number for each in await self.reports.versions(report.id) if each.submitted_at is not None]
        if not numbers:
            raise NOT_FOUND()
        return numbers[-1]

    async def section_heads(self, report: Report, versions: Sequence[ReportVersion]) -> list[ReportSection]:
        """The sections of the newest of its versions with their tags; none for a reader above."""
        if not versions or not await self.is_own(report):
            return []
        return await self.reports.section_heads(versions[-1].id)

    async def events(self, report: Report) -> list[ReportEvent]:
        return await self.reports.events(report.id)

    def add_event(
        self,
        report: Report,
        kind: ReportEventKind,
        data: dict[str, Any],
        reason: str | None = None,
        decision_number: str | None = None,
    ) -> None:
        """Add to the timeline. `data` has codes and numbers, never text."""
        self.reports.add(
            ReportEvent(
                **part_of(report),
                kind=kind,
                data=data,
                reason=reason,
                decision_number=decision_number,
                at=self.work.now,
                by_id=self.work.actor_id,
                by_role=self.work.actor_role,
            )
        )


def closed_to(report: Report) -> frozenset[str]:
    """The steps that this report has not in its state: nobody reviews the one at the top, and what is reviewed is
    locked once it is accepted.
    """
    if report.recipient_id is None:
        return frozenset({"return", "accept"})
    return frozenset({"lock"}) if report.state == "submitted" else frozenset()


def check_not_urgent(report: Report) -> None:
    """Raises `urgent_report` (409): the text of an urgent report is no part of it."""
    if report.is_urgent:
        raise URGENT_REPORT()


def check_above(work: UnitOfWork, report: Report) -> None:
    """Raises `forbidden` (403) unless the caller's unit stands above the one that owes the report."""
    path = report.org_path
    if path == work.actor.org_path or not path.startswith(work.actor.org_path):
        raise FORBIDDEN()
