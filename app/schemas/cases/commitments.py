"""A commitment after a violation over the wire, and its states."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.core.states import StateMachine, Step, action_of, state_of
from app.schemas.base import PERSON_ID, Day, In, Line, Narrative, NextActions, Out, PastDate, TieredOut, example

VIOLATION_COMMITMENT_FLOW = StateMachine(
    "violation_commitment",
    "followed",
    {
        "followed": ("Đang theo dõi", "Followed up"),
        "ended": ("Đã kết thúc theo dõi", "Follow-up ended"),
        "withdrawn": ("Đã rút lại", "Withdrawn"),
    },
    (
        Step("answer", ("followed",), "followed", "Ghi nhận ý kiến một bên", "Record what a party says"),
        Step("end", ("followed",), "ended", "Kết thúc theo dõi", "End the follow-up", needs_reason=True),
        Step("withdraw", ("followed", "ended"), "withdrawn", "Rút lại", "Withdraw", needs_reason=True),
    ),
)
# What one party says. Refusing costs nothing.
COMMITMENT_ANSWER_FLOW = StateMachine(
    "commitment_answer",
    "asked",
    {
        "asked": ("Đã đề nghị ký", "Asked"),
        "signed": ("Đã ký", "Signed"),
        "refused": ("Không đồng ý ký", "Refused"),
        "withdrawn": ("Đã rút lại", "Withdrawn"),
    },
    (
        Step("ask", ("withdrawn",), "asked", "Đề nghị ký lại", "Ask again"),
        Step("sign", ("asked",), "signed", "Ghi nhận đã ký", "Record as signed"),
        Step("refuse", ("asked",), "refused", "Ghi nhận không đồng ý ký", "Record as refused"),
        Step("withdraw", ("signed", "refused"), "withdrawn", "Rút lại", "Withdraw"),
    ),
)
ViolationParty = Annotated[Literal["pupil", "guardian", "school"], LabelledBy("violation_party")]
EVERY_PARTY: Final[tuple[ViolationParty, ...]] = ("pupil", "guardian", "school")


class ViolationCommitmentIn(In):
    model_config = example(
        person_id=PERSON_ID,
        made_on="2026-10-12",
        followed_until="2026-12-12",
        text="Em xin lỗi bạn và không tái phạm. Gia đình cùng nhà trường theo dõi, nhắc nhở. (ví dụ)",
    )

    person_id: UUID = Field(description="A pupil of the incident who took part in the deed")
    discipline_id: UUID | None = Field(None, description="The measure that it follows, of the same pupil")
    parties: list[ViolationParty] = Field(list(EVERY_PARTY), min_length=1, max_length=3, description="Who is asked")
    made_on: PastDate
    followed_until: Day | None = None
    text: Narrative


class CommitmentAnswerIn(In):
    model_config = example(party="guardian", action="sign", on="2026-10-13")

    party: ViolationParty
    action: Annotated[str, action_of(COMMITMENT_ANSWER_FLOW)]
    on: PastDate


class FollowUpEndIn(In):
    model_config = example(conclusion="Không tái phạm trong thời gian theo dõi (ví dụ)")

    conclusion: Narrative


class CommitmentWithdrawalReasonIn(In):
    model_config = example(reason="Lập nhầm học sinh (ví dụ)")

    reason: Line


class CommitmentAnswerOut(Out):
    party: ViolationParty
    state: Annotated[str, state_of(COMMITMENT_ANSWER_FLOW)]
    on: date


class ViolationCommitmentOut(TieredOut):
    id: UUID
    incident_id: UUID
    person_id: UUID
    discipline_id: UUID | None
    state: Annotated[str, state_of(VIOLATION_COMMITMENT_FLOW)]
    answers: list[CommitmentAnswerOut]
    made_on: date
    followed_until: date | None
    text: Annotated[str | None, Tier.IDENTITIES]
    made_at: datetime
    ended_at: datetime | None
    withdrawn_at: datetime | None
    conclusion: Annotated[str | None, Tier.IDENTITIES] = Field(
        description="How the follow-up ended, or why it was withdrawn"
    )
    version: int


class ViolationCommitmentDetailOut(ViolationCommitmentOut):
    next_actions: NextActions
