"""One child's case: assessment, plan, decision, reviews, closure, reopening (Decree 56/2017 arts. 26 to 30)."""

from collections.abc import Sequence
from uuid import UUID

from app.core.filters import ListFilter
from app.core.ids import case_code, new_id
from app.core.paging import Page, PageRequest
from app.core.problems import DUPLICATE, FORBIDDEN, NOT_FOUND, Text, invalid
from app.core.scoping import Tier
from app.models.cases.child_cases import (
    APPROVED,
    RETURNED,
    SUBMITTED,
    UNDER_WAY,
    CaseAssessment,
    CasePlan,
    CasePlanStep,
    ChildCase,
)
from app.models.cases.events import CaseEvent, EventKind
from app.models.cases.incidents import Incident, IncidentPerson, part_of
from app.models.notices.kinds import NoticeSpec
from app.repositories.cases.child_cases import CaseRepository
from app.schemas.cases.child_cases import (
    AssessmentIn,
    ClosureIn,
    PlanDecisionIn,
    PlanIn,
    PlanStepPatch,
)
from app.schemas.cases.flows import CASE_FLOW, PLAN_FLOW
from app.services.cases.announcements import announce
from app.services.cases.closure_requirements import ClosureRequirements
from app.services.cases.decision_level import is_competent, standing
from app.services.cases.incidents import ANY, IncidentService
from app.services.cases.notices import PLAN_DECIDED, PLAN_SUBMITTED
from app.services.cases.persons import PersonService
from app.services.cases.problems import APPROVED_PLAN_REQUIRED, RISK_HIGH
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

BEFORE_PLAN = ("opened", "assessed")
HIGH = "high"
VICTIM = "victim"
CLOSE = "close"
DECISIONS = frozenset(PLAN_FLOW.actions) & frozenset(CASE_FLOW.actions)
DECIDED = {APPROVED: CaseEvent.PLAN_APPROVED, RETURNED: CaseEvent.PLAN_RETURNED}


