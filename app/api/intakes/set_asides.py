"""Setting intakes aside, and taking them up again."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, May, WorkDep
from app.api.http.intake_tags import tag_outcome
from app.api.http.record_headers import Tagged
from app.api.http.routing import Route
from app.schemas.intakes.set_asides import SetAsideIn, SetAsideOut, SetAsideUndoIn
from app.security.access.roles import Act, Resource
from app.services.intakes.set_asides import SetAsideService

router = APIRouter(prefix="/intakes/{intake_id}/set-asides", tags=["intakes"], route_class=Route)
reader = Depends(May(Act.READ, Resource.INTAKE))
decider = Depends(May(Act.DECIDE, Resource.INTAKE))


@router.get("", dependencies=[reader])
async def list_set_asides(intake_id: UUID, work: WorkDep) -> list[SetAsideOut]:
    """List every time an intake was set aside, in order, with what was undone."""
    return [SetAsideOut.shown(each, work.actor.case_tier) for each in await SetAsideService(work).of_intake(intake_id)]


@router.post("", status_code=201, dependencies=[decider, Idempotent])
async def set_intake_aside(intake_id: UUID, body: SetAsideIn, headers: Tagged, work: WorkDep) -> SetAsideOut:
    """Set an intake aside, such as junk, a test or what is reported twice; no incident comes of it.

    Its clocks stop, its words stay, and its reporter can write on. The level above decides on child abuse
    and immediate danger, or a second person where no level works above.
    """
    set_aside = await SetAsideService(work).set_aside(intake_id, body)
    await tag_outcome(work, intake_id, headers)
    return SetAsideOut.shown(set_aside, work.actor.case_tier)


@router.post("/approval", dependencies=[decider, Idempotent])
async def approve_set_aside(intake_id: UUID, headers: Tagged, work: WorkDep) -> SetAsideOut:
    """Approve, as a second person, that an intake is set aside where no level above its holder works on cases."""
    set_aside = await SetAsideService(work).approve(intake_id)
    await tag_outcome(work, intake_id, headers)
    return SetAsideOut.shown(set_aside, work.actor.case_tier)


@router.post("/undo", dependencies=[decider, Idempotent])
async def undo_set_aside(intake_id: UUID, body: SetAsideUndoIn, headers: Tagged, work: WorkDep) -> SetAsideOut:
    """Take up again an intake that was set aside; its clocks run on with the same due times."""
    set_aside = await SetAsideService(work).undo(intake_id, body.reason)
    await tag_outcome(work, intake_id, headers)
    return SetAsideOut.shown(set_aside, work.actor.case_tier)
