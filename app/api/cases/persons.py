"""Persons of an incident."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends

from app.api.cases.shown import person_out
from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import Idempotent, IfMatch, May, WorkDep, check_tag, entity_tag
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.core.scoping import Tier
from app.models.cases.incidents import Incident, IncidentPerson
from app.schemas.cases.findings import FindingIn
from app.schemas.cases.incidents import PersonIn, PersonOut, PersonPatch
from app.security.access.roles import Act, Resource
from app.services.cases.findings import FindingService
from app.services.cases.incidents import IncidentService
from app.services.cases.persons import PersonService

router = APIRouter(prefix="/incidents/{incident_id}/persons", tags=["incidents"], route_class=Route)
reader = Depends(May(Act.READ, Resource.INCIDENT))
editor = Depends(May(Act.UPDATE, Resource.INCIDENT))
decider = Depends(May(Act.DECIDE, Resource.INCIDENT))


def _tagged(incident: Incident, person: IncidentPerson, tier: Tier, headers: RecordHeaders) -> PersonOut:
    headers.tag(person.version, int(tier))
    return person_out(incident, person, tier)


@router.get("", dependencies=[reader])
async def list_persons(incident_id: UUID, work: WorkDep) -> list[PersonOut]:
    """List the persons of an incident, by role."""
    service = IncidentService(work)
    incident = await service.get(incident_id)
    tier = await service.tier(incident, incident.id)
    return [person_out(incident, person, tier) for person in await PersonService(work).of(incident)]


@router.post("", status_code=201, dependencies=[editor, Idempotent])
async def add_person(incident_id: UUID, body: PersonIn, headers: Created, work: WorkDep) -> PersonOut:
    """Add a person to an incident. Adding the unit's own staff as accused moves the case to the superior unit."""
    service = IncidentService(work)
    incident = await service.writable(incident_id)
    person = await PersonService(work).add(incident, body)
    headers.locate(f"/incidents/{incident_id}/persons/{person.id}")
    return _tagged(incident, person, work.actor.case_tier, headers)


@router.patch("/{person_id}", dependencies=[editor])
async def change_person(
    incident_id: UUID,
    person_id: UUID,
    body: Annotated[PersonPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> PersonOut:
    """Change a person by merge-patch."""
    service = IncidentService(work)
    incident = await service.writable(incident_id)
    person = await PersonService(work).get(incident, person_id)
    check_tag(tag, entity_tag(person.version, int(work.actor.case_tier)))
    await PersonService(work).change(incident, person, body)
    return _tagged(incident, person, work.actor.case_tier, headers)


@router.post("/{person_id}/finding", dependencies=[decider, Idempotent])
async def record_finding(
    incident_id: UUID, person_id: UUID, body: FindingIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> PersonOut:
    """Record what the accusation of a member of staff proved to be; custody comes down accordingly.

    Only the unit that holds the case decides, never the one that receives it.
    """
    service = IncidentService(work)
    incident = await service.writable(incident_id)
    person = await PersonService(work).get(incident, person_id)
    check_tag(tag, entity_tag(person.version, int(work.actor.case_tier)))
    await FindingService(work).record(incident, person, body)
    return _tagged(incident, person, work.actor.case_tier, headers)


@router.get("/{person_id}", dependencies=[reader])
async def get_person(incident_id: UUID, person_id: UUID, headers: Tagged, work: WorkDep) -> PersonOut:
    """One person of an incident."""
    service = IncidentService(work)
    incident = await service.get(incident_id)
    person = await PersonService(work).get(incident, person_id)
    tier = await service.tier(incident, incident.id)
    return _tagged(incident, person, tier, headers)
