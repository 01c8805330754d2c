"""Legal clocks: due work, escalations, clock rules, and the calendar."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import (
    Idempotent,
    IfMatch,
    May,
    PagingDep,
    WorkDep,
    check_tag,
    entity_tag,
)
from app.api.http.filters import ListFilterDep, Several, several
from app.api.http.record_headers import RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.core.labels import LabelledBy
from app.models.cases.clocks import ClockFilter, ClockOfCase, Escalation
from app.schemas.base import Day, Instant, ListOut, LocalRuleEndIn
from app.schemas.cases.clocks import AnswerIn, ClockOfCaseOut, ClockOut, EscalationDetailOut, EscalationOut
from app.schemas.deadlines import (
    AnnouncedDayIn,
    ClockRuleOut,
    LocalDeadlineIn,
    LocalDeadlineOut,
    WorkingDayOut,
)
from app.security.access.roles import Act, Resource
from app.services.cases.clocks import ClockService
from app.services.cases.escalations import EscalationService
from app.services.cases.incidents import IncidentService
from app.services.deadlines.rules import ClockRules
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(
    tags=[tag("clocks", "What is due by law, escalations, the rules behind them and the calendar")], route_class=Route
)
reader = Depends(May(Act.READ, Resource.INCIDENT))
decider = Depends(May(Act.DECIDE, Resource.INCIDENT))
rule_reader = Depends(May(Act.READ, Resource.CODE_LIST))
rule_manager = Depends(May(Act.MANAGE, Resource.CLOCK_RULE))
calendar_manager = Depends(May(Act.MANAGE, Resource.CALENDAR))


def _of_case(row: ClockOfCase) -> ClockOfCaseOut:
    return ClockOfCaseOut.of(row.clock, code=row.code, unit_id=row.unit_id, group=row.group)


@router.get("/incidents/{incident_id}/clocks", dependencies=[reader])
async def list_incident_clocks(incident_id: UUID, work: WorkDep) -> list[ClockOut]:
    """List the time limits of an incident by due time."""
    incident = await IncidentService(work).get(incident_id)
    return [ClockOut.model_validate(clock) for clock in await ClockService(work).of_incident(incident)]


@router.get("/incidents/{incident_id}/escalations", dependencies=[reader])
async def list_incident_escalations(incident_id: UUID, work: WorkDep) -> list[EscalationDetailOut]:
    """List the escalations of an incident to the next level, and their answers."""
    service = IncidentService(work)
    incident = await service.get(incident_id)
    tier = await service.tier(incident, incident.id)
    return [EscalationDetailOut.shown(each, tier) for each in await EscalationService(work).of_incident(incident)]


@router.get("/clocks", dependencies=[reader])
async def list_clocks(
    paging: PagingDep,
    work: WorkDep,
    common: ListFilterDep,
    due_before: Annotated[Instant | None, Query(description="Due before this time")] = None,
    state: Several[Annotated[Literal["running", "missed", "suspended"], LabelledBy("clock_state")]] = None,
) -> ListOut[ClockOfCaseOut]:
    """List open clocks of the caller's unit and its subordinates by due time, soonest first."""
    found = await ClockService(work).page(paging.page, ClockFilter(several(state), due_before, common))
    return paging.listed(found, _of_case)


@router.get("/escalations", dependencies=[reader])
async def list_escalations(
    paging: PagingDep,
    work: WorkDep,
    common: ListFilterDep,
    answered: Annotated[bool | None, Query(description="Answered or open ones only")] = None,
) -> ListOut[EscalationOut]:
    """List escalations of missed clocks to the caller's unit, newest first; `unit_id` is the unit that was late."""
    found = await EscalationService(work).page(paging.page, common, answered=answered)
    return paging.listed(found, lambda each: EscalationOut.shown(each, work.actor.case_tier))


@router.get("/escalations/{escalation_id}", dependencies=[reader])
async def get_escalation(escalation_id: UUID, headers: Tagged, work: WorkDep) -> EscalationDetailOut:
    """One escalation."""
    return _shown(await EscalationService(work).get(escalation_id), headers, work)


@router.post("/escalations/{escalation_id}/answer", dependencies=[decider, Idempotent])
async def answer_escalation(
    escalation_id: UUID, body: AnswerIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> EscalationDetailOut:
    """Record the superior's answer to a missed clock. Only the unit of the escalation answers, once."""
    service = EscalationService(work)
    escalation = await service.get(escalation_id)
    check_tag(tag, entity_tag(escalation.version, int(work.actor.case_tier)))
    return _shown(await service.answer(escalation, body.answer), headers, work)


@router.get("/clock-rules", dependencies=[rule_reader])
async def list_clock_rules(
    work: WorkDep, as_of: Annotated[date | None, Query(description="Today if left out")] = None
) -> list[ClockRuleOut]:
    """List the clock rules in force on a day, with their legal sources."""
    return [ClockRuleOut.model_validate(rule) for rule in await ClockRules(work).in_force(as_of or work.today)]


@router.get("/local-deadlines", dependencies=[rule_reader])
async def list_local_deadlines(
    work: WorkDep, as_of: Annotated[date | None, Query(description="Today if left out")] = None
) -> list[LocalDeadlineOut]:
    """The stricter limits that bind the caller's unit: its own and those of all above it."""
    levels = await ClockRules(work).local_deadlines(work.actor.org_path, as_of or work.today)
    return [LocalDeadlineOut.model_validate(level) for level in levels]


@router.post("/local-deadlines", status_code=201, dependencies=[rule_manager, Idempotent])
async def set_local_deadline(body: LocalDeadlineIn, work: WorkDep) -> LocalDeadlineOut:
    """Set a stricter limit for the caller's unit and all below it. Clocks that run keep theirs."""
    return LocalDeadlineOut.model_validate(await ClockRules(work).override(body))


@router.post("/local-deadlines/{rule_id}/end", dependencies=[rule_manager])
async def end_local_deadline(rule_id: UUID, body: LocalRuleEndIn, work: WorkDep) -> LocalDeadlineOut:
    """Let a limit of the caller's own unit end on a day."""
    return LocalDeadlineOut.model_validate(await ClockRules(work).end_override(rule_id, body.valid_to))


@router.get("/working-days", dependencies=[rule_reader])
async def list_working_days(
    work: WorkDep, first: Annotated[date, Query(alias="from")], last: Annotated[date, Query(alias="to")]
) -> list[WorkingDayOut]:
    """List each day of a range of at most 366 days, and whether it is a working day."""
    return [WorkingDayOut.model_validate(day) for day in await ClockRules(work).calendar(first, last)]


@router.put("/working-days/{day}", dependencies=[calendar_manager])
async def announce_day(day: Day, body: AnnouncedDayIn, work: WorkDep) -> WorkingDayOut:
    """Set a day as a working day or a day off, as announced by an authority. Running clocks do not change."""
    return WorkingDayOut.model_validate(await ClockRules(work).announce(day, body))


@router.delete("/working-days/{day}", status_code=204, dependencies=[calendar_manager])
async def withdraw_day(day: date, work: WorkDep) -> None:
    """Withdraw what was announced of a day, so that the released calendar counts again."""
    await ClockRules(work).withdraw(day)


def _shown(escalation: Escalation, headers: RecordHeaders, work: UnitOfWork) -> EscalationDetailOut:
    headers.tag(escalation.version, int(work.actor.case_tier))
    return EscalationDetailOut.shown(escalation, work.actor.case_tier)
