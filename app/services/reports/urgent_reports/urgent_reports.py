"""Urgent reports on an incident (plan of the province, task 7): drafted from the case, submitted to the unit above.

The text is a document of the incident: its key, reach and retention. The report has the obligation, times and hash.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from app.core.canonical_json import canonical
from app.core.ids import case_code
from app.core.problems import FORBIDDEN, NOT_FOUND, Text, define, invalid
from app.core.scoping import Tier
from app.core.time import start_of
from app.documents.reports.documents import MEDIA_TYPES
from app.models.cases.incidents import Incident
from app.models.cases.incidents import part_of as part_of_incident
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportVersion, part_of
from app.models.reports.templates import ReportTemplate
from app.models.reports.urgent_reports import UrgentReportText
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.referrals import ReferralRepository
from app.repositories.reports.reports import ReportRepository
from app.repositories.reports.templates import TemplateRepository
from app.repositories.reports.urgent_reports import URGENT, UrgentReportRepository
from app.repositories.units import UnitRepository
from app.schemas.reports.flow import REPORT_FLOW
from app.schemas.reports.issues import DocumentFormat
from app.schemas.reports.reports import SubmissionIn
from app.schemas.reports.snapshots import Snapshot
from app.schemas.reports.urgent_reports import UrgentReportIn, UrgentSubmissionIn
from app.services.cases.announcements import announce
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.documents.documents import Document, DocumentService
from app.services.reports.notices import URGENT_REPORT_SUBMITTED
from app.services.reports.problems import REPORT_INCOMPLETE, REPORT_NOT_SUBMITTED
from app.services.reports.reports import ReportService
from app.services.reports.submission.acting_signers import signature_of
from app.services.reports.submission.content import Content, lacks_text, required
from app.services.reports.submission.snapshots import SnapshotMaker
from app.services.reports.urgent_reports.urgent_texts import UrgentTexts
from app.services.school_years.school_years import SchoolYearService

TEMPLATE: Final = "urgent_ad_hoc"
SERIES: Final = "BCDX"
SALT_BYTES: Final = 16
NOT_THE_HOLDER = Text("Đơn vị đang giữ vụ việc mới lập báo cáo đột xuất", "The unit that holds the case reports on it")
FROZEN = define(
    "urgent_report_submitted", 409, "Bản này đã nộp nên được giữ nguyên", "This version is submitted and stays as it is"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A text with the report that stands for it."""

    text: UrgentReportText
    report: Report
    version: ReportVersion | None


