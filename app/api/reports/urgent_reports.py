"""Urgent reports: drafted from an incident, submitted to the unit above, which reads them with the case."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.api.http.answer_headers import MEMBER
from app.api.http.deps import Idempotent, IfMatch, May, WorkDep, check_tag, entity_tag
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.api.reports.documents import FORMATS, document_answer
from app.models.reports.urgent_reports import UrgentReportText
from app.schemas.reports.flow import REPORT_FLOW
from app.schemas.reports.issues import DocumentFormat
from app.schemas.reports.urgent_reports import UrgentReportIn, UrgentReportOut, UrgentSubmissionIn
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.urgent_reports.urgent_reports import UrgentReportService

router = APIRouter(
    tags=[tag("urgent reports", "Reports on one incident, whose texts belong to the incident")], route_class=Route
)
reader = Depends(May(Act.READ, Resource.REPORT))
drafter = Depends(May(Act.CREATE, Resource.REPORT))
ACTS = Acts(REPORT_FLOW, {"edit": "edit_urgent_report", "submit": "submit_urgent_report"})


async def _listed(work: UnitOfWork, texts: list[UrgentReportText]) -> list[UrgentReportOut]:
    service = UrgentReportService(work)
    return [
        UrgentReportOut.shown(
            each.text,
            await service.tier(each.text),
            report_code=each.report.code,
            received_at=each.version.accepted_at if each.version is not None else None,
            next_actions=await next_actions(
                work, ACTS, partial(service.check_act, each.text), urgent_report_id=each.text.id
            ),
        )
        for each in await service.shown(texts)
    ]


async def _one(work: UnitOfWork, text: UrgentReportText, headers: RecordHeaders) -> UrgentReportOut:
    service = UrgentReportService(work)
    (shown,) = await _listed(work, [text])
    headers.tag(text.version, int(await service.tier(text)))
    return shown


async def _tagged(work: UnitOfWork, text_id: UUID, tag: IfMatch) -> UrgentReportText:
    service = UrgentReportService(work)
    text = await service.get(text_id)
    check_tag(tag, entity_tag(text.version, int(await service.tier(text))))
    return text


@router.post(
    "/incidents/{incident_id}/urgent-reports",
    status_code=201,
    dependencies=[drafter, Idempotent],
    responses={200: {"model": UrgentReportOut, "description": "A draft was begun already"}},
)
async def draft_urgent_report(incident_id: UUID, answer: Response, headers: Created, work: WorkDep) -> UrgentReportOut:
    """Draft an urgent report of what the case holds in codes, without names; after a submission its next version.

    The text belongs to the incident. A draft that was begun already is answered as it is, with 200.
    """
    text, is_new = await UrgentReportService(work).draft(incident_id)
    if not is_new:
        answer.status_code = 200
    headers.locate(f"/urgent-reports/{text.id}")
    return await _one(work, text, headers)


@router.get("/incidents/{incident_id}/urgent-reports", dependencies=[reader])
async def list_urgent_reports(incident_id: UUID, work: WorkDep) -> list[UrgentReportOut]:
    """List the versions of the urgent reports on an incident, in order. A draft is shown to its own unit alone."""
    service = UrgentReportService(work)
    return await _listed(work, await service.of_incident(incident_id))


@router.get("/urgent-reports/{urgent_report_id}", dependencies=[reader])
async def get_urgent_report(urgent_report_id: UUID, headers: Tagged, work: WorkDep) -> UrgentReportOut:
    """One version of an urgent report."""
    return await _one(work, await UrgentReportService(work).get(urgent_report_id), headers)


@router.put("/urgent-reports/{urgent_report_id}", dependencies=[drafter, Idempotent])
async def edit_urgent_report(
    urgent_report_id: UUID, body: UrgentReportIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> UrgentReportOut:
    """Replace the text of a draft."""
    text = await _tagged(work, urgent_report_id, tag)
    await UrgentReportService(work).edit(text, body)
    return await _one(work, text, headers)


@router.post("/urgent-reports/{urgent_report_id}/submission", dependencies=[drafter, Idempotent])
async def submit_urgent_report(
    urgent_report_id: UUID, body: UrgentSubmissionIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> UrgentReportOut:
    """Submit a draft: it is frozen with its hash, and the unit above is notified and reads it with the case.

    The head submits, or who is named to sign for an absent head.
    """
    text = await _tagged(work, urgent_report_id, tag)
    await UrgentReportService(work).submit(text, body)
    return await _one(work, text, headers)


@router.get(
    "/urgent-reports/{urgent_report_id}/documents/{format}",
    dependencies=[reader],
    response_class=Response,
    responses=FORMATS,
    openapi_extra={MEMBER: ("ETag", "Content-Disposition")},
)
async def get_urgent_report_document(
    urgent_report_id: UUID,
    format: DocumentFormat,  # noqa: A002 — the word of the path
    work: WorkDep,
) -> Response:
    """A submitted version in the form of Decree 30/2020: the same bytes from the same version and register entry."""
    service = UrgentReportService(work)
    return document_answer(await service.document(await service.get(urgent_report_id), format))
