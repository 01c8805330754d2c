"""The clerk's register: number and symbol of the reports that a unit issues."""

from uuid import UUID

from app.core.problems import NOT_FOUND, invalid
from app.core.time import local_date
from app.models.reports.issues import ReportIssuance
from app.models.reports.reports import Report, ReportVersion, part_of
from app.repositories.reports.files import ReportFileRepository
from app.repositories.reports.issues import IssueRepository
from app.repositories.reports.reports import ReportRepository
from app.schemas.reports.issues import IssuanceCorrectionIn, IssuanceIn, RegisterEntryIn
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.problems import DOCUMENT_NUMBER_TAKEN, REPORT_ALREADY_ISSUED, REPORT_NOT_SUBMITTED
from app.services.reports.reports import ReportService
from app.services.reports.submission.acting_signers import signature_of


class IssuanceService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.issues = IssueRepository(work.session)
        self.reports = ReportRepository(work.session)
        self.service = ReportService(work)

    async def of_report(self, report: Report) -> list[tuple[ReportIssuance, int]]:
        """What was issued of a report, each with the number of its version."""
        numbers = {version.id: version.number for version in await self.reports.versions(report.id)}
        return [(each, numbers[each.version_id]) for each in await self.issues.of_report(report.id)]

    async def check_act(self, report: Report) -> None:
        """Refuses the entry of the version submitted last as the entry itself."""
        await self.service.check_own(report)
        if report.submitted_version_id is None:
            raise REPORT_NOT_SUBMITTED()
        if await self.reports.is_submitted_at(report.submitted_version_id, self.work.now):
            return  # It is in no register yet.
        if await self.issues.of_version(report.submitted_version_id) is not None:
            raise REPORT_ALREADY_ISSUED()

    async def check_correction(self, report: Report, entry: ReportIssuance) -> None:
        """Refuses a correction of an entry as the correction itself; a former entry is corrected already."""
        await self.service.check_own(report)
        if entry.corrected_at is not None:
            raise NOT_FOUND()
        await self._check_corrects(entry)

    async def _check_corrects(self, entry: ReportIssuance) -> None:
        if await ReportFileRepository(self.work.session).has_issued(entry.version_id):
            await signature_of(self.work)

    async def issue(self, report: Report, data: IssuanceIn) -> tuple[ReportIssuance, int]:
        """Enter a version under its number, which is unique in the unit and calendar year (Decree 30/2020/NĐ-CP).

        Raises `forbidden` (403) for all but the unit's own, `not_found` (404), `report_not_submitted` (409),
        `report_already_issued` (409), `document_number_taken` (409), `invalid` (422) for a day before the submission.
        """
        await self.service.check_own(report)
        await self.reports.lock_row(report)
        version = await self.version(report, data.version)
        _check_day(version, data)
        if await self.issues.of_version(version.id) is not None:
            raise REPORT_ALREADY_ISSUED()
        unit_id = self.work.actor.unit_id
        if await self.issues.is_taken(unit_id, data.issued_on.year, data.number):
            raise DOCUMENT_NUMBER_TAKEN()
        issuance = self._enter(report, version, unit_id, data)
        self.service.add_event(report, "issued", {"version": version.number, "number": data.number})
        await self.work.flush()
        return issuance, version.number

    async def correct(self, report: Report, number: int, data: IssuanceCorrectionIn) -> tuple[ReportIssuance, int]:
        """Replace the entry of a version that was entered wrongly; the former stays, and its number is used up.

        The clerk corrects it; once a signed file of what was issued is bound to the version, the head alone, or who
        signs for the head. Raises `forbidden` (403), `not_found` (404), `document_number_taken` (409), `invalid` (422).
        """
        await self.service.check_own(report)
        await self.reports.lock_row(report)
        version = await self.version(report, number)
        former = await self.issues.of_version(version.id)
        if former is None:
            raise NOT_FOUND()
        await self._check_corrects(former)
        _check_day(version, data)
        if (former.year, former.number) == (data.issued_on.year, data.number):
            former.uses_number = False
        elif await self.issues.is_taken(former.unit_id, data.issued_on.year, data.number):
            raise DOCUMENT_NUMBER_TAKEN()
        former.corrected_at, former.corrected_by = self.work.now, self.work.actor_id
        former.correction_reason = data.reason
        await self.work.flush()
        issuance = self._enter(report, version, former.unit_id, data)
        noted = {"version": version.number, "number": data.number, "former": former.number}
        self.service.add_event(report, "issuance_corrected", noted, data.reason)
        await self.work.flush()
        return issuance, version.number

    def _enter(self, report: Report, version: ReportVersion, unit_id: UUID, data: RegisterEntryIn) -> ReportIssuance:
        issuance = ReportIssuance(
            **part_of(report),
            version_id=version.id,
            unit_id=unit_id,
            year=data.issued_on.year,
            number=data.number,
            symbol=data.symbol,
            issued_on=data.issued_on,
            place=data.place,
            recipients=data.recipients,
            entered_at=self.work.now,
            entered_by=self.work.actor_id,
        )
        self.issues.add(issuance)
        return issuance

    async def version(self, report: Report, number: int | None) -> ReportVersion:
        """A submitted version, the last one without a number. Raises `not_found`, `report_not_submitted`."""
        submitted = [each.number for each in await self.service.versions(report) if each.submitted_at is not None]
        if number is None and not submitted:
            raise REPORT_NOT_SUBMITTED()
        version = await self.service.version(report, max(submitted) if number is None else number)
        if version.submitted_at is None:
            raise REPORT_NOT_SUBMITTED()
        return version


def _check_day(version: ReportVersion, data: RegisterEntryIn) -> None:
    if version.submitted_at is not None and data.issued_on < local_date(version.submitted_at):
        raise invalid(
            "/issued_on",
            "too_early",
            "Ngày ban hành không được trước ngày ký nộp",
            "It is not issued before it is submitted",
        )
