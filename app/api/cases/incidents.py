"""Incidents and what belongs to them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query

from app.api.cases.incident_screens import parts_of
from app.api.http.bodies import MERGE_PATCH
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
from app.api.http.filters import Expand, ListFilterDep, Several, several
from app.api.http.incident_answers import incident_out, tag_incident
from app.api.http.record_headers import Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.models.cases.incidents import Incident, IncidentFilter
from app.models.units import Unit, UnitVersion
from app.schemas.base import CaseCode, Sought
from app.schemas.cases.counts import CountBy, CountOut, MonthCountOut, UnitCountOut
from app.schemas.cases.flows import IncidentState
from app.schemas.cases.incidents import (
    ActIn,
    EventOut,
    Group,
    IncidentDetailOut,
    IncidentOut,
    IncidentPatch,
    IncidentTransitionIn,
    Severity,
    SeverityIn,
    SeverityOut,
)
from app.schemas.cases.screens import IncidentPart, IncidentScreenOut
from app.schemas.cases.searches import IncidentListOut, UnderstoodOut
from app.security.access.roles import Act, Resource
from app.services.cases.counts import CountService, Tally
from app.services.cases.incidents import IncidentService
from app.services.cases.searches import SearchService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(
    prefix="/incidents",
    tags=[tag("incidents", "Events, their persons, severity, state, timeline and sharing")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.INCIDENT))
editor = Depends(May(Act.UPDATE, Resource.INCIDENT))
decider = Depends(May(Act.DECIDE, Resource.INCIDENT))
SEARCHED = (
    "A code or a group of five of it, a day (5/9/2026), month (9/2026) or year, a unit by name or code, a state or a"
    " category by its label, with or without diacritics; all of it binds. Names of persons are never searched"
)


async def filters(
    common: ListFilterDep,
    state: Several[IncidentState] = None,
    group: Several[Group] = None,
    severity: Several[Severity] = None,
    code: Annotated[CaseCode | None, Query(description="The whole code, such as 2026-7K3M9-Q2XBD-M")] = None,
    occurred_from: date | None = None,
    occurred_to: date | None = None,
) -> IncidentFilter:
    return IncidentFilter(several(state), several(group), several(severity), common, code, occurred_from, occurred_to)


Filters = Annotated[IncidentFilter, Depends(filters)]


async def _matched(work: UnitOfWork, incident_id: UUID, tag: Tags) -> Incident:
    service = IncidentService(work)
    incident = await service.writable(incident_id)
    check_tag(tag, entity_tag(incident.version, int(await service.tier(incident, incident.id))))
    return incident


@router.get("", dependencies=[reader])
async def list_incidents(
    paging: PagingDep,
    work: WorkDep,
    wanted: Filters,
    shared: Annotated[bool, Query(description="Incidents shared with the caller from outside its line")] = False,  # noqa: FBT002
    q: Annotated[Sought | None, Query(description=SEARCHED)] = None,
) -> IncidentListOut:
    """List incidents held by the caller's unit and its subordinates, newest first."""
    service = IncidentService(work)
    meant = None if q is None else await SearchService(work).understand(q)
    found = await service.page(wanted, paging.page, search=meant.search if meant else None, shared=shared)
    tiers = await service.tiers([(i, i.id) for i in found.items])
    into = await service.survivors(found.items)
    rows = [dict(zip(each._fields, each, strict=True), merged_into=into.get(each.id)) for each in found.items]
    items = IncidentOut.all_shown(rows, tiers)
    understood = None if meant is None else UnderstoodOut.model_validate(meant)
    return IncidentListOut(items=items, next_cursor=paging.next_cursor(found), understood=understood)


def _of_unit(work: UnitOfWork, unit: Unit, named: UnitVersion, tally: Tally) -> UnitCountOut:
    return UnitCountOut(
        unit_id=unit.id,
        kind=unit.kind,
        name_vi=named.name_vi,
        name_en=named.name_en,
        is_own=unit.id == work.actor.unit_id,
        **vars(tally),
    )


