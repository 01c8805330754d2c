"""The response with one incident, shared by several areas."""

from app.api.http.record_headers import RecordHeaders
from app.models.cases.incidents import Incident
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.cases.incidents import IncidentDetailOut
from app.services.cases.decision_level import is_grave
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork


async def tag_incident(work: UnitOfWork, incident: Incident, headers: RecordHeaders) -> None:
    """The ETag of the incident after a part of it was made: the If-Match of the next step."""
    await work.flush()
    headers.tag(incident.version, int(await IncidentService(work).tier(incident, incident.id)))


async def incident_out(work: UnitOfWork, incident: Incident, headers: RecordHeaders) -> IncidentDetailOut:
    """The incident as visible to the reader, with the ETag of that view."""
    service = IncidentService(work)
    tier = await service.tier(incident, incident.id)
    headers.tag(incident.version, int(tier))
    return IncidentDetailOut.shown(
        incident,
        tier,
        is_grave=await is_grave(work, incident),
        next_actions=[] if incident.is_merged or incident.destroyed_at else list(INCIDENT_FLOW.open_to(incident.state)),
        unread_messages=await service.unread_messages(incident),
        intake_count=await service.intake_count(incident),
        merged_into=await service.survivor(incident),
    )
