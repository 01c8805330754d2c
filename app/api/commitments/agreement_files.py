"""Scans of signed agreements, and their contents by link."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
from fastapi.responses import StreamingResponse

from app.api.commitments.rights import agreement_reader, agreement_recorder
from app.api.http.answer_headers import STREAMED
from app.api.http.bodies import StreamedRoute
from app.api.http.deps import LinkDep, LinkHolder, RuntimeDep, WorkDep
from app.api.http.files import (
    CONTENT,
    FILE_BODY,
    IfRangeHeader,
    RangeHeader,
    TitleHeader,
    check_bare,
    file_out,
    link_out,
    read_title,
    receive,
    serve,
)
from app.api.http.record_headers import Created, Tagged
from app.api.http.routing import NoRecord, Route
from app.models.commitments.agreements import AgreementFile
from app.schemas.commitments.agreements import AgreementFileOut
from app.schemas.stored_files import DestructionIn, FileLinkIn, LinkOut
from app.security.access.roles import Resource
from app.services.commitments.files import AgreementFileService
from app.services.stored_files import Upload

router = APIRouter(tags=["commitments"], route_class=Route)
uploads = APIRouter(tags=["commitments"], route_class=StreamedRoute)
UPLOADED: dict[int | str, dict[str, Any]] = {
    200: {"model": AgreementFileOut, "description": "The agreement has this file already"},
    507: {"description": "Problem"},
}


def _shown(service: AgreementFileService, file: AgreementFile) -> AgreementFileOut:
    return file_out(AgreementFileOut, service, file)


@router.get("/commitment-agreements/{agreement_id}/files", dependencies=[agreement_reader])
async def list_agreement_files(agreement_id: UUID, work: WorkDep) -> list[AgreementFileOut]:
    """List the scans of an agreement in order of upload, including destroyed files."""
    service = AgreementFileService(work)
    return [_shown(service, file) for file in await service.of_owner(agreement_id)]


@uploads.post(
    "/commitment-agreements/{agreement_id}/files",
    status_code=201,
    dependencies=[agreement_recorder],
    openapi_extra=FILE_BODY,
    responses=UPLOADED,
)
async def add_agreement_file(
    agreement_id: UUID,
    request: Request,
    answer: Response,
    headers: Created,
    work: WorkDep,
    title: TitleHeader = None,
) -> AgreementFileOut:
    """Add the scan of a signed agreement: the body is the file. The same file again answers 200 with the existing one.

    A scan moves no state: the rows that it proves are recorded beside it, and name it.
    """
    check_bare(request)
    upload = Upload(read_title(title))
    service = AgreementFileService(work)
    file = await receive(service, agreement_id, upload, request, answer)
    headers.locate(f"/agreement-files/{file.id}")
    headers.tag(file.version)
    return _shown(service, file)


@router.get("/agreement-files/{agreement_file_id}", dependencies=[agreement_reader])
async def get_agreement_file(agreement_file_id: UUID, headers: Tagged, work: WorkDep) -> AgreementFileOut:
    """One scan."""
    service = AgreementFileService(work)
    file = await service.get(agreement_file_id)
    headers.tag(file.version)
    return _shown(service, file)


@router.post("/agreement-files/{agreement_file_id}/destruction", status_code=204, dependencies=[agreement_recorder])
async def destroy_agreement_file(
    agreement_file_id: UUID,
    body: DestructionIn,
    headers: Tagged,
    work: WorkDep,
    rt: RuntimeDep,
    after: BackgroundTasks,
) -> None:
    """Destroy a mistaken scan; a record of who destroyed it and why remains."""
    service = AgreementFileService(work)
    names = await service.destroy(agreement_file_id, body.reason)
    headers.tag((await service.get(agreement_file_id)).version)
    after.add_task(rt.reception.discard, names)


@router.post("/agreement-files/{agreement_file_id}/links", status_code=201, dependencies=[agreement_reader, NoRecord])
async def make_agreement_file_link(agreement_file_id: UUID, body: FileLinkIn, work: WorkDep) -> LinkOut:
    """Create a download link for five minutes; it ends earlier with the session or the right."""
    service = AgreementFileService(work)
    token, link = await service.link(await service.get(agreement_file_id), body.variant)
    return link_out(work, f"/agreement-files/{agreement_file_id}/content", token, link)


@router.get(
    "/agreement-files/{agreement_file_id}/content",
    dependencies=[Depends(LinkHolder("agreement_file", Resource.COMMITMENT_AGREEMENT))],
    response_class=StreamingResponse,
    responses=CONTENT,
    openapi_extra=STREAMED,
)
async def get_agreement_file_content(
    agreement_file_id: UUID,
    link: LinkDep,
    work: WorkDep,
    range_: RangeHeader = None,
    if_range: IfRangeHeader = None,
) -> Response:
    """Download the content of a link, whole or one range. Every invalid link answers 404."""
    service = AgreementFileService(work)
    return await serve(work, await service.content(agreement_file_id, link.variant), range_, if_range)
