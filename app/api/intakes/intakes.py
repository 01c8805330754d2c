"""Intakes recorded and read by staff."""

from dataclasses import asdict
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import Idempotent, May, PagingDep, WorkDep
from app.api.http.filters import ListFilterDep, Several, several
from app.api.http.incident_answers import incident_out
from app.api.http.intake_tags import tag_intake
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, Located, Tagged
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.core.labels import LabelledBy
from app.models.intakes.informants import InformantSearch
from app.models.intakes.intakes import Intake, IntakeFilter
from app.schemas.base import ListOut
from app.schemas.cases.incidents import IncidentDetailOut
from app.schemas.intakes.flow import INTAKE_FLOW
from app.schemas.intakes.intakes import (
    InformantOut,
    InformantSearchIn,
    InformantSearchOut,
    IntakeDetailOut,
    IntakeIn,
    IntakeLinkIn,
    IntakeOut,
    IntakeTakenOut,
    OpeningIn,
    OpeningOut,
)
from app.schemas.intakes.set_asides import IntakeCountOut
from app.security.access.roles import Act, Resource
from app.services.intakes.informants import InformantService
from app.services.intakes.intakes import IntakeService, Outcome
from app.services.intakes.messages import MessageService
from app.services.intakes.triage import TriageService
from app.services.intakes.waiting import state_of
from app.services.platform.unit_of_work import UnitOfWork
from app.services.setup.next_acts import check_intake_act

router = APIRouter(
    prefix="/intakes", tags=[tag("intakes", "What informants say (Decree 56/2017, Mẫu 01)")], route_class=Route
)
reader = Depends(May(Act.READ, Resource.INTAKE))
taker = Depends(May(Act.CREATE, Resource.INTAKE))
triager = Depends(May(Act.DECIDE, Resource.INTAKE))

ACTS = Acts(
    INTAKE_FLOW,
    {
        "open_incident": "open_incident",
        "link": "link_intake",
        "forward": "forward_intake",
        "hand_back": "hand_back_intake",
        "set_aside": "set_intake_aside",
        "approve": "approve_set_aside",
        "undo": "undo_set_aside",
        "write_message": "write_message",
        "open_informant": "open_informant",
    },
)


async def _out(work: UnitOfWork, intake: Intake, outcome: Outcome) -> IntakeDetailOut:
    unread = await MessageService(work).unread(intake.id)
    with work.weighing():
        state, _ = await state_of(work, intake)
    actions = await next_actions(work, ACTS, partial(check_intake_act, work, intake), intake_id=intake.id)
    more = {"unread_messages": unread, "state": state, "next_actions": actions}
    return IntakeDetailOut.shown(intake, work.actor.case_tier, **asdict(outcome), **more)


async def _search_out(work: UnitOfWork, service: InformantService, search: InformantSearch) -> InformantSearchOut:
    found = await service.found_by(search)
    return InformantSearchOut.shown(search, work.actor.case_tier, intake_ids=found)


@router.post("", status_code=201, dependencies=[taker, Idempotent])
async def create_intake(body: IntakeIn, headers: Created, work: WorkDep) -> IntakeTakenOut:
    """Record an intake (Mẫu 01); opens an incident unless `open_incident` is false.

    If a head or staff member is accused, the superior unit holds the case and the unit cannot see it.
    """
    result = await IntakeService(work).receive(body)
    tag_intake(headers, Outcome(result.incident.id if result.incident else None, None), work.actor.case_tier)
    if result.visible:
        headers.locate(f"/intakes/{result.intake.id}")
    return IntakeTakenOut(
        id=result.intake.id,
        code=result.intake.code,
        incident_id=result.incident.id if result.incident else None,
        incident_code=result.incident.code if result.incident and result.visible else None,
        visible=result.visible,
        held_by_superior=result.held_by_superior,
        clock_ahead=result.clock_ahead,
    )


