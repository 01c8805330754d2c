"""Notices to the caller's unit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import May, PagingDep, WorkDep
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.schemas.base import Instant, ListOut
from app.schemas.notices.notices import NoticeOut
from app.security.access.roles import Act, Resource
from app.services.notices.notices import NoticeService

router = APIRouter(prefix="/notices", tags=[tag("notices", "What waits for the caller's unit")], route_class=Route)
personal = APIRouter(prefix="/personal-notices", tags=["notices"], route_class=Route)
oneself = Depends(May(Act.MANAGE, Resource.SELF))


@router.get("", dependencies=[Depends(May(Act.READ, Resource.NOTICE))])
async def list_notices(
    paging: PagingDep,
    work: WorkDep,
    read: Annotated[bool | None, Query(description="Read or unread ones only")] = None,
    since: Annotated[Instant | None, Query(description="Created at or after this time")] = None,
) -> ListOut[NoticeOut]:
    """List notices to the caller's unit, newest first."""
    found = await NoticeService(work).page(paging.page, read=read, since=since)
    return paging.listed(found, NoticeOut.model_validate)


@router.get("/{notice_id}", dependencies=[Depends(May(Act.READ, Resource.NOTICE))])
async def get_notice(notice_id: UUID, work: WorkDep) -> NoticeOut:
    """One notice of the caller's unit."""
    return NoticeOut.model_validate(await NoticeService(work).get(notice_id))


@router.post("/{notice_id}/read", dependencies=[Depends(May(Act.UPDATE, Resource.NOTICE))])
async def mark_notice_read(notice_id: UUID, work: WorkDep) -> NoticeOut:
    """Mark a notice as read for the whole unit. Repeating it has no effect."""
    service = NoticeService(work)
    return NoticeOut.model_validate(await service.mark_read(await service.get(notice_id)))


@personal.get("", dependencies=[oneself])
async def list_personal_notices(
    paging: PagingDep,
    work: WorkDep,
    read: Annotated[bool | None, Query(description="Read or unread ones only")] = None,
) -> ListOut[NoticeOut]:
    """List notices to the caller in person, such as of a case shared with them, newest first."""
    found = await NoticeService(work).personal_page(paging.page, read=read)
    return paging.listed(found, NoticeOut.model_validate)


@personal.get("/{personal_notice_id}", dependencies=[oneself])
async def get_personal_notice(personal_notice_id: UUID, work: WorkDep) -> NoticeOut:
    """One notice to the caller in person."""
    return NoticeOut.model_validate(await NoticeService(work).get_personal(personal_notice_id))


@personal.post("/{personal_notice_id}/read", dependencies=[oneself])
async def mark_personal_notice_read(personal_notice_id: UUID, work: WorkDep) -> NoticeOut:
    """Mark a notice to the caller as read. Repeating it has no effect."""
    service = NoticeService(work)
    return NoticeOut.model_validate(await service.mark_personal_read(await service.get_personal(personal_notice_id)))
