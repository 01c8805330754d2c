"""What an informant says: the form Mẫu 01 of Decree 56/2017, almost all of it optional (domain: "if known")."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.core.time import local_date
from app.schemas.base import (
    INCIDENT_ID,
    Code,
    Flag,
    In,
    Integer,
    Line,
    Name,
    Narrative,
    NextActions,
    OneLine,
    Out,
    PastDate,
    Phone,
    ReportedInstant,
    TieredOut,
    Verbatim,
    blank_is_absent,
    example,
)
from app.schemas.intakes.flow import INTAKE_FLOW, IntakeState

AHEAD = "Of a clock that is ahead: bounded to the server's time and named in `content.clock_ahead`"
FORM_EXAMPLE: dict[str, JsonValue] = {
    "group": "school_violence",
    "forms": ["physical_violence"],
    "occurred_on": "2026-10-05",
    "location": "school_gate",
    "narrative": "Chuyện bịa: sau giờ học, một nhóm học sinh chặn đường một bạn lớp dưới.",
    "children": [{"sex": "female", "estimated_age": 12}],
    "accused": [{"kind": "pupil"}],
}
Proof = Annotated[Annotated[str, StringConstraints(max_length=4000)] | None, BeforeValidator(blank_is_absent)]
Age = Annotated[Integer, Field(ge=0, le=120)]


class ParentIn(In):
    name: Name | None = None
    age: Age | None = None
    job: Line | None = None


class ChildIn(In):
    """A child the intake is about; a name is not needed, an age may be a guess, a sex may be unknown."""

    name: Name | None = None
    birth_date: PastDate | None = None
    estimated_age: Age | None = None
    sex: Annotated[Code, InList("sex")] = "unknown"
    unit_id: UUID | None = Field(None, description="The child's school, if it is another than the intake's unit")
    class_name: Annotated[OneLine, StringConstraints(max_length=50)] | None = None
    current_state: Narrative | None = Field(None, description="Tình trạng hiện tại của trẻ")
    father: ParentIn | None = None
    mother: ParentIn | None = None
    family_situation: Narrative | None = None
    present_carer: Line | None = None


class AccusedIn(In):
    """Somebody said to have done it. Staff or head of a unit: that unit's accounts will not see the case."""

    kind: Annotated[Code, InList("person_kind")] = Field("unknown", examples=["staff"])
    unit_id: UUID | None = Field(None, description="The accused's unit, if it is another than the intake's unit")
    name: Name | None = None
    description: Narrative | None = None


def _given(consent: bool) -> bool:  # noqa: FBT001 — pydantic's validator
    if not consent:
        raise PydanticCustomError(
            "consent_required",
            "consent_required",
            {"vi": "Chỉ ghi người báo tin khi họ đồng ý", "en": "The informant is kept only with their consent"},
        )
    return consent


class InformantIn(In):
    """The informant. Stored only with consent (Mẫu 01, item on the informant)."""

    consent: Annotated[Flag, AfterValidator(_given)]
    name: Name | None = None
    phone: Phone | None = Field(
        None, description="As given, with notes such as (mẹ); two numbers are two", examples=["0912 345 678 (mẹ)"]
    )
    address: Line | None = None
    relation: Line | None = None


