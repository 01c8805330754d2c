"""What several routers of cases show."""

from collections import Counter
from collections.abc import Iterable

from app.core.scoping import Tier
from app.models.cases.ages import Ages
from app.models.cases.child_cases import CaseAssessment, CasePlan, CasePlanStep
from app.models.cases.incidents import Incident, IncidentPerson
from app.schemas.cases.child_cases import AssessmentOut, PlanOut, PlanStepOut
from app.schemas.cases.incidents import PersonOut


def person_out(incident: Incident, person: IncidentPerson, tier: Tier) -> PersonOut:
    ages = Ages.on_event(person, incident)
    return PersonOut.shown(person, tier, is_child=ages.is_child, is_minor=ages.is_minor)


def plan_out(plan: CasePlan, steps: Iterable[CasePlanStep], tier: Tier) -> PlanOut:
    return PlanOut.shown(plan, tier, steps=[PlanStepOut.shown(step, tier) for step in steps])


def assessment_out(assessment: CaseAssessment, tier: Tier) -> AssessmentOut:
    row = {name: getattr(assessment, name) for name in AssessmentOut.model_fields if hasattr(assessment, name)}
    totals = {f"{table}_totals": Counter(row[table].values()) for table in ("harm", "capacity")}
    return AssessmentOut.shown(row | totals, tier)
