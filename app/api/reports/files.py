"""Files of a report, and their contents by link."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.api.http.answer_headers import STREAMED
from app.api.http.bodies import StreamedRoute
from app.api.http.deps import LinkDep, LinkHolder, May, RuntimeDep, WorkDep
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
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.models.reports.files import ReportFile
from app.schemas.reports.definitions import ItemCode
from app.schemas.reports.files import ReportFileOut
from app.schemas.reports.snapshots import VersionNumber
from app.schemas.stored_files import DestructionIn, FileLinkIn, LinkOut
from app.security.access.roles import Act, Resource
from app.services.reports.documents.files import ReportFileService, ReportUpload

router = APIRouter(
    tags=[tag("report files", "Evidence for a report's items, and the scans of what was issued")], route_class=Route
)
uploads = APIRouter(tags=["report files"], route_class=StreamedRoute)
reader = Depends(May(Act.READ, Resource.REPORT))
drafter = Depends(May(Act.CREATE, Resource.REPORT))
UPLOADED: dict[int | str, dict[str, Any]] = {
    200: {"model": ReportFileOut, "description": "The report has this file for this use already"},
    507: {"description": "Problem"},
}


def report_file_out(service: ReportFileService, file: ReportFile) -> ReportFileOut:
    return file_out(ReportFileOut, service, file)


@router.get("/reports/{report_id}/files", dependencies=[reader])
async def list_report_files(report_id: UUID, work: WorkDep) -> list[ReportFileOut]:
    """List the files of a report in order of upload, including destroyed files.

    Those of a draft are shown to its unit alone.
    """
    service = ReportFileService(work)
    return [report_file_out(service, file) for file in await service.of_report(report_id)]


@uploads.post(
    "/reports/{report_id}/files",
    status_code=201,
    dependencies=[drafter],
    openapi_extra=FILE_BODY,
    responses=UPLOADED,
)
async def add_report_evidence(
    report_id: UUID,
    item: Annotated[ItemCode, Query(description="The item of evidence that the file is for")],
    request: Request,
    answer: Response,
    headers: Created,
    work: WorkDep,
    title: TitleHeader = None,
) -> ReportFileOut:
    """Add evidence to the draft: the body is the file. Repeating the same file answers 200 with the existing one."""
    return await _receive(report_id, ReportUpload(_titled(request, title), item=item), request, answer, headers, work)


@uploads.post(
    "/reports/{report_id}/versions/{number}/issued-files",
    status_code=201,
    dependencies=[drafter],
    openapi_extra=FILE_BODY,
    responses=UPLOADED,
)
async def add_issued_report_file(
    report_id: UUID,
    number: VersionNumber,
    request: Request,
    answer: Response,
    headers: Created,
    work: WorkDep,
    title: TitleHeader = None,
) -> ReportFileOut:
    """Add the scan or the signed file of what was issued, bound to a submitted version by its number and digest.

    Who signs for the unit adds it: its head, or who is named to sign for an absent head.
    """
    upload = ReportUpload(_titled(request, title), number=number)
    return await _receive(report_id, upload, request, answer, headers, work)


def _titled(request: Request, title: str | None) -> str | None:
    check_bare(request)
    return read_title(title)


async def _receive(
    report_id: UUID, upload: ReportUpload, request: Request, answer: Response, headers: RecordHeaders, work: WorkDep
) -> ReportFileOut:
    service = ReportFileService(work)
    file = await receive(service, report_id, upload, request, answer)
    headers.locate(f"/report-files/{file.id}")
    headers.tag(file.version)
    return report_file_out(service, file)


@router.get("/report-files/{report_file_id}", dependencies=[reader])
async def get_report_file(report_file_id: UUID, headers: Tagged, work: WorkDep) -> ReportFileOut:
    """One file of a report."""
    service = ReportFileService(work)
    file = await service.get(report_file_id)
    headers.tag(file.version)
    return report_file_out(service, file)


@router.post("/report-files/{report_file_id}/destruction", status_code=204, dependencies=[drafter])
async def destroy_report_file(
    report_file_id: UUID, body: DestructionIn, headers: Tagged, work: WorkDep, rt: RuntimeDep, after: BackgroundTasks
) -> None:
    """Destroy a mistaken file of a draft; a record of who destroyed it and why remains. Submitted files stay."""
    service = ReportFileService(work)
    names = await service.destroy(report_file_id, body.reason)
    headers.tag((await service.get(report_file_id)).version)
    after.add_task(rt.reception.discard, names)


@router.post("/report-files/{report_file_id}/links", status_code=201, dependencies=[reader, NoRecord])
async def make_report_file_link(report_file_id: UUID, body: FileLinkIn, work: WorkDep) -> LinkOut:
    """Create a download link for five minutes; it ends earlier with the session or the right."""
    service = ReportFileService(work)
    token, link = await service.link(await service.get(report_file_id), body.variant)
    return link_out(work, f"/report-files/{report_file_id}/content", token, link)


@router.get(
    "/report-files/{report_file_id}/content",
    dependencies=[Depends(LinkHolder("report_file", Resource.REPORT))],
    response_class=StreamingResponse,
    responses=CONTENT,
    openapi_extra=STREAMED,
)
async def get_report_file_content(
    report_file_id: UUID,
    link: LinkDep,
    work: WorkDep,
    range_: RangeHeader = None,
    if_range: IfRangeHeader = None,
) -> Response:
    """Download the content of a link, whole or one range. Every invalid link answers 404."""
    return await serve(work, await ReportFileService(work).content(report_file_id, link.variant), range_, if_range)
