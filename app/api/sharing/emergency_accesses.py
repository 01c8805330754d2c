"""Emergency access to cases, and its review."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, IfMatch, May, WorkDep, check_tag, entity_tag
from app.api.http.record_headers import RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.models.sharing.emergency_accesses import EmergencyAccess
from app.schemas.sharing.emergency_accesses import (
    EmergencyAccessGivenOut,
    EmergencyAccessIn,
    EmergencyAccessOut,
    ReviewIn,
)
from app.security.access.roles import Act, Resource
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.sharing.emergency_accesses import EmergencyAccessService

router = APIRouter(
    tags=[tag("emergency accesses", "A case opened beyond one's reach, for a reason and for hours, and looked into")],
    route_class=Route,
)
opener = Depends(May(Act.CREATE, Resource.EMERGENCY_ACCESS))
sharer = Depends(May(Act.SHARE, Resource.INCIDENT))


def _out(access: EmergencyAccess, work: UnitOfWork, headers: RecordHeaders) -> EmergencyAccessOut:
    headers.tag(access.version, int(work.actor.case_tier))
    return EmergencyAccessOut.shown(access, work.actor.case_tier)


@router.post("/emergency-accesses", status_code=201, dependencies=[opener, Idempotent], responses={404: {}})
async def open_emergency_access(body: EmergencyAccessIn, headers: Tagged, work: WorkDep) -> EmergencyAccessGivenOut:
    """Open a case outside the caller's reach by its code, for hours; holder and superior are notified at once."""
    access = await EmergencyAccessService(work).open(body.code, body.reason)
    headers.tag(access.version, int(work.actor.case_tier))
    return EmergencyAccessGivenOut.model_validate(access)


@router.get("/incidents/{incident_id}/emergency-accesses", dependencies=[sharer])
async def list_emergency_accesses(incident_id: UUID, work: WorkDep) -> list[EmergencyAccessOut]:
    """List emergency accesses to an incident: user, reason and review."""
    incident = await IncidentService(work).writable(incident_id)
    found = await EmergencyAccessService(work).of_incident(incident)
    return [EmergencyAccessOut.shown(access, work.actor.case_tier) for access in found]


@router.get("/emergency-accesses/{access_id}", dependencies=[sharer])
async def get_emergency_access(access_id: UUID, headers: Tagged, work: WorkDep) -> EmergencyAccessOut:
    """One emergency access to a case of the caller's line."""
    return _out(await EmergencyAccessService(work).get(access_id), work, headers)


@router.post("/emergency-accesses/{access_id}/review", dependencies=[sharer, Idempotent])
async def review_emergency_access(
    access_id: UUID, body: ReviewIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> EmergencyAccessOut:
    """Review whether an access was justified. An unjustified access ends at once."""
    service = EmergencyAccessService(work)
    access = await service.get(access_id)
    check_tag(tag, entity_tag(access.version, int(work.actor.case_tier)))
    return _out(await service.review(access, body.review, is_justified=body.is_justified), work, headers)
