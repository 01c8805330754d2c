"""Files of a report: evidence in a draft, and what was issued of a submitted version."""

from dataclasses import dataclass
from uuid import UUID

from app.core.problems import NOT_FOUND, Text, define, invalid
from app.models.reports.files import ReportFile
from app.models.reports.reports import Report, ReportVersion, part_of
from app.repositories.reports.files import ReportFileRepository
from app.repositories.reports.reports import ReportRepository
from app.schemas.reports.flow import EDITABLE, REPORT_FLOW
from app.security.crypto.shredded import DESTROYED
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.reports import ReportService
from app.services.reports.submission.acting_signers import signature_of
from app.services.stored_files import FileColumns, Room, StoredFileService, Upload

EVIDENCE, ISSUED = "evidence", "issued"
REPORT_FILES_FULL = define(
    "report_files_full",
    409,
    "Báo cáo đã đủ số tệp hoặc dung lượng",
    "The report has all the files, or bytes, that it may have",
)
ALREADY_SUBMITTED = Text(
    "Tệp thuộc bản đã nộp nên được giữ nguyên", "The file belongs to a submitted version, which stays as it is"
)


@dataclass(frozen=True, slots=True)
class ReportUpload(Upload):
    """Evidence names its item; without one, the file is what was issued of the version `number`."""

    item: str | None = None
    number: int | None = None

    @property
    def use(self) -> str:
        return f"{EVIDENCE}:{self.item}" if self.number is None else f"{ISSUED}:{self.number}"


@dataclass(frozen=True, slots=True)
class Filed:
    """A report with the version that a file is added to."""

    report: Report
    version: ReportVersion


class ReportFileService(StoredFileService[ReportFile, Filed, ReportUpload]):
    repository = ReportFileRepository

    def __init__(self, work: UnitOfWork) -> None:
        super().__init__(work)
        self.reports = ReportService(work)

    async def of_report(self, report_id: UUID) -> list[ReportFile]:
        """The files that the caller may see, in order of upload: a draft's are its unit's own."""
        report = await self.reports.get(report_id)
        seen = {version.id for version in await self.reports.versions(report)}
        return [file for file in await self.files.of_owner(report.id) if file.version_id in seen]

    async def get(self, file_id: UUID) -> ReportFile:
        """Raises `not_found` (404), also for a file of a draft of another unit."""
        file = await super().get(file_id)
        report = await self.reports.get(file.report_id)
        if file.version_id not in {version.id for version in await self.reports.versions(report)}:
            raise NOT_FOUND()
        return file

    async def destroy(self, file_id: UUID, reason: str) -> list[str]:
        """Destroy the keys of a mistaken file of a draft and leave a tombstone; the objects to delete afterwards.

        Idempotent. Raises `forbidden` (403) for another unit's report, `wrong_state` (409) once it was submitted.
        """
        file = await self.get(file_id)
        report = await self.reports.get(file.report_id)
        await self.reports.check_own(report)
        version = await self.reports.version(report, file.number)
        if version.submitted_at is not None:
            raise REPORT_FLOW.refusal(report.state, ALREADY_SUBMITTED)
        if file.destroyed_at is not None:
            return []
        objects = self.entomb(file, reason)
        self.reports.add_event(report, "file_destroyed", {"file_id": str(file.id), "version": file.number}, reason)
        await self.work.flush()
        return objects

    async def open_owner(self, owner_id: UUID, upload: ReportUpload) -> Filed:
        """The report and the version that takes the file.

        Raises `forbidden` (403) for another unit's report, and for what was issued to all but signers, `urgent_report`,
        `destroyed` (409), `wrong_state` (409) for evidence outside a draft or a file issued of one, `invalid` (422) for
        an item that asks for no evidence.
        """
        report = await self.reports.get(owner_id)
        await self.reports.check_written_here(report)
        if report.destroyed_at is not None:
            raise DESTROYED()
        if upload.number is not None:
            return Filed(report, await self._issued(report, upload.number))
        if report.state not in EDITABLE:
            raise REPORT_FLOW.refusal(report.state)
        await self._check_item(report, upload.item)
        return Filed(report, await self.reports.newest(report))

    async def _issued(self, report: Report, number: int) -> ReportVersion:
        version = await self.reports.version(report, number)
        await signature_of(self.work)
        if version.submitted_at is None:
            raise REPORT_FLOW.refusal(report.state)
        return version

    async def _check_item(self, report: Report, item: str | None) -> None:
        definition = await self.reports.definition(report)
        section = definition.section_of(item) if item is not None else None
        if section is None or not any(each.code == item and each.kind == EVIDENCE for each in section.items):
            text = ("Mẫu không có mục minh chứng này", "The template has no such item of evidence")
            raise invalid("item", "no_evidence_item", *text)

    async def lock_owner(self, owner: Filed) -> None:
        await ReportRepository(self.work.session).lock_row(owner.report)

    def room(self) -> Room:
        settings = self.work.runtime.settings
        return Room(settings.files_per_report, settings.files_per_report_bytes, REPORT_FILES_FULL)

    def new_row(self, owner: Filed, upload: ReportUpload, columns: FileColumns) -> ReportFile:
        issued = upload.number is not None
        return ReportFile(
            **part_of(owner.report),
            **columns,
            version_id=owner.version.id,
            number=owner.version.number,
            version_digest=owner.version.digest if issued else None,
            purpose=ISSUED if issued else EVIDENCE,
            item=upload.item,
        )

    async def note_added(self, owner: Filed, file: ReportFile) -> None:
        data = {"file_id": str(file.id), "purpose": file.purpose, "version": file.number}
        self.reports.add_event(owner.report, "file_added", data)