class UrgentReportService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.texts = UrgentReportRepository(work.session)
        self.incidents = IncidentService(work)

    async def of_incident(self, incident_id: UUID) -> list[UrgentReportText]:
        """The versions that the caller may read, in order. Raises `not_found` (404) without the incident."""
        incident = await self.incidents.get(incident_id)
        found = await self.texts.of_incident(incident, self.work.actor.unit_id)
        return [text for text in found if self._is_shown(incident, text)]

    async def get(self, text_id: UUID) -> UrgentReportText:
        """Raises `not_found` (404), also for a draft of another unit."""
        text = await self.texts.get(text_id)
        incident = await self.incidents.get(text.incident_id)
        is_open = text.submitted_at is not None or text.unit_id == self.work.actor.unit_id
        if not is_open or not self._is_shown(incident, text):
            raise NOT_FOUND()
        return text

    def _is_shown(self, incident: Incident, text: UrgentReportText) -> bool:
        """Whether the caller reads it after the case came down: what the unit above wrote stays above."""
        since = self.incidents.hidden_before(incident)
        return since is None or text.started_at > since or text.unit_id == self.work.actor.unit_id

    async def tier(self, text: UrgentReportText) -> Tier:
        return await self.incidents.tier(text, text.incident_id)

    async def shown(self, texts: list[UrgentReportText]) -> list[Shown]:
        """Each text with its report."""
        reports, versions = await self.texts.reports(texts), await self.texts.versions(texts)
        return [
            Shown(text, reports[text.report_id], versions.get((text.report_id, text.number)))
            for text in texts
            if text.report_id in reports
        ]

    async def draft(self, incident_id: UUID) -> tuple[UrgentReportText, bool]:
        """A draft made of what the case holds, and whether it is new: a begun one is answered as it is.

        After a submission it is the next version of the same report. Raises `forbidden` (403) for a unit that does not
        hold the incident, `merged`, `destroyed` (409), `wrong_state` (409) once the report is locked.
        """
        incident = await self.incidents.writable(incident_id)
        await self.incidents.check_takes_writes(incident)
        if incident.holder_id != self.work.actor.unit_id:
            raise FORBIDDEN(NOT_THE_HOLDER)
        await IncidentRepository(self.work.session).lock(incident.id)
        newest = await self.texts.newest(incident.id, incident.holder_id)
        if newest is not None and newest.submitted_at is None:
            return newest, False
        report = await self._new_report(incident) if newest is None else await self._reported_again(newest)
        text = await self._new_text(incident, report, 1 if newest is None else newest.number + 1)
        await self.work.flush()
        return text, True

    async def _reported_again(self, text: UrgentReportText) -> Report:
        report = await ReportService(self.work).get(text.report_id)
        if report.locked_at is not None:
            raise REPORT_FLOW.refusal(report.state)
        return report

    async def _new_text(self, incident: Incident, report: Report, number: int) -> UrgentReportText:
        actor, now = self.work.actor, self.work.now
        text = UrgentReportText(
            **part_of_incident(incident),
            report_id=report.id,
            unit_id=report.unit_id,
            number=number,
            narratives=await UrgentTexts(self.work).narratives(incident),
            salt=secrets.token_hex(SALT_BYTES),
            started_at=now,
            started_by=actor.id,
            edited_at=now,
            edited_by=actor.id,
        )
        self.texts.add(text)
        return text

    async def _new_report(self, incident: Incident) -> Report:
        """The obligation that stands for it. Nothing of it names the incident."""
        actor, work = self.work.actor, self.work
        year = (await SchoolYearService(work).on(work.today)).year
        # The series is a lock as well: two first reports of a unit make one period.
        started = int(year.code[:4])
        ordinal = await ReferralRepository(work.session).next_number(actor.unit_id, started, SERIES)
        period = await self.texts.period(actor.unit_id, year.code)
        if period is None:
            template = await self._template()
            period = self._new_period(template.id, year.code, year.starts_on, year.ends_on)
            self.texts.add(period)
        above = await UnitRepository(work.session).working_level_above(incident.org_path)
        report = Report(
            code=case_code(work.today.year),
            period_id=period.id,
            unit_id=actor.unit_id,
            org_path=actor.org_path,
            recipient_id=above.id if above is not None else None,
            ordinal=ordinal,
            state="draft",
            # No text seen names a time for it; a letter that asks for one does.
            due_on=period.ends_on,
            due_at=period.cut_off_at,
            created_at=work.now,
            cipher=work.new_cipher(),
        )
        self.texts.add(report)
        ReportService(work).add_event(report, "begun", {"version": 1})
        return report

    async def _template(self) -> ReportTemplate:
        found = await TemplateRepository(self.work.session).of_product(TEMPLATE)
        if found is None:
            raise LookupError("the product has no template of urgent reports")
        return found

    def _new_period(self, template_id: UUID, school_year: str, starts_on: date, ends_on: date) -> ReportPeriod:
        actor, now = self.work.actor, self.work.now
        return ReportPeriod(
            unit_id=actor.unit_id,
            org_path=actor.org_path,
            code=case_code(self.work.today.year),
            kind=URGENT,
            template_id=template_id,
            school_year=school_year,
            starts_on=starts_on,
            ends_on=ends_on,
            cut_off_at=start_of(ends_on + timedelta(days=1)),
            dues=[],
            opened_at=now,
            created_at=now,
            created_by=actor.id,
        )

    async def check_act(self, text: UrgentReportText, act: str) -> None:
        """Refuses an act on a draft as the act itself, whatever its body."""
        if act == "submit":
            await signature_of(self.work)
        await self._writable(text)

    async def edit(self, text: UrgentReportText, data: UrgentReportIn) -> None:
        """Replace the text. Raises `forbidden` (403), `urgent_report_submitted` (409), `invalid` (422)."""
        report = await self._writable(text)
        definition = await ReportService(self.work).definition(report)
        items = {item.code for section in definition.sections for item in section.items if item.kind == "narrative"}
        if unknown := sorted(data.narratives.keys() - items):
            words = ("Mẫu không có mục này", "The template has no such item")
            raise invalid(f"/narratives/{unknown[0]}", "unknown_item", *words)
        text.narratives = dict(data.narratives)
        text.edited_at, text.edited_by = self.work.now, self.work.actor.id
        await self.work.flush()

    async def submit(self, text: UrgentReportText, data: UrgentSubmissionIn) -> None:
        """Freeze the version and hand it to the unit above, which reads it with the case.

        Raises `forbidden` (403) for all who do not sign, `urgent_report_submitted` (409), `report_incomplete` (409)
        without a required text.
        """
        signature = await signature_of(self.work)
        report = await self._writable(text)
        await ReportRepository(self.work.session).lock_row(report)
        mode = signature.mode_of(data.signing_mode, data.signer_title, data.signer_name)
        snapshot = await self._snapshot(report, text, data, mode)
        text.snapshot, text.digest = snapshot.model_dump(mode="json"), salted_digest(text.salt or "", snapshot)
        text.submitted_at, text.submitted_by = self.work.now, self.work.actor.id
        self._hand_on(report, text, snapshot.signing_mode)
        incident = await self.incidents.get(text.incident_id)
        await announce(self.work, incident, URGENT_REPORT_SUBMITTED, {"version": text.number})
        await self.work.flush()

    async def document(self, text: UrgentReportText, kind: DocumentFormat) -> Document:
        """A submitted version as the case shows it, with its number in the register.

        Raises `not_found` (404) below tier 2 or once destroyed, `report_not_submitted` (409), `unavailable` (503).
        """
        (shown,) = await self.shown([text])
        if shown.version is None:
            raise REPORT_NOT_SUBMITTED()
        if text.snapshot is None or text.digest is None or await self.tier(text) < Tier.CIRCUMSTANCES:
            raise NOT_FOUND()
        snapshot = Snapshot.model_validate(text.snapshot)
        content = await DocumentService(self.work).printed(shown.version, snapshot, text.digest, kind)
        name = f"bao-cao-dot-xuat-{shown.report.code}-{text.number}.{kind}"
        return Document(content, MEDIA_TYPES[kind], name)

    async def _writable(self, text: UrgentReportText) -> Report:
        """The report of a draft of the caller's own unit that still holds the incident."""
        incident = await self.incidents.writable(text.incident_id)
        await self.incidents.check_takes_writes(incident)
        if self.work.actor.unit_id not in {incident.holder_id, text.unit_id} or incident.holder_id != text.unit_id:
            raise FORBIDDEN(NOT_THE_HOLDER)
        if text.submitted_at is not None:
            raise FROZEN()
        return await ReportService(self.work).get(text.report_id)

    async def _snapshot(self, report: Report, text: UrgentReportText, data: UrgentSubmissionIn, mode: str) -> Snapshot:
        reports, narratives = ReportService(self.work), text.narratives or {}
        definition = await reports.definition(report)
        missing = [
            required(f"/narratives/{item.code}")
            for section in definition.sections
            for item in section.items
            if lacks_text(item, narratives)
        ]
        if missing:
            raise REPORT_INCOMPLETE(faults=missing)
        said = SubmissionIn(signer_title=data.signer_title, signer_name=data.signer_name)
        signed = said.model_copy(update={"signing_mode": mode})
        content = Content(definition, figures=[], narratives=narratives, broken=[], coverage=None)
        return await SnapshotMaker(self.work).make(report, self._version(report, text), content, signed)

    def _version(self, report: Report, text: UrgentReportText) -> ReportVersion:
        return ReportVersion(
            **part_of(report), number=text.number, started_at=text.started_at, started_by=text.started_by
        )

    def _hand_on(self, report: Report, text: UrgentReportText, mode: str | None) -> None:
        """Record times and hash in the report; its snapshot stays with the case."""
        version = self._version(report, text)
        version.signing_mode, version.is_complete, version.digest = mode, True, text.digest
        version.submitted_at, version.submitted_by = text.submitted_at, text.submitted_by
        self.texts.add(version)
        report.state, report.newest, report.submitted_version_id = "submitted", text.number, version.id
        report.accepted_at = report.accepted_version_id = None
        report.delivered_at = report.delivered_at or self.work.now
        noted = {"version": text.number, "is_nil": False, "is_complete": True}
        ReportService(self.work).add_event(report, "submitted", noted)


def salted_digest(salt: str, snapshot: Snapshot) -> str:
    """SHA-256 of the salt and the snapshot in canonical JSON."""
    return hashlib.sha256((salt + canonical(snapshot.model_dump(mode="json"))).encode()).hexdigest()
