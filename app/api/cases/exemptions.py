"""Exemptions from a duty to notify."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, IfMatch, May, WorkDep, check_tag, entity_tag
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.core.scoping import Tier
from app.models.cases.exemptions import Exemption
from app.models.cases.incidents import Incident
from app.schemas.cases.exemptions import ExemptionDecisionIn, ExemptionIn, ExemptionOut
from app.schemas.cases.flows import EXEMPTION_FLOW
from app.security.access.roles import Act, Resource
from app.services.cases.exemptions import ExemptionService
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(tags=["clocks"], route_class=Route)
reader = Depends(May(Act.READ, Resource.INCIDENT))
decider = Depends(May(Act.DECIDE, Resource.INCIDENT))


ACTS = Acts(EXEMPTION_FLOW, dict.fromkeys(EXEMPTION_FLOW.actions, "decide_exemption"))


async def _shown(work: UnitOfWork, exemption: Exemption, incident: Incident, tier: Tier) -> ExemptionOut:
    check = partial(ExemptionService(work).check_act, incident, exemption)
    actions = await next_actions(work, ACTS, check, exemption_id=exemption.id)
    return ExemptionOut.shown(exemption, tier, next_actions=actions)


async def _tagged(work: UnitOfWork, exemption: Exemption, tier: Tier, headers: RecordHeaders) -> ExemptionOut:
    headers.tag(exemption.version, int(tier))
    return await _shown(work, exemption, await IncidentService(work).get(exemption.incident_id), tier)


@router.get("/incidents/{incident_id}/exemptions", dependencies=[reader])
async def list_exemptions(incident_id: UUID, work: WorkDep) -> list[ExemptionOut]:
    """List the exemptions from duties of an incident, and what was decided, in order."""
    service = IncidentService(work)
    incident = await service.get(incident_id)
    tier = await service.tier(incident, incident.id)
    return [await _shown(work, each, incident, tier) for each in await ExemptionService(work).of_incident(incident)]


@router.post(
    "/incidents/{incident_id}/clocks/{clock_id}/exemptions", status_code=201, dependencies=[decider, Idempotent]
)
async def ask_for_exemption(
    incident_id: UUID, clock_id: UUID, body: ExemptionIn, headers: Created, work: WorkDep
) -> ExemptionOut:
    """Ask that a duty to notify be waived, or suspend the family's where a relative is accused.

    The level above decides; what it asks for itself is confirmed with that. A suspension is effective at once.
    """
    incident = await IncidentService(work).writable(incident_id)
    exemption = await ExemptionService(work).ask(incident, clock_id, body)
    headers.locate(f"/exemptions/{exemption.id}")
    return await _tagged(work, exemption, work.actor.case_tier, headers)


@router.get("/exemptions/{exemption_id}", dependencies=[reader])
async def get_exemption(exemption_id: UUID, headers: Tagged, work: WorkDep) -> ExemptionOut:
    """One exemption."""
    exemption = await ExemptionService(work).get(exemption_id)
    return await _tagged(work, exemption, await IncidentService(work).tier(exemption, exemption.incident_id), headers)


@router.post("/exemptions/{exemption_id}/decision", dependencies=[decider, Idempotent])
async def decide_exemption(
    exemption_id: UUID, body: ExemptionDecisionIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ExemptionOut:
    """Confirm or reject an exemption: the level above the holder, or a second person where no level works above."""
    service = ExemptionService(work)
    exemption = await service.get(exemption_id)
    tier = await IncidentService(work).tier(exemption, exemption.incident_id)
    check_tag(tag, entity_tag(exemption.version, int(tier)))
    return await _tagged(work, await service.decide(exemption, body), tier, headers)
