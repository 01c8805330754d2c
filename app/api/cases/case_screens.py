"""The parts of a child's case in one answer, as its own lists show them."""

from typing import Any

from app.api.cases.shown import assessment_out, plan_out
from app.models.cases.child_cases import ChildCase
from app.schemas.cases.screens import MOST_OF_A_PART, CasePart, last_of
from app.services.cases.child_cases import CaseService
from app.services.platform.unit_of_work import UnitOfWork

LIMIT = MOST_OF_A_PART + 1


async def case_parts_of(work: UnitOfWork, case: ChildCase, named: list[CasePart]) -> dict[str, Any]:
    """The members of the answer that are asked for. They stand under the right and the share of the case itself."""
    service, parts = CaseService(work), dict[str, Any]()
    tier = await service.tier(case)
    if "assessments" in named:
        found = await service.assessments(case, LIMIT)
        parts["assessments"] = last_of([assessment_out(each, tier) for each in found])
    if "plans" in named:
        plans = await service.plans(case, LIMIT)
        parts["plans"] = last_of([plan_out(plan, steps, tier) for plan, steps in plans])
    return parts
