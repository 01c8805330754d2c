"""Incidents and what belongs to one."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import (
    Code,
    In,
    Line,
    Name,
    Narrative,
    NextActions,
    PastDate,
    PastInstant,
    Patch,
    TieredOut,
    example,
)
from app.schemas.cases.flows import IncidentAction, IncidentState
from app.schemas.intakes.intakes import Age

Group = Annotated[Code, InList("incident_group")]
Severity = Annotated[Code, InList("severity")]
LearnerId = Annotated[UUID, Field(description="A pupil's record in the registry of the caller's own unit")]


class IncidentPatch(Patch):
    """A merge-patch (RFC 7396): what is left out stays, null clears; the group cannot be cleared."""

    model_config = example(location="school_gate", occurred_on="2026-10-05")

    kept = frozenset({"group"})

    group: Group | None = None
    forms: list[Annotated[Code, InList("incident_form")]] | None = Field(None, max_length=10)
    location: Annotated[Code, InList("location")] | None = None
    place: Line | None = None
    occurred_on: PastDate | None = None
    occurred_at: PastInstant | None = None
    summary: Narrative | None = None


class IncidentOut(TieredOut):
    id: UUID
    code: str
    unit_id: UUID | None
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    holder_id: UUID
    holder_name_vi: str | None = None
    holder_name_en: str | None = None
    state: IncidentState
    group: Annotated[str, InList("incident_group")]
    forms: list[Annotated[str, InList("incident_form")]]
    severity: Annotated[str, InList("severity")] | None
    location: Annotated[str, InList("location")] | None
    occurred_on: date | None
    occurred_at: Annotated[datetime | None, Tier.CIRCUMSTANCES]
    held_by_superior: bool
    received_at: datetime = Field(description="Time of the first report; legal clocks count from here")
    created_at: datetime
    updated_at: datetime
    destroyed_at: datetime | None = Field(
        description="When its encrypted text was destroyed permanently; writes answer 409 afterwards"
    )
    version: int
    is_merged: bool = Field(description="Another incident goes on for the same event, and this one takes no writes")
    merged_into: UUID | None = Field(None, description="That other one, for whoever may see it")


class IncidentDetailOut(IncidentOut):
    is_grave: bool = Field(
        default=False,
        description="Acts that end it or require less of it are decided above its holder (409 `proposal_required`)",
    )
    place: Annotated[str | None, Tier.CIRCUMSTANCES]
    summary: Annotated[str | None, Tier.IDENTITIES]
    next_actions: NextActions
    unread_messages: int | None = Field(None, description="Of reporters; null for whom it is only shared with")
    intake_count: int | None = Field(None, description="Number of intakes; null for readers it is only shared with")


class PersonIn(In):
    model_config = example(role="witness", kind="pupil", sex="unknown")

    role: Annotated[Code, InList("person_role")] = Field(examples=["victim"])
    kind: Annotated[Code, InList("person_kind")] = Field("unknown", examples=["pupil"])
    unit_id: UUID | None = None
    sex: Annotated[Code, InList("sex")] = "unknown"
    birth_date: PastDate | None = None
    estimated_age: Age | None = Field(None, description="A guess; it may stand beside a birth date, which then counts")
    age_band: Annotated[Code, InList("age_band")] | None = Field(
        None, description="On the day of the event; with a birth date or an age it is computed, and this is not used"
    )
    school_level: Annotated[Code, InList("school_level")] | None = None
    grade: Annotated[Code, InList("grade")] | None = None
    injury_outcome: Annotated[Code, InList("injury_outcome")] | None = None
    name: Name | None = None
    description: Narrative | None = None
    learner_id: LearnerId | None = None


class PersonPatch(Patch):
    """A merge-patch of a person; role, kind and sex cannot be cleared."""

    model_config = example(estimated_age=13)

    kept = frozenset({"role", "kind", "sex"})

    role: Annotated[Code, InList("person_role")] | None = None
    kind: Annotated[Code, InList("person_kind")] | None = None
    unit_id: UUID | None = None
    sex: Annotated[Code, InList("sex")] | None = None
    birth_date: PastDate | None = None
    estimated_age: Age | None = None
    age_band: Annotated[Code, InList("age_band")] | None = None
    school_level: Annotated[Code, InList("school_level")] | None = None
    grade: Annotated[Code, InList("grade")] | None = None
    injury_outcome: Annotated[Code, InList("injury_outcome")] | None = None
    name: Name | None = None
    description: Narrative | None = None
    learner_id: LearnerId | None = None


class PersonOut(TieredOut):
    id: UUID
    role: Annotated[str, InList("person_role")]
    kind: Annotated[str, InList("person_kind")]
    unit_id: Annotated[UUID | None, Tier.CIRCUMSTANCES]
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    sex: Annotated[str, InList("sex")]
    birth_date: Annotated[date | None, Tier.IDENTITIES]
    estimated_age: Annotated[int | None, Tier.CIRCUMSTANCES]
    age_band: Annotated[Annotated[str, InList("age_band")] | None, Tier.CIRCUMSTANCES] = Field(
        description="On the day of the event"
    )
    school_level: Annotated[Annotated[str, InList("school_level")] | None, Tier.CIRCUMSTANCES]
    grade: Annotated[Annotated[str, InList("grade")] | None, Tier.CIRCUMSTANCES]
    injury_outcome: Annotated[Annotated[str, InList("injury_outcome")] | None, Tier.CIRCUMSTANCES]
    is_child: bool | None = Field(None, description="Under 16 on the day of the event (Law on Children art. 1)")
    is_minor: bool | None = Field(None, description="Under 18 on the day of the event")
    name: Annotated[str | None, Tier.IDENTITIES]
    description: Annotated[str | None, Tier.IDENTITIES]
    learner_id: Annotated[UUID | None, Tier.IDENTITIES] = Field(
        description="The learner's record at the learner's unit; nothing of the learner says that there is a case"
    )
    finding: Annotated[str, LabelledBy("finding")] | None = Field(
        description="What the accusation proved to be: corrected, cleared; null otherwise"
    )
    version: int


class SeverityIn(In):
    model_config = example(severity="high", reason="Có thương tích (ví dụ)")

    severity: Severity = Field(examples=["high"])
    reason: Line


class SeverityOut(TieredOut):
    id: UUID
    severity: Annotated[str, InList("severity")]
    reason: Annotated[str | None, Tier.CIRCUMSTANCES]
    judged_at: datetime


class IncidentTransitionIn(In):
    model_config = example(action="acknowledge")

    action: IncidentAction = Field(examples=["acknowledge"])
    reason: Line | None = None
    closing_reason: Annotated[Code, InList("closing_reason")] | None = Field(None, description="Required with close")
    dismissal_reason: Annotated[Code, InList("dismissal_reason")] | None = Field(
        None, description="Required with dismiss"
    )
    without_case: Annotated[Code, InList("no_case_reason")] | None = Field(
        None, description="Why the superior unit closes it although a victim requires a case"
    )

    @property
    def coded_reason(self) -> str | None:
        return self.closing_reason or self.dismissal_reason

    @model_validator(mode="after")
    def _coded(self) -> Self:
        if self.without_case is not None and self.action != "close":
            raise PydanticCustomError(
                "only_to_close",
                "only_to_close",
                {"vi": "Chỉ nêu without_case khi kết thúc", "en": "without_case goes with close alone"},
            )
        reasons = {"close": self.closing_reason, "dismiss": self.dismissal_reason}
        if any((reason is not None) != (action == self.action) for action, reason in reasons.items()):
            raise PydanticCustomError(
                "coded_reason_required",
                "coded_reason_required",
                {
                    "vi": "Kết thúc thì nêu closing_reason, không thụ lý thì nêu dismissal_reason; bước khác thì không",
                    "en": "close requires closing_reason, dismiss requires dismissal_reason; no other step has either",
                },
            )
        return self


class ActIn(In):
    model_config = example(act="family_notified", done_at="2026-10-05T16:30:00+07:00")

    act: Annotated[Code, InList("incident_act")] = Field(examples=["family_notified"])
    done_at: PastInstant
    case_id: UUID | None = Field(
        None, description="The child's case; required with a recurrence check of an incident that has cases"
    )
    note: Line | None = None


class EventOut(TieredOut):
    id: UUID
    kind: Annotated[str, LabelledBy("event_kind")]
    is_partial: bool = Field(description="Done for one child, or one exemption, while others still wait for the same")
    data: Annotated[dict[str, object] | None, Tier.CIRCUMSTANCES]
    reason: Annotated[str | None, Tier.CIRCUMSTANCES]
    at: datetime
    by_role: Annotated[Annotated[str, LabelledBy("role")] | None, Tier.CIRCUMSTANCES]
