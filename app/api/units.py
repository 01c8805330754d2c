"""Units and their hierarchy on any day."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import (
    Idempotent,
    IfMatch,
    May,
    PagingDep,
    WorkDep,
    check_tag,
    entity_tag,
)
from app.api.http.entity_tags import Tags
from app.api.http.filters import Several, several
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.core.vocabulary import Relation
from app.models.units import Unit, UnitFilter, UnitView
from app.schemas.base import Asked, ListOut, Sought
from app.schemas.units import (
    UnitCloseIn,
    UnitContactIn,
    UnitCreateIn,
    UnitDescription,
    UnitEdgeOut,
    UnitHistoryOut,
    UnitKindOut,
    UnitMoveIn,
    UnitOut,
    UnitSuccessionOut,
    UnitVersionOut,
)
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.units import UnitService

router = APIRouter(
    prefix="/units",
    tags=[tag("units", "Ministry, departments, bureaus, communes, schools, agencies, on any day")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.UNIT))
manager = Depends(May(Act.MANAGE, Resource.UNIT))
AsOf = Annotated[date | None, Query(description="The day to answer for; today if left out")]


def _out(view: UnitView) -> UnitOut:
    named = UnitVersionOut.model_validate(view.named).model_dump()
    return UnitOut(
        id=view.id,
        kind=view.unit.kind,
        parent_id=view.parent_id,
        professional_parent_id=view.professional_parent_id,
        as_of=view.as_of,
        closed_on=view.unit.closed_on,
        address=view.unit.address,
        phones=view.unit.phones or [],
        email=view.unit.email,
        document_place=view.unit.document_place,
        signer_title=view.unit.signer_title,
        **named,
    )


def _tagged(headers: RecordHeaders, view: UnitView) -> UnitOut:
    headers.tag(view.unit.version)
    return _out(view)


async def _matched(work: UnitOfWork, unit_id: UUID, tag: Tags) -> Unit:
    unit = await UnitService(work).unit(unit_id)
    check_tag(tag, entity_tag(unit.version))
    return unit


@router.get("", dependencies=[reader])
async def list_units(
    paging: PagingDep,
    work: WorkDep,
    as_of: AsOf = None,
    kind: Several[Asked] = None,
    parent_id: UUID | None = None,
    relation: Relation = Relation.ADMINISTRATIVE,
    q: Annotated[Sought | None, Query(description="Part of a name, with or without diacritics")] = None,
) -> ListOut[UnitOut]:
    """List units as of a day."""
    wanted = UnitFilter(as_of or work.today, several(kind), parent_id, relation, q)
    found = await UnitService(work).page(wanted, paging.page)
    return paging.listed(found, _out)


@router.get("/kinds", dependencies=[reader])
async def list_unit_kinds(work: WorkDep) -> list[UnitKindOut]:
    """List the kinds of unit, and the allowed parents of each."""
    service = UnitService(work)
    places = await service.places()
    return [
        UnitKindOut(
            code=kind.code,
            label_vi=kind.label_vi,
            label_en=kind.label_en,
            valid_from=kind.valid_from,
            stands_below=places.get(kind.code, []),
        )
        for kind in await service.kinds()
    ]


@router.get("/{unit_id}", dependencies=[reader])
async def get_unit(unit_id: UUID, headers: Tagged, work: WorkDep, as_of: AsOf = None) -> UnitOut:
    """One unit, as of a day."""
    return _tagged(headers, await UnitService(work).get(unit_id, as_of))


@router.get("/{unit_id}/history", dependencies=[reader])
async def get_unit_history(unit_id: UUID, work: WorkDep) -> UnitHistoryOut:
    """A unit's history: names, superiors, predecessors and successors."""
    versions, edges, successions = await UnitService(work).history(unit_id)
    return UnitHistoryOut(
        versions=[UnitVersionOut.model_validate(v) for v in versions],
        edges=[UnitEdgeOut.model_validate(e) for e in edges],
        successions=[UnitSuccessionOut.model_validate(s) for s in successions],
    )


@router.post("", status_code=201, dependencies=[manager, Idempotent])
async def create_unit(body: UnitCreateIn, headers: Created, work: WorkDep) -> UnitOut:
    """Create a unit below one of the caller's units."""
    view = await UnitService(work).create(body)
    headers.locate(f"/units/{view.id}")
    return _tagged(headers, view)


@router.post("/{unit_id}/versions", status_code=201, dependencies=[manager, Idempotent])
async def describe_unit(unit_id: UUID, body: UnitDescription, tag: IfMatch, headers: Tagged, work: WorkDep) -> UnitOut:
    """Change a unit's name or details from a day on."""
    unit = await _matched(work, unit_id, tag)
    return _tagged(headers, await UnitService(work).describe(unit, body))


@router.put("/{unit_id}/contact", dependencies=[manager])
async def set_unit_contact(unit_id: UUID, body: UnitContactIn, tag: IfMatch, headers: Tagged, work: WorkDep) -> UnitOut:
    """Set how the caller's unit, or one below, is reached, and what its papers say."""
    unit = await _matched(work, unit_id, tag)
    return _tagged(headers, await UnitService(work).set_contact(unit, body))


@router.post("/{unit_id}/moves", status_code=201, dependencies=[manager, Idempotent])
async def move_unit(unit_id: UUID, body: UnitMoveIn, tag: IfMatch, headers: Tagged, work: WorkDep) -> UnitOut:
    """Move a unit with its subtree under another unit from a day on."""
    unit = await _matched(work, unit_id, tag)
    return _tagged(headers, await UnitService(work).move(unit, body))


@router.post("/{unit_id}/closure", status_code=204, dependencies=[manager, Idempotent])
async def close_unit(unit_id: UUID, body: UnitCloseIn, tag: IfMatch, headers: Tagged, work: WorkDep) -> None:
    """Close a unit from a day on and name its successors."""
    unit = await _matched(work, unit_id, tag)
    await UnitService(work).close(unit, body)
    await work.flush()
    headers.tag(unit.version)