@router.get("/counts", dependencies=[reader])
async def count_incidents(
    work: WorkDep,
    wanted: Filters,
    by: Annotated[CountBy | None, Query(description="A row for each unit or month, ready for a chart")] = None,
) -> list[CountOut] | list[UnitCountOut] | list[MonthCountOut]:
    """Count events by group, severity and state; an event with several intakes counts once.

    `count` covers incidents held by the caller's unit and its subordinates. Merged incidents count as one: the
    survivor if it is in this range, otherwise the first of them in this range. `involved` covers incidents held by
    others and shared with the caller that involve persons of the caller's units: each school in a clash between
    schools sees it here, and their first common superior holds it and has it once in `count`. Do not sum `involved`
    over units.

    `by=unit` gives the caller's own unit and one row for each unit directly below it that processes cases, `by=month`
    one row for each month without gaps; their `count` adds up to the total without `by`.
    """
    service = CountService(work)
    if by is CountBy.UNIT:
        return [_of_unit(work, *row) for row in await service.by_unit(wanted)]
    if by is CountBy.MONTH:
        return [MonthCountOut(month=f"{month:%Y-%m}", **vars(tally)) for month, tally in await service.by_month(wanted)]
    return [CountOut(**cell._asdict(), count=n, involved=m) for cell, n, m in await service.cells(wanted)]


@router.get("/{incident_id}", dependencies=[reader])
async def get_incident(
    incident_id: UUID, headers: Tagged, work: WorkDep, expand: Expand[IncidentPart] = None
) -> IncidentScreenOut:
    """One incident, with `expand` its parts too: what one screen shows.

    A part stands under its own right, tier and seals; one that the caller may not read is named in `left_out`.
    """
    incident = await IncidentService(work).get(incident_id)
    shown = await incident_out(work, incident, headers)
    return IncidentScreenOut.model_validate(vars(shown) | await parts_of(work, incident, expand or []))


@router.patch("/{incident_id}", dependencies=[editor])
async def change_incident(
    incident_id: UUID,
    body: Annotated[IncidentPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> IncidentDetailOut:
    """Change an incident by merge-patch (RFC 7396)."""
    incident = await _matched(work, incident_id, tag)
    return await incident_out(work, await IncidentService(work).change(incident, body), headers)


@router.post("/{incident_id}/transitions", dependencies=[decider, Idempotent])
async def take_incident_step(
    incident_id: UUID, body: IncidentTransitionIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> IncidentDetailOut:
    """Take one step of the incident's flow; `next_actions` says which are open."""
    incident = await _matched(work, incident_id, tag)
    return await incident_out(work, await IncidentService(work).transition(incident, body), headers)


@router.get("/{incident_id}/timeline", dependencies=[reader])
async def list_incident_events(incident_id: UUID, work: WorkDep) -> list[EventOut]:
    """List the timeline events of an incident, in order."""
    service = IncidentService(work)
    incident = await service.get(incident_id)
    tier = await service.tier(incident, incident.id)
    return [EventOut.shown(event, tier) for event in await service.events(incident)]


@router.post("/{incident_id}/acts", status_code=201, dependencies=[editor, Idempotent])
async def record_act(incident_id: UUID, body: ActIn, headers: Tagged, work: WorkDep) -> IncidentDetailOut:
    """Record a duty done outside this system, such as informing the family; its clock is met."""
    service = IncidentService(work)
    incident = await service.writable(incident_id)
    await service.act(incident, body)
    return await incident_out(work, incident, headers)


@router.get("/{incident_id}/severities", dependencies=[reader])
async def list_severities(incident_id: UUID, work: WorkDep) -> list[SeverityOut]:
    """List the severity assessments of the incident, in order."""
    service = IncidentService(work)
    incident = await service.get(incident_id)
    tier = await service.tier(incident, incident.id)
    return [SeverityOut.shown(judgement, tier) for judgement in await service.severities(incident)]


@router.post("/{incident_id}/severities", status_code=201, dependencies=[decider, Idempotent])
async def judge_severity(
    incident_id: UUID, body: SeverityIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> SeverityOut:
    """Record a new severity assessment; earlier assessments remain. The ETag is the incident's."""
    incident = await _matched(work, incident_id, tag)
    judgement = await IncidentService(work).judge(incident, body)
    await tag_incident(work, incident, headers)
    return SeverityOut.shown(judgement, work.actor.case_tier)
