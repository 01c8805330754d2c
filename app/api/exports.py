"""Exports: a list as a document, with a reason."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.api.http.answer_headers import NAMED
from app.api.http.deps import May, PagingDep, WorkDep
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.schemas.base import ListOut
from app.schemas.exports import ExportIn, ExportOut
from app.security.access.roles import Act, Resource
from app.security.files.contents import KINDS
from app.services.exports.exports import ExportService

router = APIRouter(
    prefix="/exports",
    tags=[tag("exports", "Lists as documents, each with a reason and a record of who took it out")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.EXPORT))
creator = Depends(May(Act.CREATE, Resource.EXPORT))
MEDIA_TYPES = {"csv": "text/csv", "xlsx": KINDS["xlsx"].media_type, "jsonl": "application/jsonl"}
BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "",
    dependencies=[creator, NoRecord],
    response_class=Response,
    responses={200: {"content": dict.fromkeys(MEDIA_TYPES.values(), BINARY)}},
    openapi_extra=NAMED,
)
async def create_export(body: ExportIn, work: WorkDep) -> Response:
    """A list of the caller's unit, or facts of incidents and referrals in its line, as a document.

    Each export is recorded with its reason, and each record in it is in the audit log. The level above is notified of
    a large one. Sent again, it is another export.
    """
    made = await ExportService(work).create(body)
    headers = {"Content-Disposition": f'attachment; filename="{made.export.code}.{body.format}"'}
    return Response(made.content, media_type=MEDIA_TYPES[body.format], headers=headers)


@router.get("", dependencies=[reader])
async def list_exports(paging: PagingDep, work: WorkDep) -> ListOut[ExportOut]:
    """Exports of the caller's unit, newest first: who took out what, and why."""
    return paging.listed(await ExportService(work).page(paging.page), ExportOut.model_validate)


@router.get("/{export_id}", dependencies=[reader])
async def get_export(export_id: UUID, work: WorkDep) -> ExportOut:
    """One recorded export."""
    return ExportOut.model_validate(await ExportService(work).get(export_id))
