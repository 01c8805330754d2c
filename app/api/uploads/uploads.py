"""Uploads: a file of rows for one dataset, what became of each row, and the errors of those that were refused."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.api.http.answer_headers import NAMED
from app.api.http.bodies import StreamedRoute, declared_length, streamed
from app.api.http.deps import May, PagingDep, WorkDep
from app.api.http.files import check_bare
from app.api.http.filters import Several, several
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route, content
from app.api.http.tags import tag
from app.integrations.tables.columns import letters_of, place_of
from app.integrations.tables.faults import text_of
from app.models.uploads.rows import UploadFault
from app.models.uploads.uploads import FATES, Upload, UploadFilter
from app.schemas.base import Code, ListOut, SchoolYearCode
from app.schemas.uploads.flow import UPLOAD_FLOW, UploadState
from app.schemas.uploads.uploads import (
    ColumnMapping,
    ReversalOut,
    TextFormat,
    UploadChangeOut,
    UploadDetailOut,
    UploadErrorOut,
    UploadFaultOut,
    UploadMode,
    UploadOut,
    UploadPolicy,
    UploadReasonIn,
    UploadRowsOut,
)
from app.security.access.roles import Act, Resource
from app.security.files.contents import KINDS
from app.services.learners.transfers import TransferService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.contract import Policy, Reversal
from app.services.uploads.documents import error_document, error_workbook
from app.services.uploads.orders import Order
from app.services.uploads.reverts import RevertService
from app.services.uploads.uploads import UploadService

router = APIRouter(
    tags=[tag("uploads", "Files with many rows: checked row by row, applied, and explained")], route_class=Route
)
received = APIRouter(tags=["uploads"], route_class=StreamedRoute)
reader = Depends(May(Act.READ, Resource.UPLOAD))
uploader = Depends(May(Act.CREATE, Resource.UPLOAD))
keeper = Depends(May(Act.DECIDE, Resource.UPLOAD))
CSV, XLSX = "text/csv", KINDS["xlsx"].media_type
WORKBOOKS = (XLSX, KINDS["xls"].media_type)
MOST_MAPPED = 100
MAPPING = (
    "`column:place`, such as `full_name:C`, and repeated: the column C of the file is the full name, whatever its head"
    " says. Remembered for the head where a person names it"
)
BINARY = {"schema": {"type": "string", "format": "binary"}}
TABLE_BODY = {
    "requestBody": {
        "required": True,
        "content": dict.fromkeys((CSV, "application/jsonl", *WORKBOOKS, "application/octet-stream"), BINARY),
    }
}
RECEIVED: dict[int | str, dict[str, Any]] = {
    200: {
        "model": UploadDetailOut,
        "description": "The same file with the same request is an upload that has not ended",
    },
    507: {"description": "Problem"},
}


def upload_out(upload: Upload) -> UploadOut:
    return UploadOut.of(upload, **_beside(upload))


def _beside(upload: Upload) -> dict[str, Any]:
    """What the answer says beside the columns of the upload."""
    layout = upload.layout or {}
    known = {letters_of(int(at)): name for at, name in layout.get("places", {}).items()}
    has_head = layout.get("reader") in {"csv", "sheet"}
    return {
        "progress": _progress(upload),
        "rows": UploadRowsOut(read=upload.rows_read, **{fate: getattr(upload, f"rows_{fate}") for fate in FATES}),
        "fault": _fault(upload),
        "columns": known if has_head else None,
        "mapped": {letters_of(int(at)): basis for at, basis in layout["mapped"].items()} if has_head else None,
        "unknown_columns": [letters_of(at) for at in layout["unknown"]] if has_head else None,
    }


def _progress(upload: Upload) -> float:
    """A workbook without a cell has no rows to read."""
    return round(min(upload.at_byte / upload.size, 1.0), 4) if upload.size else 1.0


def _fault(upload: Upload) -> UploadFaultOut | None:
    if upload.fault_code is None:
        return None
    text = text_of(upload.fault_code, upload.fault_limit)
    choices = {name: list(map(letters_of, places)) for name, places in (upload.fault_choices or {}).items()}
    return UploadFaultOut(
        code=upload.fault_code,
        text_vi=text.vi,
        text_en=text.en,
        row=upload.fault_row,
        columns=upload.fault_columns,
        choices=choices,
    )


def _error_out(fault: UploadFault) -> UploadErrorOut:
    text = text_of(fault.code, fault.limit_number, fault.other_row)
    return UploadErrorOut(
        row=fault.row_number,
        column=fault.column_name,
        code=fault.code,
        text_vi=text.vi,
        text_en=text.en,
        other_row=fault.other_row,
        other_upload_id=fault.other_upload_id,
        records=fault.records,
    )


def _places(mapping: Sequence[str]) -> tuple[tuple[int, str], ...]:
    named = (each.split(":") for each in mapping)
    return tuple(sorted((place_of(letters), name) for name, letters in named))


ACTS = Acts(UPLOAD_FLOW, {"release": "release_upload", "cancel": "cancel_upload", "revert": "revert_upload"})


async def _tagged(work: UnitOfWork, upload: Upload, headers: RecordHeaders) -> UploadDetailOut:
    headers.tag(upload.version, upload.state, upload.rows_read)
    acts = await next_actions(work, ACTS, partial(UploadService(work).check_act, upload), upload_id=upload.id)
    return UploadDetailOut.of(upload, **_beside(upload), next_actions=acts)


@received.post("/uploads", status_code=202, dependencies=[uploader], openapi_extra=TABLE_BODY, responses=RECEIVED)
async def create_upload(
    dataset: Annotated[Code, Query(description="A dataset of `GET /upload-datasets`")],
    request: Request,
    answer: Response,
    headers: Created,
    work: WorkDep,
    school_year: Annotated[SchoolYearCode | None, Query(description="Of datasets by school year")] = None,
    policy: UploadPolicy = "upsert",
    mode: UploadMode = "row_by_row",
    dry_run: Annotated[bool, Query(description="Check every row and write nothing")] = False,  # noqa: FBT002
    overwrite_edited: Annotated[bool, Query(description="Also records changed by hand since")] = False,  # noqa: FBT002
    format_: Annotated[TextFormat, Query(alias="format", description="Of a text; a workbook is recognised")] = "csv",
    mapping: Annotated[list[ColumnMapping] | None, Query(max_length=MOST_MAPPED, description=MAPPING)] = None,
) -> UploadDetailOut:
    """Upload a file for the caller's unit: the body is the file. The answer names the upload to ask for its progress.

    The same file with the same request answers 200 with the upload, as long as that has not ended.
    """
    check_bare(request)
    settings = work.runtime.settings
    declared_length(request, settings.upload_limit_bytes)
    places = _places(mapping or ())
    order = Order(dataset, school_year, Policy(policy), mode, dry_run, overwrite_edited, format_, places)
    upload, is_new = await UploadService(work).receive(order, streamed(request, settings))
    if not is_new:
        answer.status_code = 200
    headers.locate(f"/uploads/{upload.id}")
    return await _tagged(work, upload, headers)


@router.get("/uploads", dependencies=[reader])
async def list_uploads(
    paging: PagingDep, work: WorkDep, dataset: Code | None = None, state: Several[UploadState] = None
) -> ListOut[UploadOut]:
    """Uploads of the caller's unit, newest first."""
    found = await UploadService(work).page(paging.page, UploadFilter(dataset, several(state)))
    return paging.listed(found, upload_out)


