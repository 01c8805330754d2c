"""Attachments of an incident, and their contents by link."""

from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
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
    file_warnings,
    link_out,
    media_type_of,
    read_title,
    receive,
    serve,
)
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.core.scoping import Tier
from app.core.vocabulary import CopyState
from app.models.attachments import Attachment
from app.schemas.attachments import AttachmentOut, ReleaseIn
from app.schemas.stored_files import DestructionIn, FileLinkIn, LinkOut
from app.security.access.roles import Act, Resource
from app.services.attachments import AttachmentService
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.stored_files import Upload

router = APIRouter(
    tags=[tag("attachments", "Evidence files of an incident, sealed, and links to their contents")], route_class=Route
)
uploads = APIRouter(tags=["attachments"], route_class=StreamedRoute)
reader = Depends(May(Act.READ, Resource.ATTACHMENT))
creator = Depends(May(Act.CREATE, Resource.ATTACHMENT))
decider = Depends(May(Act.DECIDE, Resource.ATTACHMENT))


def attachment_out(service: AttachmentService, attachment: Attachment, tier: Tier) -> AttachmentOut:
    """The attachment as visible at `tier`."""
    return AttachmentOut.shown(
        attachment,
        tier,
        media_type=media_type_of(attachment.kind),
        releasable=attachment.copy_state == CopyState.MADE,
        warnings=file_warnings(attachment.copy_state, attachment.kind),
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
    check_bare(request)
    upload, service = Upload(read_title(title)), AttachmentService(work)
    attachment = await receive(service, incident_id, upload, request, answer)
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
async def make_attachment_link(attachment_id: UUID, body: FileLinkIn, work: WorkDep) -> LinkOut:
    """Create a download link for five minutes; it ends earlier with the session, the grant or the right.

    The link of a film or recording that was opened in time goes on for two hours at most.
    """
    service = AttachmentService(work)
    token, link = await service.link(await service.get(attachment_id), body.variant)
    return link_out(work, f"/attachments/{attachment_id}/content", token, link)


@router.get(
    "/attachments/{attachment_id}/content",
    dependencies=[Depends(LinkHolder("attachment", Resource.ATTACHMENT))],
    response_class=StreamingResponse,
    responses=CONTENT,
    openapi_extra=STREAMED,
)
async def get_attachment_content(
    attachment_id: UUID,
    link: LinkDep,
    work: WorkDep,
    range_: RangeHeader = None,
    if_range: IfRangeHeader = None,
) -> Response:
    """Download the content of a link, whole or one range. Every invalid link answers 404."""
    return await serve(work, await AttachmentService(work).content(attachment_id, link.variant), range_, if_range)
