"""Attachments of an incident, and their contents by link."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from app.api.http.answer_headers import STREAMED
from app.api.http.bodies import StreamedRoute, declared_length, streamed
from app.api.http.deps import LinkDep, LinkHolder, May, RuntimeDep, WorkDep, bad_header, entity_tag
from app.api.http.ranges import wanted
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import PREFIX, NoRecord, Route
from app.api.http.tags import tag
from app.core import problems
from app.core.problems import Text
from app.core.scoping import Tier
from app.core.vocabulary import CopyState
from app.models.attachments import Attachment
from app.schemas.attachments import (
    AttachmentLinkIn,
    AttachmentOut,
    AttachmentWarning,
    DestructionIn,
    LinkOut,
    ReleaseIn,
)
from app.schemas.base import NAME_LENGTH, Name
from app.security.access.roles import Act, Resource
from app.security.files.contents import BY_MEDIA_TYPE, KINDS
from app.security.files.warnings import WARNINGS, warnings_of
from app.services.attachments import OCTETS, AttachmentService, Content, read
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(
    tags=[tag("attachments", "Evidence files of an incident, sealed, and links to their contents")], route_class=Route
)
uploads = APIRouter(tags=["attachments"], route_class=StreamedRoute)
reader = Depends(May(Act.READ, Resource.ATTACHMENT))
creator = Depends(May(Act.CREATE, Resource.ATTACHMENT))
decider = Depends(May(Act.DECIDE, Resource.ATTACHMENT))
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
TITLE: TypeAdapter[str] = TypeAdapter(Name)
TITLE_FORM = Text(
    f"Tên tệp là một dòng chữ từ 1 đến {NAME_LENGTH} ký tự, mã hóa phần trăm theo UTF-8",
    f"A title is a line of 1 to {NAME_LENGTH} characters, percent-encoded in UTF-8",
)
BINARY = {"schema": {"type": "string", "format": "binary"}}
SERVED = dict.fromkeys([*BY_MEDIA_TYPE, OCTETS], BINARY)
FILE_BODY = {"requestBody": {"required": True, "content": SERVED}}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole file, as what it was taken for", "content": SERVED},
    206: {"description": "The range asked for", "content": SERVED},
    416: {"description": "Problem"},
}


def attachment_out(service: AttachmentService, attachment: Attachment, tier: Tier) -> AttachmentOut:
    """The attachment as visible at `tier`."""
    media_type = KINDS[attachment.kind].media_type
    return AttachmentOut.shown(
        attachment,
        tier,
        media_type=media_type,
        releasable=attachment.copy_state == CopyState.MADE,
        warnings=[
            AttachmentWarning(code=code, label_vi=WARNINGS[code].vi, label_en=WARNINGS[code].en)
            for code in warnings_of(attachment.copy_state, media_type)
        ],
        sha256=service.sha256(attachment) if tier >= Tier.IDENTITIES else None,
        variants=service.variants(attachment, tier),
    )


@router.get("/incidents/{incident_id}/attachments", dependencies=[reader])
async def list_attachments(incident_id: UUID, work: WorkDep) -> list[AttachmentOut]:
    """List the files of an incident in order of upload, including destroyed files."""
    incidents, service = IncidentService(work), AttachmentService(work)
    incident = await incidents.get(incident_id)
    tier = await incidents.tier(incident, incident.id)
    return [attachment_out(service, each, tier) for each in await service.of_incident(incident)]


TitleHeader = Annotated[
    str | None,
    Header(
        alias="Attachment-Title",
        max_length=4000,
        description="What the file is, percent-encoded UTF-8 (encodeURIComponent)",
    ),
]


@uploads.post(
    "/incidents/{incident_id}/attachments",
    status_code=201,
    dependencies=[creator],
    openapi_extra=FILE_BODY,
    responses={
        200: {"model": AttachmentOut, "description": "The incident has this file already"},
        507: {"description": "Problem"},
    },
)
async def attach(
    incident_id: UUID,
    request: Request,
    answer: Response,
    headers: Created,
    work: WorkDep,
    title: TitleHeader = None,
) -> AttachmentOut:
    """Attach a file: the body is the file. Its kind is read from its content; `media_type` of the answer says which.

    `copy_state` and `warnings` say whether it has a copy without metadata, and what its original discloses. Repeating
    the same file answers 200 with the existing attachment, so a failed upload can be repeated.
    """
    _check_bare(request)
    text, service = _title(title), AttachmentService(work)
    length = declared_length(request, work.runtime.settings.attachment_limit_bytes)
    body = streamed(request, work.runtime.settings)
    attachment, is_new = await service.receive(incident_id, text, body, length=length)
    if not is_new:
        answer.status_code = 200
    headers.locate(f"/attachments/{attachment.id}")
    headers.tag(attachment.version, int(work.actor.case_tier))
    return attachment_out(service, attachment, work.actor.case_tier)


async def _tag(work: UnitOfWork, attachment: Attachment, headers: RecordHeaders) -> None:
    await work.flush()
    headers.tag(attachment.version, int(work.actor.case_tier))


@router.get("/attachments/{attachment_id}", dependencies=[reader])
async def get_attachment(attachment_id: UUID, headers: Tagged, work: WorkDep) -> AttachmentOut:
    """One attachment."""
    service = AttachmentService(work)
    attachment = await service.get(attachment_id)
    tier = await service.tier(attachment)
    headers.tag(attachment.version, int(tier))
    return attachment_out(service, attachment, tier)


@router.post("/attachments/{attachment_id}/destruction", status_code=204, dependencies=[decider])
async def destroy_attachment(
    attachment_id: UUID, body: DestructionIn, headers: Tagged, work: WorkDep, rt: RuntimeDep, after: BackgroundTasks
) -> None:
    """Destroy a file permanently; a record of who destroyed it and why remains."""
    service = AttachmentService(work)
    names = await service.destroy(attachment_id, body.reason)
    await _tag(work, await service.get(attachment_id), headers)
    after.add_task(rt.reception.discard, names)


@router.put("/attachments/{attachment_id}/release", dependencies=[decider])
async def release_attachment(attachment_id: UUID, body: ReleaseIn, headers: Tagged, work: WorkDep) -> AttachmentOut:
    """Release a film, recording, PDF, office file or text unchanged to grantees outside the line.

    These files have no copy without metadata, so author, place and time are disclosed. The original of a picture is
    never released.
    """
    service = AttachmentService(work)
    attachment = await service.release(attachment_id, body.reason)
    await _tag(work, attachment, headers)
    return attachment_out(service, attachment, work.actor.case_tier)


@router.delete("/attachments/{attachment_id}/release", dependencies=[decider])
async def withhold_attachment(attachment_id: UUID, headers: Tagged, work: WorkDep) -> AttachmentOut:
    """Withdraw a release; its download links stop working."""
    service = AttachmentService(work)
    attachment = await service.withhold(attachment_id)
    await _tag(work, attachment, headers)
    return attachment_out(service, attachment, work.actor.case_tier)


@router.post("/attachments/{attachment_id}/links", status_code=201, dependencies=[reader, NoRecord])
async def make_attachment_link(attachment_id: UUID, body: AttachmentLinkIn, work: WorkDep) -> LinkOut:
    """Create a download link for five minutes; it ends earlier with the session, the grant or the right.

    The link of a film or recording that was opened in time goes on for two hours at most.
    """
    service = AttachmentService(work)
    token, link = await service.link(await service.get(attachment_id), body.variant)
    url = f"{work.runtime.settings.origin}{PREFIX}/attachments/{attachment_id}/content?token={token}"
    expires_at, until = (datetime.fromtimestamp(at, UTC) for at in (link.expires_at, link.goes_on_until))
    return LinkOut(url=url, expires_at=expires_at, goes_on_until=until if until > expires_at else None)


@router.get(
    "/attachments/{attachment_id}/content",
    dependencies=[Depends(LinkHolder())],
    response_class=StreamingResponse,
    responses=CONTENT,
    openapi_extra=STREAMED,
)
async def get_attachment_content(
    attachment_id: UUID,
    link: LinkDep,
    work: WorkDep,
    range_: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
    if_range: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Download the content of a link, whole or one range. Every invalid link answers 404."""
    content = await AttachmentService(work).content(attachment_id, link.variant)
    tag = entity_tag(content.attachment_id.hex, content.variant)
    part = wanted(range_, if_range, tag, content.size)
    start, stop = part or (0, content.size)
    pieces = read(work, content, start, stop)
    # Read the first chunk before the headers, so that a damaged or missing file is a problem and not half a file.
    first = await anext(pieces, b"")
    headers = _content_headers(content, tag) | {"Content-Length": str(stop - start)}
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size}"
    return StreamingResponse(_from(first, pieces), 206 if part else 200, headers)


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _content_headers(content: Content, tag: str) -> dict[str, str]:
    """No script runs in the reader's page, and the file name identifies nobody: browsers show and store names."""
    name = f"tep-dinh-kem-{content.attachment_id.hex[-8:]}.{content.kind.extension}"
    return {
        "Content-Type": content.content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }


def _check_bare(request: Request) -> None:
    """Raises `unsupported_media_type` (415) for a form: the file's own type is read from its content alone."""
    if request.headers.get("content-type", "").strip().lower().startswith("multipart/"):
        raise problems.UNSUPPORTED_MEDIA_TYPE(
            Text("Hãy gửi chính tệp làm nội dung yêu cầu, không qua biểu mẫu", "Send the file itself, not a form"),
            headers={"Accept": ", ".join(BY_MEDIA_TYPE), "Connection": "close"},
        )


def _title(header: str | None) -> str | None:
    if header is None:
        return None
    try:
        # Starlette reads headers as Latin-1; some clients send the letters as they are.
        text = unquote_to_bytes(header.encode("latin-1")).decode("utf-8")
        title = TITLE.validate_python(text)
    except (UnicodeDecodeError, ValidationError):
        raise bad_header("Attachment-Title", TITLE_FORM, limit=NAME_LENGTH) from None
    if CONTROL.search(text):
        raise bad_header("Attachment-Title", TITLE_FORM, limit=NAME_LENGTH)
    return title
