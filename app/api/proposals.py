"""Proposals of acts on a case that its holder does not complete alone."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends

from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, RuntimeDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import ListFilterDep, Several, several
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.models.cases.incidents import Incident
from app.models.proposals import Proposal
from app.schemas.base import ListOut, MinimumPeriodOut, NextActionOut
from app.schemas.proposals import (
    PROPOSAL_FLOW,
    ProposalDetailOut,
    ProposalIn,
    ProposalOut,
    ProposalState,
    ProposalTransitionIn,
)
from app.security.access.roles import Act, Resource
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.proposals.proposals import ProposalService

router = APIRouter(
    tags=[tag("proposals", "Acts on a case that its holder does not complete alone, and the decisions on them")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.INCIDENT))
decider = Depends(May(Act.DECIDE, Resource.INCIDENT))


def _parts(work: UnitOfWork, proposal: Proposal, incident: Incident) -> tuple[int, int, int]:
    """What the decider has read: the proposal, and the incident as it is then."""
    return proposal.version, incident.version, int(work.actor.case_tier)


ACTS = Acts(PROPOSAL_FLOW, dict.fromkeys(PROPOSAL_FLOW.actions, "take_proposal_step"))


async def _next(work: UnitOfWork, proposal: Proposal, incident: Incident) -> list[NextActionOut]:
    check = partial(ProposalService(work).check_act, proposal, incident)
    return await next_actions(work, ACTS, check, proposal_id=proposal.id)


async def _out(work: UnitOfWork, proposal: Proposal, incident: Incident, headers: RecordHeaders) -> ProposalDetailOut:
    headers.tag(*_parts(work, proposal, incident))
    minimum = await ProposalService(work).minimum_period(proposal, incident)
    return ProposalDetailOut.shown(
        proposal,
        work.actor.case_tier,
        next_actions=await _next(work, proposal, incident),
        minimum_period=None if minimum is None else MinimumPeriodOut.model_validate(minimum),
    )


@router.post("/incidents/{incident_id}/proposals", status_code=201, dependencies=[decider, Idempotent])
async def propose(incident_id: UUID, body: ProposalIn, headers: Created, work: WorkDep) -> ProposalDetailOut:
    """Propose an act that the holder does not complete alone (409 `proposal_required`); who decides is notified."""
    incident = await IncidentService(work).writable(incident_id)
    proposal = await ProposalService(work).propose(incident, body)
    headers.locate(f"/proposals/{proposal.id}")
    return await _out(work, proposal, incident, headers)


@router.get("/incidents/{incident_id}/proposals", dependencies=[reader])
async def list_incident_proposals(incident_id: UUID, work: WorkDep) -> list[ProposalDetailOut]:
    """List the proposals on an incident, in order; empty for readers it is only shared with."""
    incident = await IncidentService(work).get(incident_id)
    found = await ProposalService(work).of_incident(incident)
    tier = work.actor.case_tier
    return [ProposalDetailOut.shown(each, tier, next_actions=await _next(work, each, incident)) for each in found]


@router.get("/proposals", dependencies=[reader])
async def list_proposals(
    paging: PagingDep, work: WorkDep, common: ListFilterDep, state: Several[ProposalState] = None
) -> ListOut[ProposalOut]:
    """List the proposals on cases held by the caller's unit and its subordinates, newest first."""
    found = await ProposalService(work).page(paging.page, common, state=several(state))
    return paging.listed(found, lambda each: ProposalOut.shown(each, work.actor.case_tier))


@router.get("/proposals/{proposal_id}", dependencies=[reader])
async def get_proposal(proposal_id: UUID, headers: Tagged, work: WorkDep) -> ProposalDetailOut:
    """One proposal. Its ETag covers the incident too: a decision on one that changed meanwhile is 412 `stale`."""
    service = ProposalService(work)
    proposal = await service.get(proposal_id)
    return await _out(work, proposal, await service.incident(proposal), headers)


@router.post("/proposals/{proposal_id}/transitions", dependencies=[decider, Idempotent])
async def take_proposal_step(
    proposal_id: UUID,
    body: ProposalTransitionIn,
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
    rt: RuntimeDep,
    after: BackgroundTasks,
) -> ProposalDetailOut:
    """Approve, return or withdraw a proposal. Approved, the act is done at once with all its own checks."""
    service = ProposalService(work)
    proposal = await service.get(proposal_id)
    incident = await service.incident(proposal)
    check_tag(tag, entity_tag(*_parts(work, proposal, incident)))
    # The case may leave the caller's sight, as after a merge.
    after.add_task(rt.reception.discard, await service.transition(proposal, incident, body))
    return await _out(work, proposal, incident, headers)
