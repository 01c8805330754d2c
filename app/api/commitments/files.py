"""Scans of signed sheets, and their contents by link."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
from fastapi.responses import StreamingResponse

from app.api.commitments.rights import reader, recorder
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
from app.models.commitments.classes import CommitmentFile
from app.schemas.commitments.files import CommitmentFileOut
from app.schemas.stored_files import DestructionIn, FileLinkIn, LinkOut
from app.security.access.roles import Resource
from app.services.commitments.files import CommitmentFileService
from app.services.stored_files import Upload

router = APIRouter(tags=["commitments"], route_class=Route)
uploads = APIRouter(tags=["commitments"], route_class=StreamedRoute)
UPLOADED: dict[int | str, dict[str, Any]] = {
    200: {"model": CommitmentFileOut, "description": "The class has this file already"},
    507: {"description": "Problem"},
}


def _shown(service: CommitmentFileService, file: CommitmentFile) -> CommitmentFileOut:
    return file_out(CommitmentFileOut, service, file)


@router.get("/commitment-classes/{commitment_class_id}/files", dependencies=[reader])
async def list_commitment_files(commitment_class_id: UUID, work: WorkDep) -> list[CommitmentFileOut]:
    """List the scans of a class in order of upload, including destroyed files."""
    service = CommitmentFileService(work)
    return [_shown(service, file) for file in await service.of_owner(commitment_class_id)]


@uploads.post(
    "/commitment-classes/{commitment_class_id}/files",
    status_code=201,
    dependencies=[recorder],
    openapi_extra=FILE_BODY,
    responses=UPLOADED,
)
async def add_commitment_file(
    commitment_class_id: UUID,
    request: Request,
    answer: Response,
    headers: Created,
    work: WorkDep,
    title: TitleHeader = None,
) -> CommitmentFileOut:
    """Add the scan of a signed sheet: the body is the file. Repeating the same file answers 200 with the existing one.

    A scan moves no state: the rows that it proves are recorded beside it, and name it.
    """
    check_bare(request)
    upload = Upload(read_title(title))
    service = CommitmentFileService(work)
    file = await receive(service, commitment_class_id, upload, request, answer)
    headers.locate(f"/commitment-files/{file.id}")
    headers.tag(file.version)
    return _shown(service, file)


@router.get("/commitment-files/{commitment_file_id}", dependencies=[reader])
async def get_commitment_file(commitment_file_id: UUID, headers: Tagged, work: WorkDep) -> CommitmentFileOut:
    """One scan."""
    service = CommitmentFileService(work)
    file = await service.get(commitment_file_id)
    headers.tag(file.version)
    return _shown(service, file)


@router.post("/commitment-files/{commitment_file_id}/destruction", status_code=204, dependencies=[recorder])
async def destroy_commitment_file(
    commitment_file_id: UUID,
    body: DestructionIn,
    headers: Tagged,
    work: WorkDep,
    rt: RuntimeDep,
    after: BackgroundTasks,
) -> None:
    """Destroy a mistaken scan; a record of who destroyed it and why remains."""
    service = CommitmentFileService(work)
    names = await service.destroy(commitment_file_id, body.reason)
    headers.tag((await service.get(commitment_file_id)).version)
    after.add_task(rt.reception.discard, names)


@router.post("/commitment-files/{commitment_file_id}/links", status_code=201, dependencies=[reader, NoRecord])
async def make_commitment_file_link(commitment_file_id: UUID, body: FileLinkIn, work: WorkDep) -> LinkOut:
    """Create a download link for five minutes; it ends earlier with the session or the right."""
    service = CommitmentFileService(work)
    token, link = await service.link(await service.get(commitment_file_id), body.variant)
    return link_out(work, f"/commitment-files/{commitment_file_id}/content", token, link)


@router.get(
    "/commitment-files/{commitment_file_id}/content",
    dependencies=[Depends(LinkHolder("commitment_file", Resource.COMMITMENT))],
    response_class=StreamingResponse,
    responses=CONTENT,
    openapi_extra=STREAMED,
)
async def get_commitment_file_content(
    commitment_file_id: UUID,
    link: LinkDep,
    work: WorkDep,
    range_: RangeHeader = None,
    if_range: IfRangeHeader = None,
) -> Response:
    """Download the content of a link, whole or one range. Every invalid link answers 404."""
    service = CommitmentFileService(work)
    return await serve(work, await service.content(commitment_file_id, link.variant), range_, if_range)