class CaseService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.cases = CaseRepository(work.session)
        self.incidents = IncidentService(work)
        self.persons = PersonService(work)

    async def open(self, incident: Incident, person_id: UUID) -> ChildCase:
        """Open a victim's case.

        Raises `merged` (409), `duplicate` (409) where there is one, `wrong_state` (409) where the incident has ended,
        `invalid` (422) for anybody but a victim.
        """
        await self.incidents.check_changeable(incident)
        person = await self.persons.get(incident, person_id)
        if person.role != VICTIM:
            raise invalid("/person_id", "not_a_victim", "Chỉ lập hồ sơ cho nạn nhân", "Only a victim has a case")
        if await self.cases.of_person(person.id) is not None:
            raise DUPLICATE()
        case = ChildCase(
            id=new_id(),
            code=case_code(self.work.today.year),
            **part_of(incident),
            person_id=person.id,
            state=CASE_FLOW.initial,
            opened_at=self.work.now,
            opened_by=self.work.actor_id,
        )
        self.cases.add(case)
        await self._record(case, CaseEvent.CASE_OPENED)
        return case

    async def check_openable(self, incident: Incident) -> None:
        """Refuses to open any case. Raises as `open`, and `not_found` (404) where no victim is without one."""
        await self.incidents.check_changeable(incident)
        having = {case.person_id for case in await self.of_incident(incident)}
        if all(each.id in having for each in await self.persons.of(incident) if each.role == VICTIM):
            raise NOT_FOUND()

    async def check_act(self, case: ChildCase, act: str) -> None:
        """Refuses an act on a case as the act itself, whatever its body."""
        self.incidents.check_own(case)
        CASE_FLOW.step(case.state, act, ANY)
        if act in DECISIONS:
            plan = await self.waiting_plan(case)
            if plan is None:
                raise NOT_FOUND()
            await self._check_decision(case, plan, act, ANY)
        elif act == CLOSE:
            await self._check_closing(case)

    async def waiting_plan(self, case: ChildCase) -> CasePlan | None:
        """The plan that waits for its decision."""
        plans = await self.cases.plans(case.id)
        return next((plan for plan in reversed(plans) if plan.state == SUBMITTED), None)

    async def get(self, case_id: UUID) -> ChildCase:
        return await self.cases.get(case_id)

    async def writable(self, case_id: UUID) -> ChildCase:
        """A case to change. Raises `forbidden` (403) where its incident is only shared with the caller."""
        case = await self.cases.get(case_id)
        self.incidents.check_own(case)
        return case

    async def tier(self, case: ChildCase) -> Tier:
        return await self.incidents.tier(case, case.incident_id)

    async def tiers(self, cases: Sequence[ChildCase]) -> list[Tier]:
        return await self.incidents.tiers([(case, case.incident_id) for case in cases])

    async def of_incident(self, incident: Incident, limit: int | None = None) -> list[ChildCase]:
        return await self.cases.of_incident(incident.id, limit)

    async def page(self, page: PageRequest, wanted: ListFilter, *, state: tuple[str, ...]) -> Page[ChildCase]:
        return await self.cases.held(page, wanted, state=state)

    async def whose(self, case: ChildCase) -> tuple[IncidentPerson, Incident]:
        incident = await self.incidents.get(case.incident_id)
        return await self.persons.get(incident, case.person_id), incident

    async def assess(self, case: ChildCase, data: AssessmentIn) -> CaseAssessment:
        """The first assessment of a cycle, or a review of one whose plan is under way (art. 30).

        A round of reviews ends, and the next begins, with the last case under way (art. 30.1c).
        """
        step = CASE_FLOW.step(case.state, "assess")
        await CodeListService(self.work).check(data, self.work.today)
        assessment = CaseAssessment(
            case_id=case.id,
            **part_of(case),
            cycle=case.cycle,
            assessed_at=self.work.now,
            assessed_by=self.work.actor_id,
            **data.model_dump(exclude={"steps"}),
        )
        self.cases.add(assessment)
        is_review = case.state == UNDER_WAY
        case.state, case.risk = step.target, data.risk
        await self.work.flush()
        kind = CaseEvent.PLAN_REVIEWED if is_review else CaseEvent.CASE_ASSESSED
        is_partial = is_review and bool(await self._unreviewed(case))
        await self._record(case, kind, is_partial=is_partial, risk=data.risk)
        return assessment

    async def assessments(self, case: ChildCase, latest: int | None = None) -> list[CaseAssessment]:
        """In order; of many the latest."""
        return await self.cases.assessments(case.id, latest)

    async def submit_plan(self, case: ChildCase, data: PlanIn) -> CasePlan:
        """Submit a plan to the level that decides on it; the last plan meets the clock of 5 working days."""
        case.state = CASE_FLOW.step(case.state, "submit_plan").target
        await CodeListService(self.work).check(data, self.work.today)
        plan = CasePlan(
            id=new_id(),
            case_id=case.id,
            **part_of(case),
            cycle=case.cycle,
            state=SUBMITTED,
            goal=data.goal,
            submitted_at=self.work.now,
            submitted_by=self.work.actor_id,
        )
        self.cases.add(plan)
        for position, step in enumerate(data.steps, 1):
            self.cases.add(CasePlanStep(plan_id=plan.id, **part_of(case), position=position, **step.model_dump()))
        await self.work.flush()
        await self.incidents.incidents.lock(case.incident_id)
        is_partial = await self.cases.count_in(case.incident_id, BEFORE_PLAN) > 0
        await self._record(case, CaseEvent.PLAN_SUBMITTED, is_partial=is_partial)
        await self._announce(PLAN_SUBMITTED, case, plan)
        return plan

    async def plans(self, case: ChildCase, latest: int | None = None) -> list[tuple[CasePlan, list[CasePlanStep]]]:
        """In order; of many the latest."""
        plans = await self.cases.plans(case.id, latest)
        steps = await self.cases.steps(plans)
        return [(plan, steps[plan.id]) for plan in plans]

    async def plan(self, case: ChildCase, plan_id: UUID) -> tuple[CasePlan, list[CasePlanStep]]:
        plan = await self.cases.plan(case.id, plan_id)
        if plan is None:
            raise NOT_FOUND()
        return plan, (await self.cases.steps([plan]))[plan.id]

    async def decide(self, case: ChildCase, plan: CasePlan, data: PlanDecisionIn) -> CasePlan:
        """Approve or return a plan. Raises `forbidden` (403) where another level, or another person, must decide."""
        case.state = await self._check_decision(case, plan, data.decision, data.reason)
        plan.state = APPROVED if data.decision == "approve" else RETURNED
        plan.decided_at, plan.decided_by = self.work.now, self.work.actor_id
        plan.decided_by_unit_id = self.work.actor.unit_id
        plan.decision_number, plan.reason = data.decision_number, data.reason
        await self._record(case, DECIDED[plan.state])
        await self._announce(PLAN_DECIDED, case, plan, state=plan.state)
        return plan

    async def change_step(self, case: ChildCase, plan: CasePlan, step_id: UUID, patch: PlanStepPatch) -> CasePlanStep:
        """Record the result of a step. Raises `not_found` (404), `wrong_state` (409) for a returned plan."""
        step = await self.step(plan, step_id)
        PLAN_FLOW.step(plan.state, "change_step")
        changes = patch.model_dump(exclude_unset=True)
        for name, value in changes.items():
            setattr(step, name, value)
        if changes:
            await self._record(case, CaseEvent.PLAN_STEP_CHANGED, step_id=str(step.id), fields=sorted(changes))
        return step

    async def step(self, plan: CasePlan, step_id: UUID) -> CasePlanStep:
        step = await self.cases.step(plan.id, step_id)
        if step is None:
            raise NOT_FOUND()
        return step

    async def close(self, case: ChildCase, data: ClosureIn) -> ChildCase:
        """Close a case: by another person than its last assessor, at the level that decides on its plan (art. 30.1b).

        Raises `invalid` (422) unless both conditions hold; `risk_high`, `approved_plan_required` or
        `severity_not_assessed` (409) where the record contradicts them; `forbidden` (403) for the wrong person or
        level.
        """
        step = CASE_FLOW.step(case.state, "close")
        for name in ("no_longer_at_risk", "is_stable"):
            if not getattr(data, name):
                raise invalid(
                    f"/{name}",
                    "condition_not_met",
                    "Chưa đủ điều kiện kết thúc: hãy tiếp tục kế hoạch",
                    "A condition of closing does not hold: the plan goes on",
                )
        await self._check_closing(case)
        case.state, case.closed_at, case.closing_evidence = step.target, self.work.now, data.evidence
        await self._record(case, CaseEvent.CASE_CLOSED)
        if await self._unreviewed(case) == 0:
            is_last = await self.cases.count_in(case.incident_id, (UNDER_WAY,)) == 0
            await self._record(case, CaseEvent.REVIEWS_ENDED if is_last else CaseEvent.PLAN_REVIEWED)
        return case

    async def reopen(self, case: ChildCase, reason: str) -> ChildCase:
        """Reopen a case when the risk returns: a new cycle begins (art. 30.1c)."""
        case.state = CASE_FLOW.step(case.state, "reopen", reason).target
        case.cycle, case.closed_at = case.cycle + 1, None
        await self._record(case, CaseEvent.CASE_REOPENED, reason=reason)
        return case

    async def _unreviewed(self, case: ChildCase) -> int | None:
        """The number of cases not yet reviewed in this round; None without a running round."""
        await self.incidents.incidents.lock(case.incident_id)
        incident = await self.incidents.get(case.incident_id)
        since = await self.incidents.clocks.running_since(incident, CaseEvent.PLAN_REVIEWED)
        return None if since is None else await self.cases.count_unreviewed(incident.id, since)

    async def _check_decision(self, case: ChildCase, plan: CasePlan, decision: str, reason: str | None) -> str:
        """The state of the case after the decision."""
        step = CASE_FLOW.step(case.state, decision, reason)
        PLAN_FLOW.step(plan.state, decision, reason)
        await self._check_competent(case, plan.submitted_by)
        return step.target

    async def _check_closing(self, case: ChildCase) -> None:
        await self._check_ready(case)
        await self._check_competent(case, await self.cases.last_assessor(case.id))

    async def _check_ready(self, case: ChildCase) -> None:
        """The last assessed risk is not high, and a required plan is approved (arts. 28, 30.1b)."""
        if case.risk == HIGH:
            raise RISK_HIGH()
        person, incident = await self.whose(case)
        event = await standing(self.work, incident)
        is_required = await ClosureRequirements(self.work).requires_plan_for(person, event)
        if is_required and not await self.cases.has_approved_plan(case):
            raise APPROVED_PLAN_REQUIRED()

    async def _check_competent(self, case: ChildCase, author_id: UUID | None) -> None:
        """Another person than the author, and the level above the holder where the severity requires it."""
        incident = await self.incidents.get(case.incident_id)
        if author_id == self.work.actor_id:
            raise FORBIDDEN(Text("Người khác quyết định việc này", "Somebody else decides on one's own work"))
        if not await is_competent(self.work, incident):
            raise FORBIDDEN(Text("Cấp trên quyết định ở mức độ này", "At this severity the level above decides"))

    async def _announce(self, kind: NoticeSpec, case: ChildCase, plan: CasePlan, **data: str) -> None:
        incident = await self.incidents.get(case.incident_id)
        await announce(self.work, incident, kind, {"case_id": str(case.id), "plan_id": str(plan.id), **data})

    async def _record(
        self, case: ChildCase, kind: EventKind, reason: str | None = None, *, is_partial: bool = False, **data: object
    ) -> None:
        incident = await self.incidents.get(case.incident_id)
        noted = {"case_id": str(case.id), **data}
        await self.incidents.record_event(incident, kind, noted, reason, is_partial=is_partial)
        await self.work.flush()
