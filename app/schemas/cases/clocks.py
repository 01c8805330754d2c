"""An incident's clocks, and escalations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import In, Narrative, Out, TieredOut, example
from app.schemas.cases.flows import ClockState


class ClockOut(Out):
    id: UUID
    incident_id: UUID | None
    intake_id: UUID | None = Field(description="For an intake without an incident")
    rule_code: Annotated[str, LabelledBy("clock_rule")]
    round: int
    label_vi: str
    label_en: str
    source: str = Field(description="The article, or the unit's own decision, that set the limit")
    calendar: str = Field(description="The edition of the calendar by which working days were counted")
    state: ClockState
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    missed_at: datetime | None = Field(description="When the missed deadline was detected and processed")
    escalation_id: UUID | None = Field(description="The escalation that raised it, which other clocks may share")
    updated_at: datetime = Field(description="When it last changed; the hour, of an anonymous report's")
    void_reason: Annotated[str, LabelledBy("void_reason")] | None = Field(
        description="merged: another incident goes on for the event; closed, dismissed, reopened: the case's state;"
        " regraded: its severity or group is another; waived: by the level above; set_aside: the intake is; destroyed"
    )


class ClockOfCaseOut(ClockOut):
    code: str = Field(description="Of its incident, or of its intake")
    unit_id: UUID | None = Field(description="The unit of its case")
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    group: Annotated[str, InList("incident_group")] | None = Field(description="Of its incident; an intake has none")


class EscalationOut(TieredOut):
    id: UUID
    incident_id: UUID | None
    intake_id: UUID | None
    clock_id: UUID
    from_unit_id: UUID
    from_unit_name_vi: str | None = None
    from_unit_name_en: str | None = None
    to_unit_id: UUID
    to_unit_name_vi: str | None = None
    to_unit_name_en: str | None = None
    raised_at: datetime
    updated_at: datetime
    late_when_recorded: bool = Field(description="The deadline had passed when the case was recorded")
    answered_at: datetime | None
    version: int


class EscalationDetailOut(EscalationOut):
    answer: Annotated[str | None, Tier.CIRCUMSTANCES]


class AnswerIn(In):
    model_config = example(answer="Đã phân công cán bộ phụ trách (ví dụ)")

    answer: Narrative
