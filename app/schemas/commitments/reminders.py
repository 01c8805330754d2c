"""Reminders over the wire: the rules of a campaign, what a sender fetches, and what became of it."""

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from app.core.labels import LabelledBy
from app.core.states import StateMachine, Step, state_of
from app.schemas.base import In, Integer, Out, example

# Nobody is written to at night.
FIRST_HOUR, LAST_HOUR = 7, 20
MOST_REMINDERS: Final = 500
REMINDER_FLOW = StateMachine(
    "commitment_reminder",
    "waiting",
    {
        "waiting": ("Chờ gửi", "Waiting"),
        "fetched": ("Đã giao cho hệ thống gửi", "Fetched by a sender"),
        "sent": ("Đã gửi", "Sent"),
        "failed": ("Chưa gửi được", "Failed"),
        "unreachable": ("Không tới được", "Unreachable"),
        "dropped": ("Không còn cần gửi", "No longer needed"),
    },
    (
        Step("fetch", ("waiting",), "fetched", "Giao cho hệ thống gửi", "Fetch"),
        Step("drop", ("waiting",), "dropped", "Bỏ, vì không còn cần", "Drop, as it is no longer needed"),
        Step("send", ("fetched",), "sent", "Ghi nhận đã gửi", "Record as sent"),
        Step("fail", ("fetched",), "failed", "Ghi nhận chưa gửi được", "Record as failed"),
        Step("miss", ("fetched",), "unreachable", "Ghi nhận không tới được", "Record as unreachable"),
    ),
)
ReminderState = Annotated[str, state_of(REMINDER_FLOW)]
Outcome = Annotated[Literal["sent", "failed", "unreachable"], LabelledBy("commitment_reminder_state")]
ReminderChannel = Annotated[Literal["sms", "mail"], LabelledBy("reminder_channel")]
DayAfter = Annotated[Integer, Field(ge=0, le=120)]
FailureCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]


class ReminderRules(In):
    """When families that have not answered are written to: at most one message a guardian a day, over all children."""

    days_after: list[DayAfter] = Field(
        min_length=1, max_length=10, description="After the first day of the campaign, in order; one message for each"
    )
    from_hour: Integer = Field(FIRST_HOUR, ge=FIRST_HOUR, lt=LAST_HOUR, description="In Việt Nam")
    until_hour: Integer = Field(LAST_HOUR, gt=FIRST_HOUR, le=LAST_HOUR, description="Not included")
    at_most: Integer = Field(3, ge=1, le=10, description="Messages to one guardian in the whole campaign")

    @field_validator("days_after")
    @classmethod
    def _in_order(cls, days: list[int]) -> list[int]:
        if sorted(set(days)) != days:
            raise PydanticCustomError(
                "days_not_in_order",
                "days_not_in_order",
                {"vi": "Các ngày xếp tăng dần, mỗi ngày một lần", "en": "The days are in order, each once"},
            )
        return days


class ReminderRulesOut(Out):
    days_after: list[int]
    from_hour: int
    until_hour: int
    at_most: int


class ReminderBatchIn(In):
    model_config = example(limit=100)

    limit: Integer = Field(100, ge=1, le=MOST_REMINDERS)


class ReminderOut(Out):
    """One message, for the sender alone. It names no child and no class."""

    id: UUID = Field(description="Named with the outcome")
    telephone: str = Field(description="E.164", examples=["+84900000000"])
    text_vi: str
    text_en: str


class ReminderBatchOut(Out):
    items: list[ReminderOut]
    has_more: bool = Field(description="Whether more may wait for this day: fetch again")


class OutcomeIn(In):
    reminder_id: UUID
    outcome: Outcome
    failure: FailureCode | None = Field(None, description="The sender's own code of a failure; never a number or text")


class OutcomesIn(In):
    model_config = example(
        outcomes=[{"reminder_id": "01994c2a-7b1e-7c00-8000-000000000007", "outcome": "sent"}],
    )

    outcomes: list[OutcomeIn] = Field(min_length=1, max_length=MOST_REMINDERS)


class OutcomesOut(Out):
    recorded: int = Field(description="What was not recorded before")


class ReminderCountOut(Out):
    """How many messages of a day are in a state, at the caller's own unit."""

    day: date
    channel: ReminderChannel
    state: ReminderState
    messages: int
