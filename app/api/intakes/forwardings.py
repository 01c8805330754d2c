"""Forwarding intakes, and handing them back."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, May, WorkDep
from app.api.http.intake_tags import tag_outcome
from app.api.http.record_headers import RecordHeaders, Tagged
from app.api.http.routing import Route
from app.schemas.intakes.forwardings import ForwardedOut, ForwardingIn, ForwardingOut, HandBackIn
from app.security.access.roles import Act, Resource
from app.services.intakes.forwardings import Forwarded, ForwardingService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(prefix="/intakes/{intake_id}", tags=["intakes"], route_class=Route)
reader = Depends(May(Act.READ, Resource.INTAKE))
decider = Depends(May(Act.DECIDE, Resource.INTAKE))


async def _out(work: UnitOfWork, intake_id: UUID, forwarded: Forwarded, headers: RecordHeaders) -> ForwardedOut:
    if forwarded.visible:
        await tag_outcome(work, intake_id, headers)
    return ForwardedOut.model_validate(forwarded)


@router.get("/forwardings", dependencies=[reader])
async def list_forwardings(intake_id: UUID, work: WorkDep) -> list[ForwardingOut]:
    """List how an intake was forwarded and handed back, in order."""
    return [
        ForwardingOut.shown(each, work.actor.case_tier) for each in await ForwardingService(work).of_intake(intake_id)
    ]


@router.post("/forwarding", dependencies=[decider, Idempotent])
async def forward_intake(intake_id: UUID, body: ForwardingIn, headers: Tagged, work: WorkDep) -> ForwardedOut:
    """Forward an intake to the unit that its words name, with its dialogue, its informant and its only incident.

    Its clocks run on. Where that unit's staff are accused, or nobody confirms that they are not, the level above it
    receives the intake. The receiver and the level above it are notified; the reporter sees that it was forwarded.
    """
    return await _out(work, intake_id, await ForwardingService(work).forward(intake_id, body), headers)


@router.post("/hand-back", dependencies=[decider, Idempotent])
async def hand_back_intake(intake_id: UUID, body: HandBackIn, headers: Tagged, work: WorkDep) -> ForwardedOut:
    """Return a forwarded intake to the unit that forwarded it; the second time to the nearest level above both."""
    return await _out(work, intake_id, await ForwardingService(work).hand_back(intake_id, body.reason), headers)