@router.get("/uploads/{upload_id}", dependencies=[reader])
async def get_upload(upload_id: UUID, headers: Tagged, work: WorkDep) -> UploadDetailOut:
    """One upload: its state, its progress, and how many rows had each fate."""
    return await _tagged(work, await UploadService(work).get(upload_id), headers)


@router.get("/uploads/{upload_id}/errors", dependencies=[reader])
async def list_upload_errors(upload_id: UUID, paging: PagingDep, work: WorkDep) -> ListOut[UploadErrorOut]:
    """Every fault of every row in the order of the file, without any cell."""
    return paging.listed(await UploadService(work).errors(upload_id, paging.page), _error_out)


@router.get(
    "/uploads/{upload_id}/errors.csv",
    dependencies=[uploader],
    response_class=StreamingResponse,
    responses=content(CSV, "string") | {410: {"description": "Problem"}},
    openapi_extra=NAMED,
)
async def get_upload_error_document(upload_id: UUID, work: WorkDep) -> Response:
    """The rows with errors as a CSV for the account that uploaded them, until the file's period ends.

    The errors stand in the first column: mended, the document is uploaded as it is.
    """
    document = await error_document(work, upload_id)
    headers = {"Content-Disposition": f'attachment; filename="loi-{upload_id.hex[-8:]}.csv"'}
    return StreamingResponse(_encoded(document.lines()), media_type=CSV, headers=headers)


