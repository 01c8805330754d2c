"""Acts on a child's case with the parts that are known with them, in one transaction."""

from app.core.problems import STALE, invalid
from app.models.cases.child_cases import CaseAssessment, CasePlan, CasePlanStep, ChildCase
from app.models.cases.incidents import Incident
from app.schemas.cases.child_cases import AssessmentIn, CaseIn, PlanStepPatch, StepResultIn
from app.services.cases.child_cases import CaseService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


class CasePartService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.service = CaseService(work)

    async def open(self, incident: Incident, data: CaseIn) -> ChildCase:
        """Open a victim's case, with its first assessment and plan where they are given (Decree 56/2017 arts. 27, 28).

        Raises what `CaseService.open`, `assess` and `submit_plan` raise; `wrong_state` (409) for a plan alone.
        """
        # Whole, so that a fault points into the body as it was sent.
        await CodeListService(self.work).check(data, self.work.today)
        case = await self.service.open(incident, data.person_id)
        if data.assessment is not None:
            await self.assess(case, data.assessment)
        if data.plan is not None:
            await self.service.submit_plan(case, data.plan)
        await self.work.flush()
        return case

    async def assess(self, case: ChildCase, data: AssessmentIn) -> CaseAssessment:
        """An assessment, or a review with what became of the plan's steps (art. 30.1c).

        Raises what `CaseService.assess` and `change_step` raise; `invalid` (422) for a step of no plan of the case,
        `stale` (412) for one that changed since it was read.
        """
        if data.steps:
            known = {step.id: (plan, step) for plan, steps in await self.service.plans(case) for step in steps}
            for position, result in enumerate(data.steps):
                if result.step_id not in known:
                    text = ("Không có bước này trong kế hoạch của hồ sơ", "No plan of the case has this step")
                    raise invalid(f"/steps/{position}/step_id", "unknown_step", *text)
                await self._record(case, *known[result.step_id], result)
        return await self.service.assess(case, data)

    async def _record(self, case: ChildCase, plan: CasePlan, step: CasePlanStep, result: StepResultIn) -> None:
        if step.version != result.version:
            raise STALE()
        changes = result.model_dump(exclude_unset=True, exclude={"step_id", "version"})
        await self.service.change_step(case, plan, step.id, PlanStepPatch(**changes))
