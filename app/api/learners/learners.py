"""Learners of the caller's unit, or of the classes of which the caller is the homeroom teacher."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query

from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import Idempotent, IfMatch, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import Several, UpdatedSince, several
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.api.learners.rights import creator, editor, reader
from app.core.filters import ListFilter
from app.core.scoping import AccessClass
from app.models.learners.learners import Learner, LearnerFilter
from app.schemas.base import Asked, ListOut, SchoolYearCode
from app.schemas.learners.learners import (
    LearnerIn,
    LearnerListOut,
    LearnerOut,
    LearnerPatch,
    LearnerRowOut,
    LearnerSearchIn,
    LearnerSearchOut,
)
from app.services.learners.learners import LearnerService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(
    prefix="/learners",
    tags=[tag("learners", "Learners of a unit with guardians, classes and enrolments; campuses and staff")],
    route_class=Route,
)
AskedYear = Annotated[SchoolYearCode | None, Query(description="Of the enrolment, such as 2026-2027")]


def tag_of(work: UnitOfWork, learner: Learner) -> tuple[object, ...]:
    """The parts of a learner's ETag: readers of other tiers get other views."""
    return (learner.version, int(work.actor.tier(AccessClass.LEARNER)))


async def matched(work: UnitOfWork, learner_id: UUID, tag: IfMatch) -> Learner:
    """The learner, under the ETag that was read. Raises `not_found` (404), `stale` (412)."""
    learner = await LearnerService(work).get(learner_id)
    check_tag(tag, entity_tag(*tag_of(work, learner)))
    return learner


def _out(work: UnitOfWork, learner: Learner, headers: RecordHeaders) -> LearnerOut:
    headers.tag(*tag_of(work, learner))
    return LearnerOut.shown(learner, work.actor.tier(AccessClass.LEARNER))


@router.get("", dependencies=[reader])
async def list_learners(
    paging: PagingDep,
    work: WorkDep,
    class_id: UUID | None = None,
    school_year: AskedYear = None,
    status: Several[Asked] = None,
    updated_since: UpdatedSince = None,
) -> LearnerListOut:
    """List learners in the order of Vietnamese names: by the given name, then the family name.

    Class, school year and status are those of one enrolment. With `updated_since` the first page also names the ids
    of what changed and is no longer among what is asked for.
    """
    wanted = LearnerFilter(class_id, school_year, several(status), ListFilter(updated_since=updated_since))
    found, left = await LearnerService(work).page(paging.page, wanted)
    listed: ListOut[LearnerRowOut] = paging.listed(found, LearnerRowOut.model_validate)
    return LearnerListOut(items=listed.items, left=left, next_cursor=listed.next_cursor)


@router.post("", status_code=201, dependencies=[creator, Idempotent])
async def create_learner(body: LearnerIn, headers: Created, work: WorkDep) -> LearnerOut:
    """Enter a learner; the enrolment comes next."""
    learner = await LearnerService(work).create(body)
    headers.locate(f"/learners/{learner.id}")
    return _out(work, learner, headers)


@router.post("/search", dependencies=[reader, NoRecord])
async def search_learners(body: LearnerSearchIn, work: WorkDep) -> LearnerSearchOut:
    """Find learners by any part of the name, with or without diacritics."""
    found = await LearnerService(work).search(body)
    return LearnerSearchOut(items=[LearnerRowOut.model_validate(each) for each in found.items], more=found.more)


@router.get("/{learner_id}", dependencies=[reader])
async def get_learner(learner_id: UUID, headers: Tagged, work: WorkDep) -> LearnerOut:
    """One learner."""
    return _out(work, await LearnerService(work).get(learner_id), headers)


@router.patch("/{learner_id}", dependencies=[editor])
async def change_learner(
    learner_id: UUID,
    body: Annotated[LearnerPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> LearnerOut:
    """Change a learner by merge-patch."""
    learner = await matched(work, learner_id, tag)
    return _out(work, await LearnerService(work).change(learner, body), headers)
