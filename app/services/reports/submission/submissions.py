"""Submission: a version is checked, frozen with its snapshot and digest, and goes to the unit above."""

from app.core.canonical_json import digest_of
from app.models.reports.reports import Report, ReportVersion
from app.repositories.reports.reports import ReportRepository
from app.schemas.reports.definitions import Definition, Strength
from app.schemas.reports.flow import REPORT_FLOW
from app.schemas.reports.reports import SubmissionIn
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.consolidation.lineage import LineageService
from app.services.reports.drafting.rosters import moments_of
from app.services.reports.notices import REPORT_SUBMITTED
from app.services.reports.periods.periods import REQUESTED, check_over
from app.services.reports.problems import EXPLANATION_REQUIRED, REPORT_INCOMPLETE, REPORT_STALE
from app.services.reports.reports import ReportService, closed_to
from app.services.reports.submission.acting_signers import Signature, signature_of
from app.services.reports.submission.content import Content, content_of, missing_items, rule_broken, unexplained_rules
from app.services.reports.submission.snapshots import SnapshotMaker
from app.services.school_years.roster_counts import RosterCountService


class SubmissionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ReportRepository(work.session)
        self.service = ReportService(work)

    async def check_act(self, report: Report, act: str) -> Signature:
        """How the caller signs. Refuses a submission as the submission itself, whatever its body."""
        await self.service.check_written_here(report)
        signature = await signature_of(self.work)
        REPORT_FLOW.step(report.state, act, "", closed_to=closed_to(report))
        await self.service.check_taken(report)
        check_over(await self.service.period(report), report, self.work.today)
        if report.is_stale:
            raise REPORT_STALE()
        return signature

    async def submit(self, report: Report, data: SubmissionIn) -> ReportVersion:
        """Freeze the newest version and hand it to the unit above.

        Raises `forbidden` (403) for all who do not sign, `wrong_state` (409), `period_closed` and `period_not_over`
        (409), `report_stale` (409) where what was counted has changed, `report_incomplete` (409) with every missing
        item, broken rule and missing explanation. Submitted as incomplete it still explains what it breaks:
        `explanation_required` (409).
        """
        signature = await self.check_act(report, "submit")
        mode = signature.mode_of(data.signing_mode, data.signer_title, data.signer_name)
        data = data.model_copy(update={"signing_mode": mode})
        await self.reports.lock_row(report)
        version = await self.service.newest(report)
        content = await content_of(self.work, report, version)
        faults = [*missing_items(content), *(rule_broken(rule) for rule in content.of_strength(Strength.ERROR))]
        is_complete, unexplained = not faults, unexplained_rules(content)
        if not is_complete and not data.incomplete:
            raise REPORT_INCOMPLETE(faults=[*faults, *unexplained])
        if unexplained:
            raise EXPLANATION_REQUIRED(faults=unexplained)
        await self._freeze(report, version, content, data)
        version.is_complete = is_complete
        await self._freeze_used(report, version, content)
        await self._hand_on(report, version)
        return version

    async def _freeze(self, report: Report, version: ReportVersion, content: Content, data: SubmissionIn) -> None:
        snapshot = await SnapshotMaker(self.work).make(report, version, content, data)
        version.is_nil = snapshot.is_nil
        version.explained_rules = len(content.of_strength(Strength.EXPLAIN))
        version.signing_mode, version.signer_name = snapshot.signing_mode, data.signer_name
        version.signer_title = snapshot.signer_title
        version.snapshot = snapshot.model_dump(mode="json")
        version.digest = digest_of(version.snapshot)
        version.submitted_at, version.submitted_by = self.work.now, self.work.actor.id

    async def _freeze_used(self, report: Report, version: ReportVersion, content: Content) -> None:
        """Keep what the figures count, as it is now."""
        await LineageService(self.work).keep(report, version, content.definition, content.figures)
        await self._freeze_rosters(report, content.definition)

    async def _freeze_rosters(self, report: Report, definition: Definition) -> None:
        """Freeze what the unit's shares are counted of.

        Another unit's reporter leaves it to the calendar, and so does an answer to a letter, which may ask at any time
        of the year.
        """
        period = await self.service.period(report)
        moments = moments_of(definition)
        if moments and report.unit_id == self.work.actor.unit_id and period.kind != REQUESTED:
            await RosterCountService(self.work).freeze(report.unit_id, period.school_year, moments)

    async def _hand_on(self, report: Report, version: ReportVersion) -> None:
        report.state = REPORT_FLOW.step(report.state, "submit").target
        report.submitted_version_id = version.id
        if report.delivered_at is None and version.is_complete:
            report.delivered_at = self.work.now
        data = {"version": version.number, "is_nil": version.is_nil, "is_complete": bool(version.is_complete)}
        self.service.add_event(report, "submitted", data)
        if report.recipient_id is not None:
            noted = {"code": report.code, "report_id": str(report.id), "version": version.number}
            noted["unit_id"] = str(report.unit_id)
            await NoticeService(self.work).notify_beyond(report.recipient_id, REPORT_SUBMITTED, None, noted)
        await self.work.flush()