@router.get(
    "/uploads/{upload_id}/errors.xlsx",
    dependencies=[uploader],
    responses=content(XLSX, "string") | {409: {"description": "Problem"}, 410: {"description": "Problem"}},
    openapi_extra=NAMED,
)
async def get_upload_error_workbook(upload_id: UUID, work: WorkDep) -> Response:
    """The rows with errors as a workbook with each wrong cell marked and commented; otherwise as `errors.csv`."""
    written = await error_workbook(work, upload_id)
    headers = {"Content-Disposition": f'attachment; filename="loi-{upload_id.hex[-8:]}.xlsx"'}
    return Response(written, media_type=XLSX, headers=headers)


async def _encoded(lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for line in lines:
        yield line.encode()


@router.post("/uploads/{upload_id}/release", dependencies=[keeper])
async def release_upload(upload_id: UUID, body: UploadReasonIn, headers: Tagged, work: WorkDep) -> UploadDetailOut:
    """Let a held upload be applied, with a reason. `held_because` says why it waits; no system releases one."""
    return await _tagged(work, await UploadService(work).release(upload_id, body.reason), headers)


@router.post("/uploads/{upload_id}/cancel", dependencies=[uploader])
async def cancel_upload(upload_id: UUID, headers: Tagged, work: WorkDep) -> UploadDetailOut:
    """End an upload where it stands. Rows that were applied stay; repeating it changes nothing."""
    return await _tagged(work, await UploadService(work).cancel(upload_id), headers)


@router.get("/uploads/{upload_id}/reversal", dependencies=[keeper])
async def foresee_upload_reversal(upload_id: UUID, work: WorkDep) -> ReversalOut:
    """What a revert would make of the changes of an upload. Nothing is written."""
    counted, is_whole = await RevertService(work).foresee(upload_id)
    return ReversalOut(**{each: counted[each] for each in Reversal}, is_whole=is_whole)


@router.post("/uploads/{upload_id}/revert", dependencies=[keeper])
async def revert_upload(upload_id: UUID, body: UploadReasonIn, headers: Tagged, work: WorkDep) -> UploadDetailOut:
    """Take an applied upload back within its days: records that it made are void, changes are as before.

    What somebody changed since, by hand or by a later upload, is kept.
    """
    return await _tagged(work, await RevertService(work).revert(upload_id, body.reason), headers)


@router.get("/uploads/{upload_id}/changes", dependencies=[reader])
async def list_upload_changes(upload_id: UUID, paging: PagingDep, work: WorkDep) -> ListOut[UploadChangeOut]:
    """The records that an upload made or changed, the last first, and what a revert made of each."""
    found = await UploadService(work).changes_of(upload_id, paging.page)
    states = await TransferService(work).states_of(upload_id, [each.record_id for each in found.items])
    return paging.listed(found, lambda each: UploadChangeOut.of(each, transfer_state=states.get(each.record_id)))
