"""Grants: sharing an incident."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, May, WorkDep
from app.api.http.routing import Route
from app.schemas.sharing.grants import GrantIn, GrantOut
from app.security.access.roles import Act, Resource
from app.services.cases.incidents import IncidentService
from app.services.sharing.grants import SharingService

router = APIRouter(prefix="/incidents", tags=["incidents"], route_class=Route)
sharer = Depends(May(Act.SHARE, Resource.INCIDENT))


@router.get("/{incident_id}/grants", dependencies=[sharer])
async def list_grants(incident_id: UUID, work: WorkDep) -> list[GrantOut]:
    """List current and former grants of an incident."""
    incident = await IncidentService(work).get(incident_id)
    return [GrantOut.model_validate(grant) for grant in await SharingService(work).grants(incident)]


@router.post("/{incident_id}/grants", status_code=201, dependencies=[sharer, Idempotent])
async def share_incident(incident_id: UUID, body: GrantIn, work: WorkDep) -> GrantOut:
    """Share an incident with a unit or a user outside its line, up to a tier and until a time."""
    incident = await IncidentService(work).writable(incident_id)
    return GrantOut.model_validate(await SharingService(work).share(incident, body))


@router.delete("/{incident_id}/grants/{grant_id}", status_code=204, dependencies=[sharer])
async def revoke_grant(incident_id: UUID, grant_id: UUID, work: WorkDep) -> None:
    """End a grant at once."""
    incident = await IncidentService(work).writable(incident_id)
    await SharingService(work).revoke(incident, grant_id)
