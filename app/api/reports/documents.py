"""Documents of reports, the clerk's register, and the decision on small numbers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.api.http.answer_headers import MEMBER
from app.api.http.deps import Idempotent, May, WorkDep
from app.api.http.entity_tags import digest_tag
from app.api.http.next_actions import Acts, next_actions
from app.api.http.routing import NoRecord, Route
from app.documents.reports.documents import MEDIA_TYPES
from app.models.reports.issues import ReportIssuance
from app.models.reports.reports import Report
from app.schemas.reports.flow import REPORT_FLOW
from app.schemas.reports.issues import (
    Audience,
    DisclosureOut,
    DocumentFormat,
    IssuanceCorrectionIn,
    IssuanceIn,
    IssuanceOut,
)
from app.schemas.reports.snapshots import VersionNumber
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.disclosure.disclosures import DisclosureService
from app.services.reports.documents.documents import Document, DocumentService
from app.services.reports.documents.issuances import IssuanceService
from app.services.reports.reports import ReportService

router = APIRouter(tags=["reports"], route_class=Route)
reader = Depends(May(Act.READ, Resource.REPORT))
clerk = Depends(May(Act.UPDATE, Resource.REPORT))
locker = Depends(May(Act.MANAGE, Resource.REPORT))

ACTS = Acts(REPORT_FLOW, {"correct": "correct_report_issuance"})
REPORT = "/reports/{report_id}"
FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            media_type: {"schema": {"type": "object" if kind is DocumentFormat.JSON else "string"}}
            for kind, media_type in MEDIA_TYPES.items()
        }
    },
    409: {},
}


@router.get(
    f"{REPORT}/documents/{{format}}",
    dependencies=[reader],
    response_class=Response,
    responses=FORMATS,
    openapi_extra={MEMBER: ("ETag", "Content-Disposition")},
)
async def get_report_document(
    report_id: UUID,
    format: DocumentFormat,  # noqa: A002 — the word of the path
    work: WorkDep,
    version: Annotated[VersionNumber | None, Query(description="Empty: the last one submitted")] = None,
    audience: Annotated[Audience, Query(description="`public`: without small numbers of persons, by signers")] = (
        Audience.CHAIN
    ),
) -> Response:
    """A submitted version in the form of Decree 30/2020: the same bytes from the same version and register entry."""
    report = await ReportService(work).get(report_id)
    return document_answer(await DocumentService(work).render(report, format, audience, version))


def document_answer(document: Document) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{document.name}"',
        "ETag": digest_tag(document.content),
    }
    return Response(document.content, media_type=document.media_type, headers=headers)


@router.get(f"{REPORT}/issuances", dependencies=[reader])
async def list_report_issuances(report_id: UUID, work: WorkDep) -> list[IssuanceOut]:
    """Numbers and symbols under which versions of a report were issued, in order."""
    report = await ReportService(work).get(report_id)
    return [await _issuance(work, report, *each) for each in await IssuanceService(work).of_report(report)]


@router.post(f"{REPORT}/issuances", status_code=201, dependencies=[clerk, Idempotent, NoRecord])
async def issue_report(report_id: UUID, body: IssuanceIn, work: WorkDep) -> IssuanceOut:
    """Enter a submitted version in the clerk's register: its documents print number, symbol, day and recipients."""
    report = await ReportService(work).get(report_id)
    return await _issuance(work, report, *await IssuanceService(work).issue(report, body))


@router.post(
    f"{REPORT}/versions/{{number}}/issuance-corrections", status_code=201, dependencies=[clerk, Idempotent, NoRecord]
)
async def correct_report_issuance(
    report_id: UUID, number: VersionNumber, body: IssuanceCorrectionIn, work: WorkDep
) -> IssuanceOut:
    """Correct the register's entry of a version, with a reason; the former stays in the list, its number used up.

    Once a signed file of what was issued is bound to the version, the head corrects it.
    """
    report = await ReportService(work).get(report_id)
    return await _issuance(work, report, *await IssuanceService(work).correct(report, number, body))


async def _issuance(work: UnitOfWork, report: Report, issuance: ReportIssuance, version: int) -> IssuanceOut:
    async def check(_: str) -> None:
        await IssuanceService(work).check_correction(report, issuance)

    acts = await next_actions(work, ACTS, check, report_id=report.id, number=version)
    return IssuanceOut.of(issuance, version=version, recipients=issuance.recipients or [], next_actions=acts)


@router.post(f"{REPORT}/disclosure", dependencies=[locker, Idempotent, NoRecord])
async def decide_report_disclosure(report_id: UUID, work: WorkDep) -> DisclosureOut:
    """Decide once which small numbers of persons the public's form hides, in this report and all below it."""
    report = await ReportService(work).get(report_id)
    decided = await DisclosureService(work).decide(report)
    return DisclosureOut(reports=decided.reports, hidden=decided.hidden, decided_at=decided.decided_at)
