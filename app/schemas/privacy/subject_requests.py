"""Data subjects' requests, as staff record them for a child or its representative."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import (
    Code,
    DecisionNumber,
    Flag,
    In,
    Line,
    MinimumPeriodOut,
    Name,
    Narrative,
    NextActions,
    OneLine,
    Out,
    PastInstant,
    TieredOut,
    example,
)
from app.schemas.privacy.flow import SubjectRequestAction, SubjectRequestState

Kind = Annotated[
    Literal["access", "correction", "provision", "withdrawal", "restriction", "objection", "erasure"],
    LabelledBy("subject_request_kind"),
]
Requester = Annotated[Literal["child", "representative"], LabelledBy("requester")]


class RequesterIn(In):
    """The requester and the child; encrypted with the request."""

    name: Name
    child_name: Name | None = None
    relation: Line | None = Field(None, description="How the representative stands to the child")
    contact: Annotated[OneLine, StringConstraints(max_length=500)] | None = None
    proof: Line | None = Field(None, description="By what the right to represent was shown; no number of an ID card")


class SubjectRequestIn(In):
    model_config = example(
        kind="access",
        requester="representative",
        child_is_seven=True,
        identity={"name": "Người đại diện (ví dụ)"},
        statement="Xin biết dữ liệu về con tôi (ví dụ)",
    )

    kind: Kind
    requester: Requester
    child_is_seven: Flag = Field(description="Whether the child is 7 or older")
    concerns_publishing: Flag = Field(
        default=False, description="About publishing private life or a personal secret of the child"
    )
    child_consents: Flag | None = Field(
        None, description="Required if the request concerns publishing and the child is 7 or older"
    )
    representative_consents: Flag | None = Field(None, description="Required if the request concerns publishing")
    incident_id: UUID | None = Field(None, description="The case concerned; required for an erasure")
    identity: RequesterIn
    statement: Narrative
    received_at: PastInstant | None = Field(None, description="When it was received; now if left out")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.requester == "child" and not self.child_is_seven:
            raise PydanticCustomError(
                "representative_owed",
                "representative_owed",
                {
                    "vi": "Trẻ dưới 7 tuổi do người đại diện yêu cầu",
                    "en": "For a child under 7 its representative asks",
                },
            )
        consents = [self.representative_consents, *([self.child_consents] if self.child_is_seven else [])]
        if self.concerns_publishing and None in consents:
            raise PydanticCustomError(
                "consents_owed",
                "consents_owed",
                {
                    "vi": "Ghi rõ ý kiến của người đại diện và của trẻ từ 7 tuổi",
                    "en": "Say whether the representative, and a child of 7, consent to publishing",
                },
            )
        if self.kind == "erasure" and self.incident_id is None:
            raise PydanticCustomError(
                "incident_owed",
                "incident_owed",
                {"vi": "Yêu cầu xóa phải nêu vụ việc", "en": "An erasure names the case"},
            )
        return self


class SubjectRequestTransitionIn(In):
    model_config = example(action="accept", answer="Đã tiếp nhận yêu cầu (ví dụ)")

    action: SubjectRequestAction = Field(examples=["accept"])
    answer: Narrative | None = Field(
        None, description="The answer given to the requester; required with accept and refuse"
    )
    reason: Line | None = Field(None, description="Required with refuse and extend")
    refusal_basis: Annotated[Code, InList("refusal_basis")] | None = Field(None, description="Required with refuse")
    decision_number: DecisionNumber | None = Field(
        None, description="Required when an erasure is completed: it is part of the certificate"
    )


class SubjectRequestOut(TieredOut):
    id: UUID
    code: str
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    kind: Kind
    state: SubjectRequestState
    incident_id: UUID | None
    requester: Requester
    child_is_seven: bool
    concerns_publishing: bool
    child_consents: bool | None
    representative_consents: bool | None
    refusal_basis: Annotated[str, InList("refusal_basis")] | None
    received_at: datetime
    recorded_at: datetime
    updated_at: datetime
    answer_due_at: datetime = Field(description="Until when it is to be answered, by the rule `answer` of its kind")
    act_due_at: datetime = Field(
        description="Until when it is to be done, by the rule `act` of its kind and, extended, the rule `extension`"
    )
    answer_source: str
    act_source: str
    answered_at: datetime | None
    extended_at: datetime | None
    closed_at: datetime | None
    answer_missed_at: datetime | None
    act_missed_at: datetime | None
    destroyed_at: datetime | None
    version: int


class SubjectRequestDetailOut(SubjectRequestOut):
    identity: Annotated[dict[str, object] | None, Tier.IDENTITIES]
    statement: Annotated[str | None, Tier.IDENTITIES]
    answer: Annotated[str | None, Tier.IDENTITIES]
    extension_reason: Annotated[str | None, Tier.CIRCUMSTANCES]
    outcome: Annotated[str | None, Tier.CIRCUMSTANCES]
    minimum_period: MinimumPeriodOut | None = Field(
        None, description="Of an erasure that is not done: the least period of the case, where it is not over"
    )
    next_actions: NextActions


class SubjectRequestRuleOut(Out):
    kind: Annotated[str, LabelledBy("subject_request_kind")]
    step: str = Field(description="`answer`, `act`, or `extension`: how much longer an extension lasts")
    amount: int
    time_unit: Annotated[str, LabelledBy("time_unit")]
    is_confirmed: bool = Field(description="false: the product's reading, to be confirmed")
    source: str
    valid_from: date
    valid_to: date | None
