"""Documents of a report: a submitted version as PDF, DOCX, XLSX or JSON, whole or in the form for the public."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from app.core.canonical_json import digest_of
from app.core.problems import FORBIDDEN, NOT_FOUND, Text
from app.documents.reports.documents import MEDIA_TYPES, render
from app.documents.reports.issues import Edition, IssueMarks
from app.models.reports.reports import Report, ReportVersion
from app.repositories.reports.issues import IssueRepository
from app.schemas.reports.issues import Audience, DocumentFormat
from app.schemas.reports.snapshots import Snapshot
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.disclosure.hiding import published
from app.services.reports.documents.issuances import IssuanceService
from app.services.reports.problems import DISCLOSURE_NOT_DECIDED
from app.services.reports.reports import check_not_urgent

SIGNERS_ALONE: Final = Text(
    "Bản công bố do người ký báo cáo xuất", "The form for the public is made by those who sign reports"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered document, its media type, and a file name in ASCII that names no person."""

    content: bytes
    media_type: str
    name: str


class DocumentService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.issues = IssueRepository(work.session)

    async def render(
        self, report: Report, kind: DocumentFormat, audience: Audience, number: int | None = None
    ) -> Document:
        """The document of a submitted version, the last one without a number.

        Raises `forbidden` (403) for the public's form by others than signers, `not_found` (404),
        `report_not_submitted`, `urgent_report`, `disclosure_not_decided` (409), `unavailable` (503) if it is busy.
        """
        if audience is Audience.PUBLIC and not self.work.actor.may(Act.SHARE, Resource.REPORT):
            raise FORBIDDEN(SIGNERS_ALONE)
        check_not_urgent(report)
        version = await IssuanceService(self.work).version(report, number)
        if version.snapshot is None or version.digest is None:
            raise NOT_FOUND()
        snapshot, digest = Snapshot.model_validate(version.snapshot), version.digest
        if audience is Audience.PUBLIC:
            snapshot = await self._published(version, snapshot)
            # With few possible numbers, the digest of the whole would say which one is right.
            digest = digest_of(snapshot.members())
        content = await self.printed(version, snapshot, digest, kind, is_public=audience is Audience.PUBLIC)
        return Document(content, MEDIA_TYPES[kind], _name(report, version, audience, kind))

    async def printed(
        self, version: ReportVersion, snapshot: Snapshot, digest: str, kind: DocumentFormat, *, is_public: bool = False
    ) -> bytes:
        """A snapshot of a version with its number in the register. Raises `unavailable` (503)."""
        edition = Edition(digest, await self._marks(version), is_public)
        # Rendering waits in a queue, so it must not occupy a database connection.
        await self.work.commit_read()
        return await self.work.runtime.report_renderer.render(partial(render, kind, snapshot, edition))

    async def _published(self, version: ReportVersion, snapshot: Snapshot) -> Snapshot:
        decided = await self.issues.disclosure(version.id)
        if decided is None:
            raise DISCLOSURE_NOT_DECIDED()
        return published(snapshot, {(item, cell) for item, cell in decided.hidden})

    async def _marks(self, version: ReportVersion) -> IssueMarks:
        issued = await self.issues.of_version(version.id)
        if issued is None:
            return IssueMarks()
        recipients = tuple(issued.recipients or ())
        return IssueMarks(issued.number, issued.symbol, issued.issued_on, issued.place, recipients)


def _name(report: Report, version: ReportVersion, audience: Audience, kind: DocumentFormat) -> str:
    form = "-cong-bo" if audience is Audience.PUBLIC else ""
    return f"bao-cao-{report.code}-{version.number}{form}.{kind}"