@router.get("", dependencies=[reader])
async def list_intakes(
    paging: PagingDep,
    work: WorkDep,
    common: ListFilterDep,
    lane: Several[Annotated[Literal["staff", "proven", "unproven"], LabelledBy("lane")]] = None,
    incident_id: Annotated[UUID | None, Query(description="The intakes that report this incident")] = None,
    linked: Annotated[bool | None, Query(description="false: intakes without an incident")] = None,
    set_aside: Annotated[bool | None, Query(description="false: intakes that are not set aside")] = None,
    in_danger: Annotated[
        bool | None,
        Query(description="true: themselves, or an unread message, say that a child is in immediate danger"),
    ] = None,
    unread: Annotated[bool | None, Query(description="true: with a reporter's message that nobody has read")] = None,
) -> ListOut[IntakeOut]:
    """List intakes of the caller's line, newest first."""
    service = IntakeService(work)
    wanted = IntakeFilter(several(lane), incident_id, linked, set_aside, in_danger, unread, common)
    found = await service.page(paging.page, wanted)
    outcomes = await service.outcomes(found.items)
    return paging.listed(found, lambda i: IntakeOut.shown(i, work.actor.case_tier, **asdict(outcomes[i.id])))


@router.get("/counts", dependencies=[reader])
async def count_intakes(work: WorkDep) -> list[IntakeCountOut]:
    """Count the intakes of the caller's line by lane and by what came of them; those set aside by their reason."""
    return [IntakeCountOut.model_validate(each) for each in await IntakeService(work).counts()]


@router.post("/informant-search", status_code=201, dependencies=[triager])
async def search_informant(body: InformantSearchIn, headers: Located, work: WorkDep) -> InformantSearchOut:
    """Search intakes of the caller's line by the informant's telephone number, for a reporter without a receipt.

    The full number, never a part. Each search is recorded with its reason, and the superior unit is notified.
    """
    service = InformantService(work)
    search = await service.search(body.phone, body.reason)
    headers.locate(f"/intakes/informant-search/{search.id}")
    return await _search_out(work, service, search)


@router.get("/informant-search/{search_id}", dependencies=[reader])
async def get_informant_search(search_id: UUID, work: WorkDep) -> InformantSearchOut:
    """One search for an informant: the user, the reason and the results."""
    service = InformantService(work)
    return await _search_out(work, service, await service.get_search(search_id))


@router.get("/{intake_id}", dependencies=[reader])
async def get_intake(intake_id: UUID, headers: Tagged, work: WorkDep) -> IntakeDetailOut:
    """One intake, as recorded."""
    service = IntakeService(work)
    intake = await service.get(intake_id)
    outcome = (await service.outcomes([intake]))[intake.id]
    tag_intake(headers, outcome, work.actor.case_tier)
    return await _out(work, intake, outcome)


@router.post("/{intake_id}/incident", status_code=201, dependencies=[triager, Idempotent])
async def open_incident(intake_id: UUID, headers: Created, work: WorkDep) -> IncidentDetailOut:
    """Open an incident from an intake that has none."""
    incident = await TriageService(work).open_incident(intake_id)
    headers.locate(f"/incidents/{incident.id}")
    return await incident_out(work, incident, headers)


@router.post("/{intake_id}/link", dependencies=[triager, Idempotent])
async def link_intake(intake_id: UUID, body: IntakeLinkIn, headers: Tagged, work: WorkDep) -> IntakeDetailOut:
    """Link an intake to an existing incident, which still counts once."""
    intake = await TriageService(work).link(intake_id, body.incident_id)
    outcome = Outcome(body.incident_id, None)
    tag_intake(headers, outcome, work.actor.case_tier)
    return await _out(work, intake, outcome)


@router.post("/{intake_id}/informant", dependencies=[triager, NoRecord])
async def open_informant(intake_id: UUID, body: OpeningIn, work: WorkDep) -> InformantOut:
    """Open the informant's identity, with a reason. Each access is recorded, and the superior unit is notified."""
    return InformantOut.model_validate(await InformantService(work).open(intake_id, body.reason))


@router.get("/{intake_id}/informant/openings", dependencies=[reader])
async def list_informant_openings(intake_id: UUID, work: WorkDep) -> list[OpeningOut]:
    """List accesses to the informant's identity, with reasons."""
    return [OpeningOut.shown(each, work.actor.case_tier) for each in await InformantService(work).openings(intake_id)]
