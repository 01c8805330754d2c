"""Cases: one child's assessment, plan, reviews and closure."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends

from app.api.cases.case_screens import case_parts_of
from app.api.cases.shown import assessment_out, plan_out
from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import (
    Idempotent,
    IfMatch,
    May,
    PagingDep,
    WorkDep,
    check_tag,
    entity_tag,
)
from app.api.http.entity_tags import Tags
from app.api.http.filters import Expand, ListFilterDep, Several, several
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.core.scoping import Tier
from app.models.cases.ages import Ages
from app.models.cases.child_cases import CasePlanStep, ChildCase
from app.schemas.base import ListOut
from app.schemas.cases.child_cases import (
    AssessmentIn,
    AssessmentOut,
    CaseDetailOut,
    CaseIn,
    CaseOut,
    ClosureIn,
    PlanDecisionIn,
    PlanIn,
    PlanOut,
    PlanStepOut,
    PlanStepPatch,
    ReopeningIn,
)
from app.schemas.cases.flows import CASE_FLOW, CaseState
from app.schemas.cases.screens import CasePart, CaseScreenOut
from app.security.access.roles import Act, Resource
from app.services.cases.case_parts import CasePartService
from app.services.cases.child_cases import CaseService
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(
    tags=[tag("cases", "One child's assessment, plan, reviews and closure (Decree 56/2017)")], route_class=Route
)
reader = Depends(May(Act.READ, Resource.INCIDENT))
editor = Depends(May(Act.UPDATE, Resource.INCIDENT))
decider = Depends(May(Act.DECIDE, Resource.INCIDENT))

ACTS = Acts(
    CASE_FLOW,
    {
        "assess": "assess_case",
        "submit_plan": "submit_plan",
        "approve": "decide_plan",
        "return": "decide_plan",
        "close": "close_case",
        "reopen": "reopen_case",
    },
)


async def _out(work: UnitOfWork, case: ChildCase, headers: RecordHeaders) -> CaseDetailOut:
    service = CaseService(work)
    tier = await service.tier(case)
    ages = Ages.on_event(*await service.whose(case))
    headers.tag(case.version, int(tier))
    plan = await service.waiting_plan(case)
    ids = {"case_id": case.id, "plan_id": plan.id if plan else None}
    actions = await next_actions(work, ACTS, partial(service.check_act, case), **ids)
    return CaseDetailOut.shown(case, tier, next_actions=actions, is_child=ages.is_child, is_minor=ages.is_minor)


async def _matched(work: UnitOfWork, case_id: UUID, tag: Tags) -> ChildCase:
    service = CaseService(work)
    case = await service.writable(case_id)
    check_tag(tag, entity_tag(case.version, int(await service.tier(case))))
    return case


async def _tag(work: UnitOfWork, case: ChildCase, headers: RecordHeaders) -> None:
    """The ETag of the case after a part of it was made: the If-Match of the next step."""
    await work.flush()
    headers.tag(case.version, int(await CaseService(work).tier(case)))


async def _screen(work: UnitOfWork, case: ChildCase, headers: RecordHeaders, named: list[CasePart]) -> CaseScreenOut:
    shown = await _out(work, case, headers)
    return CaseScreenOut.model_validate(vars(shown) | await case_parts_of(work, case, named))


@router.get("/cases", dependencies=[reader])
async def list_cases(
    paging: PagingDep,
    work: WorkDep,
    common: ListFilterDep,
    state: Several[CaseState] = None,
) -> ListOut[CaseOut]:
    """List children's cases held by the caller's unit and its subordinates, newest first."""
    service = CaseService(work)
    found = await service.page(paging.page, common, state=several(state))
    return paging.listed(found, CaseOut.shown, await service.tiers(found.items))


@router.get("/incidents/{incident_id}/cases", dependencies=[reader])
async def list_incident_cases(incident_id: UUID, work: WorkDep) -> list[CaseOut]:
    """List the cases of an incident's children."""
    service = CaseService(work)
    cases = await service.of_incident(await IncidentService(work).get(incident_id))
    return [CaseOut.shown(case, tier) for case, tier in zip(cases, await service.tiers(cases), strict=True)]


@router.post("/incidents/{incident_id}/cases", status_code=201, dependencies=[editor, Idempotent])
async def open_case(incident_id: UUID, body: CaseIn, headers: Created, work: WorkDep) -> CaseScreenOut:
    """Open the case of one victim; its first assessment and plan may come with it, and are then in the answer."""
    incident = await IncidentService(work).writable(incident_id)
    case = await CasePartService(work).open(incident, body)
    headers.locate(f"/cases/{case.id}")
    given: list[CasePart] = ["assessments"] if body.assessment else []
    return await _screen(work, case, headers, [*given, "plans"] if body.plan else given)


@router.get("/cases/{case_id}", dependencies=[reader])
async def get_case(case_id: UUID, headers: Tagged, work: WorkDep, expand: Expand[CasePart] = None) -> CaseScreenOut:
    """One child's case, with `expand` its assessments and plans too."""
    return await _screen(work, await CaseService(work).get(case_id), headers, expand or [])