class IntakeForm(In):
    """The form itself; its parts are those of Mẫu 01."""

    child_category: Annotated[Code, InList("child_category")] | None = Field(
        None, description="Nhóm đối tượng trẻ em (Mẫu 01)"
    )
    group: Annotated[Code, InList("incident_group")] | None = None
    forms: list[Annotated[Code, InList("incident_form")]] = Field(default_factory=list, max_length=10)
    children: list[ChildIn] = Field(default_factory=list, max_length=50)
    accused: list[AccusedIn] = Field(default_factory=list, max_length=50)
    occurred_on: PastDate | None = None
    occurred_at: ReportedInstant | None = Field(None, description=AHEAD)
    location: Annotated[Code, InList("location")] | None = None
    place: Line | None = Field(None, description="Địa điểm xảy ra")
    narrative: Narrative | None = Field(None, description="Diễn biến vụ việc")
    predicted_consequence: Narrative | None = Field(None, description="Dự đoán hậu quả nếu không được trợ giúp")
    actions_taken: Narrative | None = Field(None, description="Những hành động đã thực hiện trước khi tiếp nhận")
    informant: InformantIn | None = None

    @classmethod
    def of(cls, content: Mapping[str, object] | None) -> Self:
        """The form in the content of an intake, which also holds what only its channel asks."""
        return cls.model_validate({name: said for name, said in (content or {}).items() if name in cls.model_fields})

    @property
    def day(self) -> date | None:
        """On which it happened, in Viet Nam."""
        return self.occurred_on or (local_date(self.occurred_at) if self.occurred_at else None)

    @model_validator(mode="after")
    def _check(self) -> Self:
        told = (self.children, self.accused, self.narrative, self.place, self.forms, self.group, self.child_category)
        if not any(told):
            raise PydanticCustomError(
                "nothing_told", "nothing_told", {"vi": "Chưa có nội dung nào", "en": "There is nothing told yet"}
            )
        return self


class IntakeIn(IntakeForm):
    """An intake recorded by staff."""

    model_config = example(source_channel="in_person", **FORM_EXAMPLE)

    unit_id: UUID | None = Field(None, description="The school concerned; the caller's unit if left out")
    source_channel: Annotated[Code, InList("source_channel")] = Field(examples=["in_person"])
    received_at: ReportedInstant | None = Field(
        None,
        description="When the information was received, at most a year ago; now if left out. For a unit beyond the"
        " caller's line it is kept in `content`, and counts from when it is recorded. " + AHEAD,
    )
    received_place: Line | None = None
    register_number: Annotated[OneLine, StringConstraints(max_length=50)] | None = Field(
        None, description="Số, ký hiệu"
    )
    officer_name: Name | None = Field(None, description="Who recorded it, if not the caller")
    open_incident: Flag = Field(default=True, description="Open an incident at once; if false, link the intake later")


class DangerIn(In):
    """What decides when staff see what somebody without an account sends."""

    immediate_danger: Flag = Field(
        default=False,
        description="Trẻ đang gặp nguy hiểm ngay lúc này. A child is in danger now: staff see this at once, and could"
        " guess when it was sent; everything else they see at the next quarter of an hour",
    )


class PublicIntakeIn(IntakeForm, DangerIn):
    """An intake from anyone, without an account."""

    model_config = example(school_name="Trường ví dụ", **FORM_EXAMPLE)

    unit_id: UUID | None = Field(None, description="The school concerned, from GET /api/v1/public/units")
    school_name: Line | None = Field(None, description="The school in the informant's words")
    proof: Proof = Field(
        None,
        description="Solved challenge (ALTCHA payload); without it the intake is taken in all the same, more slowly",
    )
    wants_proof_of_receipt: Flag = Field(
        default=False,
        description="A signed proof; anyone who finds it on a telephone learns that a report was made",
    )


class ProofOfReceiptOut(Out):
    """Shown with the eight words to anybody who checks it without this system (docs/verify_receipt.py)."""

    payload: str = Field(description="Canonical JSON: v, receipt_hash, level, day, kid; no content of the intake")
    signature: str = Field(description="Ed25519 over the payload's bytes, base64url; keys at receipt-keys.json")


class ReceiptOut(Out):
    receipt: str = Field(description="Eight words to store; shown once, and required to read the status")
    received_on: date
    lane: Annotated[Literal["proven", "unproven"], LabelledBy("lane")] = Field(
        description="unproven: no solved challenge, or one that counted before"
    )
    notice: str
    proof_of_receipt: ProofOfReceiptOut | None = Field(description="Where it was asked for")


class ReceiptKeyOut(Out):
    kid: str
    public: str = Field(description="Ed25519, hex")
    valid_from: date = Field(validation_alias="from")
    valid_to: date | None = Field(validation_alias="to")


class ReceiptKeysOut(Out):
    keys: list[ReceiptKeyOut]


