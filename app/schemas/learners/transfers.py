"""Learners who change school, as each of the two units sees its own side."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.states import StateMachine, Step, state_of
from app.core.vocabulary import TransferState as State
from app.schemas.base import In, NextActions, Out, example
from app.schemas.learners.parts import StatusOut

TRANSFER_FLOW = StateMachine(
    "learner_transfer",
    State.WAITING,
    {
        State.WAITING: ("Chờ xác nhận", "Awaiting confirmation"),
        State.CONFIRMED: ("Đã xác nhận", "Confirmed"),
        State.DENIED: ("Nơi chuyển đi không xác nhận", "Denied by the unit that the learner would leave"),
        State.NOT_CONFIRMED: ("Hết hạn, chưa được xác nhận", "Not confirmed in time"),
        State.WITHDRAWN: ("Đã rút", "Withdrawn"),
    },
    (
        Step("confirm", (State.WAITING,), State.CONFIRMED, "Xác nhận đã chuyển đi", "Confirm that they left"),
        Step("deny", (State.WAITING,), State.DENIED, "Không xác nhận, nêu lý do", "Deny it, with a reason"),
        Step("expire", (State.WAITING,), State.NOT_CONFIRMED, "Hết hạn chờ", "End the wait"),
        Step("withdraw", (State.WAITING,), State.WITHDRAWN, "Rút lại", "Withdraw it"),
    ),
)
TransferState = Annotated[str, state_of(TRANSFER_FLOW)]
TransferSide = Annotated[Literal["arrival", "departure"], LabelledBy("transfer_side")]
TransferDenial = Annotated[
    Literal["still_attends", "another_child", "family_denies", "other"], LabelledBy("transfer_denial")
]


class TransferDenialIn(In):
    model_config = example(because="still_attends")

    because: TransferDenial


class TransferStateOut(Out):
    """Whether the school that a learner came from confirmed it. It reads alike whatever is known of the child."""

    id: UUID
    code: str
    state: TransferState
    waits_until: date


class TransferOut(Out):
    """The side of the caller's unit. Nothing names the other unit."""

    id: UUID
    code: str = Field(description="By which people name it")
    side: TransferSide
    state: TransferState
    learner_id: UUID = Field(description="The record that lies at the caller's unit, or at `school_id`")
    learner_code: str | None
    full_name: str | None = Field(description="As the record has it; null once it was destroyed")
    birth_date: date | None
    school_id: UUID | None = Field(description="Of a departure: the unit that has the record")
    school_name_vi: str | None = None
    school_name_en: str | None = None
    status: StatusOut = Field(description="What the arrival recorded, or what confirming the departure records")
    moved_on: date
    made_on: date
    waits_until: date = Field(description="The last day on which it can be confirmed")
    denied_because: TransferDenial | None = Field(description="Of a departure; the new unit does not read it")
    decided_by: UUID | None
    ended_at: datetime | None
    version: int


class TransferDetailOut(TransferOut):
    next_actions: NextActions
