"""Review: the unit above accepts or returns a version; the department locks and unlocks."""

from typing import Any
from uuid import UUID

from app.core.problems import FORBIDDEN, INVALID, Problem, fault
from app.models.notices.kinds import NoticeSpec
from app.models.reports.reports import Report, ReportVersion
from app.repositories.reports.reports import ReportRepository
from app.repositories.units import UnitRepository
from app.schemas.reports.flow import REPORT_FLOW
from app.schemas.reports.reports import AcceptancesIn, ReasonIn, ReturnIn
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.reports.consolidation.consolidation import mark_stale_above
from app.services.reports.drafting.drafts import DraftService
from app.services.reports.notices import (
    REPORT_ACCEPTED,
    REPORT_LOCKED,
    REPORT_RETURNED,
    REPORT_UNLOCK_REQUESTED,
    REPORT_UNLOCKED,
)
from app.services.reports.obligations.reporters import ReporterService
from app.services.reports.problems import VERSION_INCOMPLETE
from app.services.reports.reports import ReportService, check_not_urgent, closed_to
from app.services.reports.submission.acting_signers import signature_of

Fate = tuple[UUID, str]
CHANGES_TEXT = frozenset({"return", "request_unlock", "unlock"})


class ReviewService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ReportRepository(work.session)
        self.service = ReportService(work)

    async def check_act(self, report: Report, act: str) -> None:
        """Refuses a step as the step itself, whatever its body."""
        await self._check_step(report, act)
        if act == "accept" and not (await self.service.newest(report)).is_complete:
            raise VERSION_INCOMPLETE()

    async def _check_step(self, report: Report, act: str) -> None:
        if act == "request_unlock":
            await self.service.check_own(report)
            await signature_of(self.work)
        elif act in {"lock", "unlock"}:
            self._check_locker(report)
        else:
            await self.service.check_reviewer(report)
        if act in CHANGES_TEXT:
            check_not_urgent(report)
        REPORT_FLOW.step(report.state, act, "-", closed_to=closed_to(report))

    def _check_locker(self, report: Report) -> None:
        if not report.org_path.startswith(self.work.actor.org_path):
            raise FORBIDDEN()

    async def accept(self, report: Report) -> ReportVersion:
        """Accept the submitted version.

        Raises `forbidden` (403), `wrong_state` (409), `version_incomplete` (409): what lacks something is returned;
        `stale` (412).
        """
        await self.check_act(report, "accept")
        await self.reports.lock_row(report)
        version = await self.service.newest(report)
        await self._accept(report, version)
        await self.work.flush()
        return version

    async def _accept(self, report: Report, version: ReportVersion) -> None:
        report.state = REPORT_FLOW.step(report.state, "accept").target
        version.accepted_at, version.accepted_by = self.work.now, self.work.actor.id
        report.accepted_version_id, report.accepted_at = version.id, self.work.now
        self.service.add_event(report, "accepted", {"version": version.number})
        await mark_stale_above(self.work, report)
        await self._notify(report, REPORT_ACCEPTED, {"version": version.number})

    async def accept_many(self, data: AcceptancesIn) -> list[Fate]:
        """Accept each report that is complete and has nothing to explain; the others are left with why."""
        known = await self.reports.for_update([each.id for each in data.reports])
        fates = [(each.id, await self._fate(known.get(each.id), each.version)) for each in data.reports]
        await self.work.flush()
        return fates

    async def _fate(self, report: Report | None, tag: int) -> str:
        if report is None:
            return "not_found"
        if report.version != tag:
            return "stale"
        try:
            await self._check_step(report, "accept")
        except Problem as problem:
            return "not_yours" if problem.type is FORBIDDEN else "wrong_state"
        version = await self.service.newest(report)
        if not version.is_complete:
            return "incomplete"
        if version.explained_rules:
            return "has_explanations"
        await self._accept(report, version)
        return "accepted"

    async def _check_items(self, report: Report, data: ReturnIn) -> None:
        definition = await self.service.definition(report)
        known = {section.code for section in definition.sections}
        known |= {item.code for section in definition.sections for item in section.items}
        text = ("Mẫu không có mục hoặc phần này", "The template has no such item or section")
        places = [f"/items/{number}/item" for number, each in enumerate(data.items) if each.item not in known]
        if places:
            raise INVALID(
                faults=[fault(place, "unknown_item", *text, allowed=tuple(sorted(known))) for place in places]
            )

    async def return_(self, report: Report, data: ReturnIn) -> ReportVersion:
        """Return the version with a reason for each item; its unit goes on with a copy.

        Raises `forbidden` (403), `wrong_state` (409), `invalid` (422) for a reason of no list and for what is
        no item or section; `urgent_report` (409), `stale` (412).
        """
        await CodeListService(self.work).check(data, self.work.today)
        await self.check_act(report, "return")
        await self._check_items(report, data)
        await self.reports.lock_row(report)
        version = await self.service.newest(report)
        version.returned_at, version.returned_by = self.work.now, self.work.actor.id
        version.return_items = {each.item: each.reason for each in data.items}
        version.return_texts = {each.item: each.text for each in data.items if each.text}
        report.state = REPORT_FLOW.step(report.state, "return").target
        # A version accepted before stands until another one is.
        if was_accepted := report.accepted_version_id == version.id:
            report.accepted_version_id = report.accepted_at = None
        self.service.add_event(report, "returned", {"version": version.number, "items": len(data.items)})
        await self.work.flush()
        await DraftService(self.work).continued(report, is_supplementary=False)
        if was_accepted:
            await mark_stale_above(self.work, report)
        await self._notify(report, REPORT_RETURNED, {"version": version.number, "items": len(data.items)})
        await self.work.flush()
        return version

    async def lock(self, report: Report) -> None:
        """Freeze an accepted report; at the top of the chain a submitted one.

        Raises `forbidden` (403), `wrong_state` (409), `stale` (412).
        """
        await self.check_act(report, "lock")
        await self.reports.lock_row(report)
        report.state, report.locked_at = REPORT_FLOW.step(report.state, "lock").target, self.work.now
        if report.accepted_version_id is None:
            report.accepted_version_id = report.submitted_version_id
        self.service.add_event(report, "locked", {"version": report.newest})
        await self._notify(report, REPORT_LOCKED, {})
        await self.work.flush()

    async def request_unlock(self, report: Report, why: ReasonIn) -> None:
        """Ask for the lock to be lifted; the unit above and the one that locks are notified.

        The head asks, or who signs for the absent head. Raises `forbidden` (403), `wrong_state` (409), `stale` (412).
        """
        await self.check_act(report, "request_unlock")
        await self.reports.lock_row(report)
        report.unlock_requested_at = self.work.now
        self.service.add_event(report, "unlock_requested", {"version": report.newest}, why.reason, why.decision_number)
        data = {"code": report.code, "report_id": str(report.id), "unit_id": str(report.unit_id)}
        department = await UnitRepository(self.work.session).in_line(report.org_path, "department")
        await NoticeService(self.work).notify_line(
            report.org_path,
            REPORT_UNLOCK_REQUESTED,
            None,
            data,
            also=[department] if department else [],
            only_above=True,
        )
        await self.work.flush()

    async def unlock(self, report: Report, why: ReasonIn) -> ReportVersion:
        """Lift the lock: a supplementary version begins. The one above is stale once it is accepted.

        Raises `forbidden` (403), `urgent_report`, `wrong_state` (409), `stale` (412).
        """
        await self.check_act(report, "unlock")
        await self.reports.lock_row(report)
        report.state = REPORT_FLOW.step(report.state, "unlock", why.reason).target
        report.locked_at = report.unlock_requested_at = None
        self.service.add_event(report, "unlocked", {"version": report.newest}, why.reason, why.decision_number)
        await ReporterService(self.work).settle([report])
        version = await DraftService(self.work).continued(report, is_supplementary=True)
        await self._notify(report, REPORT_UNLOCKED, {})
        await self.work.flush()
        return version

    async def _notify(self, report: Report, kind: NoticeSpec, data: dict[str, Any]) -> None:
        noted = {"code": report.code, "report_id": str(report.id), **data}
        await NoticeService(self.work).notify_beyond(report.unit_id, kind, None, noted)
