"""Campuses of the caller's unit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body

from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import Idempotent, IfMatch, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.learners.rights import creator, editor, reader
from app.models.learners.campuses import Campus
from app.schemas.base import ListOut
from app.schemas.learners.campuses import CampusIn, CampusOut, CampusPatch
from app.services.learners.campuses import CampusService

router = APIRouter(prefix="/campuses", tags=["learners"], route_class=Route)


def _out(campus: Campus, headers: RecordHeaders) -> CampusOut:
    headers.tag(campus.version)
    return CampusOut.model_validate(campus)


@router.get("", dependencies=[reader])
async def list_campuses(paging: PagingDep, work: WorkDep) -> ListOut[CampusOut]:
    """List the campuses of the caller's unit, by code."""
    return paging.listed(await CampusService(work).page(paging.page), CampusOut.model_validate)


@router.post("", status_code=201, dependencies=[creator, Idempotent])
async def create_campus(body: CampusIn, headers: Created, work: WorkDep) -> CampusOut:
    """Enter a campus."""
    campus = await CampusService(work).create(body)
    headers.locate(f"/campuses/{campus.id}")
    return _out(campus, headers)


@router.get("/{campus_id}", dependencies=[reader])
async def get_campus(campus_id: UUID, headers: Tagged, work: WorkDep) -> CampusOut:
    """One campus."""
    return _out(await CampusService(work).get(campus_id), headers)


@router.patch("/{campus_id}", dependencies=[editor])
async def change_campus(
    campus_id: UUID,
    body: Annotated[CampusPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> CampusOut:
    """Change a campus by merge-patch."""
    service = CampusService(work)
    campus = await service.get(campus_id)
    check_tag(tag, entity_tag(campus.version))
    return _out(await service.change(campus, body), headers)
