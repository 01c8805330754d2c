"""Cases: one child's assessment, plan, reviews and closure."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import (
    PERSON_ID,
    Code,
    Day,
    DecisionNumber,
    Flag,
    In,
    Integer,
    Line,
    Narrative,
    NextActions,
    PastDate,
    Patch,
    TieredOut,
    example,
)
from app.schemas.cases.flows import CaseState, PlanState

Level = Annotated[Literal["high", "medium", "low"], LabelledBy("assessment_level")]
MOST_CRITERIA = 20
HarmCriterion = Annotated[Code, InList("harm_criterion")]
CapacityCriterion = Annotated[Code, InList("capacity_criterion")]


class CaseOut(TieredOut):
    id: UUID
    code: str
    incident_id: UUID
    person_id: UUID
    state: CaseState
    cycle: int = Field(description="Number of cycles: 2 after the first reopening")
    risk: Annotated[Level | None, Tier.CIRCUMSTANCES] = Field(description="By the last assessment")
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int


class CaseDetailOut(CaseOut):
    closing_evidence: Annotated[str | None, Tier.IDENTITIES]
    next_actions: NextActions
    is_child: bool | None = Field(None, description="Under 16 on the day of the event")
    is_minor: bool | None = Field(None, description="Under 18 on the day of the event")


class PlanStepPatch(Patch):
    """A merge-patch of what became of a step; null clears."""

    model_config = example(done_on="2026-10-20", result="Đã thực hiện (ví dụ)")

    responsible: Line | None = None
    due_on: Day | None = None
    done_on: PastDate | None = None
    result: Narrative | None = None


class StepResultIn(PlanStepPatch):
    """What became of a step, with a review."""

    model_config = example(step_id=PERSON_ID, version=1, done_on="2026-10-20", result="Đã thực hiện (ví dụ)")

    step_id: UUID
    version: Integer = Field(description="That of the step as it was read; 412 `stale` where it changed since")


class AssessmentIn(In):
    """Two tables as in Mẫu 02 and 06: harm done and still threatening, and the child's capacity to protect itself."""

    model_config = example(
        harm={"harm_severity": "medium", "abuser_access": "high", "care_obstacles": "low"},
        capacity={"self_protection": "low", "recovery": "medium", "carer_support": "high"},
        risk="medium",
    )

    harm: dict[HarmCriterion, Level] = Field(
        min_length=1, max_length=MOST_CRITERIA, description="High is worst", examples=[{"harm_severity": "high"}]
    )
    capacity: dict[CapacityCriterion, Level] = Field(min_length=1, max_length=MOST_CRITERIA, description="Low is worst")
    risk: Level = Field(description="The assessor's judgement of both tables together")
    note: Narrative | None = None
    steps: list[StepResultIn] = Field(
        default_factory=list, max_length=50, description="With a review: what became of steps of the plan"
    )


class AssessmentOut(TieredOut):
    id: UUID
    cycle: int
    harm: Annotated[dict[str, Level] | None, Tier.CIRCUMSTANCES]
    capacity: Annotated[dict[str, Level] | None, Tier.CIRCUMSTANCES]
    harm_totals: Annotated[dict[Level, int] | None, Tier.CIRCUMSTANCES] = Field(
        description="How many criteria of each level"
    )
    capacity_totals: Annotated[dict[Level, int] | None, Tier.CIRCUMSTANCES]
    risk: Annotated[Level | None, Tier.CIRCUMSTANCES]
    note: Annotated[str | None, Tier.IDENTITIES]
    assessed_at: datetime


class PlanStepIn(In):
    service: Annotated[Code, InList("support_service")] = Field(examples=["counselling"])
    description: Narrative
    responsible: Line | None = Field(None, description="Who does it, by function rather than by name")
    due_on: Day | None = None


class PlanIn(In):
    model_config = example(
        goal="Trẻ an toàn và trở lại lớp (ví dụ)",
        steps=[{"service": "counselling", "description": "Tư vấn hai buổi mỗi tuần (ví dụ)"}],
    )

    goal: Narrative
    steps: Annotated[list[PlanStepIn], Field(min_length=1, max_length=50)]


class CaseIn(In):
    model_config = example(person_id=PERSON_ID)

    person_id: UUID = Field(description="A victim of the incident; each has one case at most")
    assessment: AssessmentIn | None = Field(None, description="The first assessment, where it is made at once")
    plan: PlanIn | None = Field(None, description="The first plan, where it is submitted at once; with `assessment`")


class PlanStepOut(TieredOut):
    id: UUID
    position: int
    service: Annotated[str, InList("support_service")]
    description: Annotated[str | None, Tier.IDENTITIES]
    responsible: Annotated[str | None, Tier.CIRCUMSTANCES]
    due_on: date | None
    done_on: date | None
    result: Annotated[str | None, Tier.IDENTITIES]
    version: int


class PlanOut(TieredOut):
    id: UUID
    cycle: int
    state: PlanState
    goal: Annotated[str | None, Tier.IDENTITIES]
    submitted_at: datetime
    decided_at: datetime | None
    decided_by_unit_id: UUID | None
    decided_by_unit_name_vi: str | None = None
    decided_by_unit_name_en: str | None = None
    decision_number: str | None
    reason: Annotated[str | None, Tier.CIRCUMSTANCES]
    version: int
    steps: list[PlanStepOut] = Field(default_factory=list)


class PlanDecisionIn(In):
    model_config = example(decision="approve", decision_number="15/QĐ-UBND")

    decision: Annotated[Literal["approve", "return"], LabelledBy("plan_step")]
    decision_number: DecisionNumber | None = None
    reason: Line | None = Field(None, description="Required with return")


class ClosureIn(In):
    """Both conditions of Decree 56/2017 art. 30.1b, and what shows them."""

    model_config = example(no_longer_at_risk=True, is_stable=True, evidence="Biên bản rà soát (ví dụ)")

    no_longer_at_risk: Flag
    is_stable: Flag = Field(description="Body, mind, cognition and feeling are stable")
    evidence: Narrative


class ReopeningIn(In):
    model_config = example(reason="Nguy cơ xuất hiện lại (ví dụ)")

    reason: Line
