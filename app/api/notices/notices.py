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
    return NoticeOut.model_validate(await NoticeService(work).mark_read(notice_id))
