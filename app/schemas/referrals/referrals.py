"""Referrals to and from hotlines and agencies, and the hotlines themselves."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import (
    UNIT_ID,
    Code,
    In,
    Line,
    Name,
    Narrative,
    NextActions,
    OneLine,
    Out,
    PastInstant,
    TieredOut,
    example,
)
from app.schemas.referrals.flow import ReferralAction, ReferralState

Reference = Annotated[OneLine, StringConstraints(max_length=100)]


class ReferralIn(In):
    """A referral as it happened. It is only recorded here; the partner is informed by the named channel."""

    model_config = example(hotline_id=UNIT_ID, channel="phone", made_at="2026-10-05T16:40:00+07:00")

    direction: Annotated[Literal["out", "in"], LabelledBy("direction")] = "out"
    hotline_id: UUID | None = Field(None, description="From GET /api/v1/hotlines")
    agency_id: UUID | None = Field(None, description="A unit of kind agency")
    channel: Annotated[Code, InList("referral_channel")] = Field(examples=["phone"])
    made_at: PastInstant
    contact_person: Name | None = Field(None, description="Who spoke for the partner")
    reference_given: Reference | None = Field(None, description="The partner's own number for the case")
    request: Narrative | None = Field(None, description="What was asked of the partner, or by it")

    @model_validator(mode="after")
    def _one_partner(self) -> Self:
        if (self.hotline_id is None) == (self.agency_id is None):
            raise PydanticCustomError(
                "one_partner",
                "one_partner",
                {"vi": "Chọn một tổng đài hoặc một cơ quan", "en": "Name one hotline or agency"},
            )
        return self


class ReferralTransitionIn(In):
    """A step of a referral and what was learnt with it."""

    model_config = example(action="acknowledge", at="2026-10-05T17:00:00+07:00")

    action: ReferralAction = Field(examples=["acknowledge"])
    at: PastInstant | None = Field(None, description="When it happened; now if left out")
    person: Name | None = Field(None, description="acknowledge: who acknowledged")
    reference_given: Reference | None = Field(None, description="acknowledge: the partner's number")
    outcome: Annotated[Code, InList("referral_outcome")] | None = Field(None, description="record_outcome")
    note: Narrative | None = Field(None, description="record_outcome, record_feedback: in words")
    reason: Line | None = None


class ReferralAnswerIn(In):
    """What the agency that a referral was handed to says of it."""

    model_config = example(action="acknowledge", reference_given="111-2026-0001")

    action: Annotated[Literal["acknowledge", "record_outcome", "record_feedback"], LabelledBy("referral_step")]
    at: PastInstant | None = Field(None, description="When it happened; now if left out")
    person: Name | None = Field(None, description="acknowledge: who acknowledged")
    reference_given: Reference | None = Field(None, description="acknowledge: the agency's own number")
    outcome: Annotated[Code, InList("referral_outcome")] | None = Field(None, description="record_outcome")
    note: Narrative | None = Field(None, description="record_outcome, record_feedback: in words")


class ReferralOut(TieredOut):
    id: UUID
    code: str
    incident_id: UUID
    direction: Annotated[str, LabelledBy("direction")]
    hotline_id: UUID | None
    agency_id: UUID | None
    agency_name_vi: str | None = None
    agency_name_en: str | None = None
    channel: Annotated[str, InList("referral_channel")]
    state: ReferralState
    made_at: datetime
    acknowledge_by: datetime | None = Field(description="Until when the partner is to acknowledge an outward one")
    acknowledged_at: datetime | None
    outcome_at: datetime | None
    outcome: Annotated[str, InList("referral_outcome")] | None
    feedback_at: datetime | None
    updated_at: datetime
    closed_at: datetime | None
    sheet_number: int | None
    sheet_year: int | None
    version: int


class ReferralDetailOut(ReferralOut):
    contact_person: Annotated[str | None, Tier.CIRCUMSTANCES]
    reference_given: Annotated[str | None, Tier.CIRCUMSTANCES]
    request: Annotated[str | None, Tier.IDENTITIES]
    acknowledged_by_name: Annotated[str | None, Tier.CIRCUMSTANCES]
    outcome_note: Annotated[str | None, Tier.IDENTITIES]
    feedback: Annotated[str | None, Tier.IDENTITIES]
    next_actions: NextActions


class FollowUpIn(In):
    """That the partner was asked after its silence."""

    model_config = example(followed_up_at="2026-10-06T09:00:00+07:00", channel="phone", result="promised")

    followed_up_at: PastInstant
    channel: Annotated[Code, InList("referral_channel")] = Field(examples=["phone"])
    result: Annotated[Code, InList("follow_up_result")] = Field(examples=["no_answer"])
    note: Line | None = None


class FollowUpOut(TieredOut):
    id: UUID
    referral_id: UUID
    followed_up_at: datetime
    channel: Annotated[str, InList("referral_channel")]
    result: Annotated[str, InList("follow_up_result")]
    note: Annotated[str | None, Tier.IDENTITIES]
    recorded_at: datetime


class ReconciledOut(Out):
    """One referral of the month, in facts that both sides may compare; no person's name and no word of the case."""

    id: UUID
    code: str
    incident_id: UUID
    incident_code: str
    unit_id: UUID | None = Field(description="Where it happened, such as the school")
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    direction: Annotated[str, LabelledBy("direction")]
    hotline_id: UUID | None
    agency_id: UUID | None
    agency_name_vi: str | None = None
    agency_name_en: str | None = None
    partner_name_vi: str = Field(description="The hotline's number or the agency's name")
    reference_given: str | None = Field(description="The partner's own number for the case")
    channel: Annotated[str, InList("referral_channel")]
    state: ReferralState
    made_at: datetime
    acknowledge_by: datetime | None
    acknowledged_at: datetime | None
    outcome: Annotated[str, InList("referral_outcome")] | None
    outcome_at: datetime | None
    feedback_at: datetime | None
    closed_at: datetime | None
    sheet_number: int | None
    sheet_year: int | None


class UnansweredOut(Out):
    """A referral that the partner did not acknowledge in time: whom to call, since when, how often it was tried."""

    id: UUID
    code: str
    incident_id: UUID
    hotline_id: UUID | None
    agency_id: UUID | None
    agency_name_vi: str | None = None
    agency_name_en: str | None = None
    channel: Annotated[str, InList("referral_channel")]
    made_at: datetime
    acknowledge_by: datetime
    times_followed_up: int
    last_followed_up_at: datetime | None
    sheet_number: int | None
    sheet_year: int | None
