"""Staff of the caller's unit."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body

from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import Idempotent, IfMatch, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import UpdatedSince
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.learners.rights import creator, editor, reader
from app.core.filters import ListFilter
from app.models.learners.staff import StaffMember, StaffPost
from app.schemas.base import ListOut
from app.schemas.learners.staff import PostIn, PostOut, PostPatch, StaffMemberIn, StaffMemberOut, StaffMemberPatch
from app.services.learners.staff import PostedMember, StaffService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(prefix="/staff", tags=["learners"], route_class=Route)


def _shown(member: StaffMember, posts: Sequence[StaffPost]) -> StaffMemberOut:
    return StaffMemberOut.of(member, posts=[PostOut.model_validate(each) for each in posts])


def _out(found: PostedMember, headers: RecordHeaders) -> StaffMemberOut:
    headers.tag(found.member.version)
    return _shown(found.member, found.posts)


async def _matched(work: UnitOfWork, staff_id: UUID, tag: IfMatch) -> StaffMember:
    member = (await StaffService(work).get(staff_id)).member
    check_tag(tag, entity_tag(member.version))
    return member


@router.get("", dependencies=[reader])
async def list_staff(paging: PagingDep, work: WorkDep, updated_since: UpdatedSince = None) -> ListOut[StaffMemberOut]:
    """List the staff of the caller's unit in the order of Vietnamese names."""
    found, posts = await StaffService(work).page(paging.page, ListFilter(updated_since=updated_since))
    return paging.listed(found, _shown, posts)


@router.post("", status_code=201, dependencies=[creator, Idempotent])
async def create_staff_member(body: StaffMemberIn, headers: Created, work: WorkDep) -> StaffMemberOut:
    """Enter a member of staff; an account is another thing."""
    found = await StaffService(work).create(body)
    headers.locate(f"/staff/{found.member.id}")
    return _out(found, headers)


@router.get("/{staff_id}", dependencies=[reader])
async def get_staff_member(staff_id: UUID, headers: Tagged, work: WorkDep) -> StaffMemberOut:
    """One member of staff."""
    return _out(await StaffService(work).get(staff_id), headers)


@router.patch("/{staff_id}", dependencies=[editor])
async def change_staff_member(
    staff_id: UUID,
    body: Annotated[StaffMemberPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> StaffMemberOut:
    """Change a member of staff by merge-patch."""
    return _out(await StaffService(work).change(await _matched(work, staff_id, tag), body), headers)


@router.post("/{staff_id}/posts", status_code=201, dependencies=[editor, Idempotent])
async def give_post(staff_id: UUID, body: PostIn, tag: IfMatch, headers: Created, work: WorkDep) -> StaffMemberOut:
    """Give a post from a day on."""
    found = await StaffService(work).post(await _matched(work, staff_id, tag), body)
    headers.locate(f"/staff/{staff_id}")
    return _out(found, headers)


@router.patch("/{staff_id}/posts/{post_id}", dependencies=[editor])
async def end_post(
    staff_id: UUID,
    post_id: UUID,
    body: Annotated[PostPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> StaffMemberOut:
    """Say from which day a post is over."""
    return _out(await StaffService(work).end_post(await _matched(work, staff_id, tag), post_id, body), headers)