@router.get("/cases/{case_id}/assessments", dependencies=[reader])
async def list_assessments(case_id: UUID, work: WorkDep) -> list[AssessmentOut]:
    """List the assessments and reviews of a case, in order."""
    service = CaseService(work)
    case = await service.get(case_id)
    tier = await service.tier(case)
    return [assessment_out(each, tier) for each in await service.assessments(case)]


@router.post("/cases/{case_id}/assessments", status_code=201, dependencies=[editor, Idempotent])
async def assess_case(case_id: UUID, body: AssessmentIn, tag: IfMatch, headers: Tagged, work: WorkDep) -> AssessmentOut:
    """Record an assessment of harm and capacity; it counts as a review while a plan is under way.

    The ETag is the case's.
    """
    case = await _matched(work, case_id, tag)
    assessment = await CasePartService(work).assess(case, body)
    await _tag(work, case, headers)
    return assessment_out(assessment, work.actor.case_tier)


@router.get("/cases/{case_id}/plans", dependencies=[reader])
async def list_plans(case_id: UUID, work: WorkDep) -> list[PlanOut]:
    """List the plans of a case with their steps, in order."""
    service = CaseService(work)
    case = await service.get(case_id)
    tier = await service.tier(case)
    return [plan_out(plan, steps, tier) for plan, steps in await service.plans(case)]


@router.post("/cases/{case_id}/plans", status_code=201, dependencies=[editor, Idempotent])
async def submit_plan(case_id: UUID, body: PlanIn, tag: IfMatch, headers: Tagged, work: WorkDep) -> PlanOut:
    """Submit a support or intervention plan (within 5 working days of the receipt: Decree 56/2017 art. 28.1).

    The ETag is the case's.
    """
    service = CaseService(work)
    case = await _matched(work, case_id, tag)
    plan = await service.submit_plan(case, body)
    await _tag(work, case, headers)
    return plan_out(*await service.plan(case, plan.id), work.actor.case_tier)


@router.post("/cases/{case_id}/plans/{plan_id}/decision", dependencies=[decider, Idempotent])
async def decide_plan(
    case_id: UUID, plan_id: UUID, body: PlanDecisionIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> PlanOut:
    """Approve or return a plan. The author may not decide; the superior unit decides in a grave case.

    The ETag is the case's.
    """
    service = CaseService(work)
    case = await _matched(work, case_id, tag)
    plan, steps = await service.plan(case, plan_id)
    decided = await service.decide(case, plan, body)
    await _tag(work, case, headers)
    return plan_out(decided, steps, work.actor.case_tier)


@router.get("/cases/{case_id}/plans/{plan_id}/steps/{step_id}", dependencies=[reader])
async def get_plan_step(case_id: UUID, plan_id: UUID, step_id: UUID, headers: Tagged, work: WorkDep) -> PlanStepOut:
    """One step of a plan."""
    service = CaseService(work)
    case = await service.get(case_id)
    plan, _ = await service.plan(case, plan_id)
    return _step(await service.step(plan, step_id), await service.tier(case), headers)


@router.patch("/cases/{case_id}/plans/{plan_id}/steps/{step_id}", dependencies=[editor])
async def change_plan_step(
    case_id: UUID,
    plan_id: UUID,
    step_id: UUID,
    body: Annotated[PlanStepPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> PlanStepOut:
    """Record the progress of a step by merge-patch."""
    service = CaseService(work)
    case = await service.writable(case_id)
    plan, _ = await service.plan(case, plan_id)
    step = await service.step(plan, step_id)
    check_tag(tag, entity_tag(step.version, int(work.actor.case_tier)))
    return _step(await service.change_step(case, plan, step_id, body), work.actor.case_tier, headers)


@router.post("/cases/{case_id}/closure", dependencies=[decider, Idempotent])
async def close_case(case_id: UUID, body: ClosureIn, tag: IfMatch, headers: Tagged, work: WorkDep) -> CaseDetailOut:
    """Close a case: the child is no longer at risk and stable, with evidence (Decree 56/2017 art. 30.1b)."""
    case = await _matched(work, case_id, tag)
    return await _out(work, await CaseService(work).close(case, body), headers)


@router.post("/cases/{case_id}/reopening", dependencies=[decider, Idempotent])
async def reopen_case(case_id: UUID, body: ReopeningIn, tag: IfMatch, headers: Tagged, work: WorkDep) -> CaseDetailOut:
    """Reopen a case because the risk has returned; a new cycle begins (Decree 56/2017 art. 30.1c)."""
    case = await _matched(work, case_id, tag)
    return await _out(work, await CaseService(work).reopen(case, body.reason), headers)


def _step(step: CasePlanStep, tier: Tier, headers: RecordHeaders) -> PlanStepOut:
    headers.tag(step.version, int(tier))
    return PlanStepOut.shown(step, tier)