class ReceiptIn(In):
    model_config = example(receipt="tám từ tiếng việt của biên nhận này")

    receipt: Annotated[Verbatim, StringConstraints(min_length=8, max_length=400)]


class ReceiptStatusOut(Out):
    received_on: date
    state: Annotated[Literal["received", "set_aside", "in_progress", "closed"], LabelledBy("receipt_state")]
    state_label: str
    raised_above: bool = Field(description="A deadline was missed, and the superior unit was notified automatically")
    raised_label: str | None
    forwarded: bool = Field(description="It was passed on to another unit, which is not named")
    forwarded_label: str | None
    hotline_advice: str


class IntakeOut(TieredOut):
    id: UUID
    code: str = Field(description="The intake's own, and never its incident's")
    unit_id: UUID | None
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    holder_id: UUID
    holder_name_vi: str | None = None
    holder_name_en: str | None = None
    source_channel: Annotated[str, InList("source_channel")]
    lane: Annotated[str, LabelledBy("lane")]
    received_at: datetime
    recorded_at: datetime
    destroyed_at: datetime | None = Field(description="When its content was destroyed permanently")
    incident_id: UUID | None = None
    set_aside_reason: Annotated[str, InList("set_aside_reason")] | None = Field(
        None, description="Why the intake is set aside; null where it is not"
    )
    immediate_danger: bool = Field(description="The report says that a child is in immediate danger")
    has_informant: bool = Field(description="Whether the informant is known; opened by POST …/informant, with a reason")


class IntakeDetailOut(IntakeOut):
    state: IntakeState = INTAKE_FLOW.initial
    next_actions: NextActions
    unread_messages: int = Field(0, description="Messages of the reporter not yet read by staff")
    content: Annotated[dict[str, object] | None, Tier.IDENTITIES]


class OpeningIn(In):
    model_config = example(reason="Cần hỏi thêm người báo tin (ví dụ)")

    reason: Line


class InformantOut(In):
    """The informant, opened with a recorded reason; the superior unit is notified."""

    consent: Flag
    name: str | None = None
    phone: str | None = None
    numbers: list[str] = Field(default_factory=list, description="The whole numbers in `phone`, in order (E.164)")
    address: str | None = None
    relation: str | None = None


class InformantSearchIn(In):
    model_config = example(phone="0912 345 678", reason="Người báo tin gọi lại, mất biên nhận (ví dụ)")

    phone: Phone = Field(examples=["0912 345 678"], description="The whole number; in the body, never in an address")
    reason: Line


class InformantSearchOut(TieredOut):
    """A recorded search, without the number, which would identify a person in clear text."""

    id: UUID
    code: str
    searched_at: datetime
    searched_by: UUID
    by_role: Annotated[str, LabelledBy("role")]
    by_unit_id: UUID
    by_unit_name_vi: str | None = None
    by_unit_name_en: str | None = None
    reason: Annotated[str | None, Tier.IDENTITIES]
    intake_ids: list[UUID] = Field(
        default_factory=list, description="Found then, of those that the reader reaches now; newest first"
    )


class OpeningOut(TieredOut):
    id: UUID
    opened_at: datetime
    opened_by: UUID
    by_role: Annotated[str, LabelledBy("role")]
    by_unit_id: UUID
    by_unit_name_vi: str | None = None
    by_unit_name_en: str | None = None
    reason: Annotated[str | None, Tier.IDENTITIES]


class IntakeTakenOut(TieredOut):
    """The response to staff. `visible` is false if the superior unit holds the case because of the accused."""

    id: UUID
    code: str = Field(description="The intake's own, and never its incident's")
    incident_id: UUID | None
    incident_code: str | None = Field(description="What people call the incident by; null where none is in sight")
    visible: bool
    held_by_superior: bool
    clock_ahead: list[str] = Field(description="Members whose time lay ahead of the server's and was bounded to it")


class IntakeLinkIn(In):
    model_config = example(incident_id=INCIDENT_ID)

    incident_id: UUID
