"""Slips over the wire: for the school without their codes, and for their holders by code."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.labels import LabelledBy
from app.schemas.base import In, Line, OneLine, Out, example
from app.schemas.commitments.classes import LEARNER_ID, MOST_ROWS
from app.schemas.commitments.flow import CommitmentState, SatisfiedBy
from app.schemas.commitments.templates import Theme

GUARDIAN_ID: Final = "01994c2a-7b1e-7c00-8000-000000000007"
CODE: Final = "7K3M-9Q2X-BD4T-0VWE-8HNP"
NONCE: Final = "AAAAAGq8y0A" + "A" * 64
SlipAct = Annotated[Literal["sign", "refuse", "withdraw", "call"], LabelledBy("commitment_slip_act")]
SlipEnd = Annotated[Literal["reprinted", "handed_over", "withdrawn"], LabelledBy("commitment_slip_end")]
SlipCode = Annotated[OneLine, StringConstraints(max_length=60)]
SecondThing = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}|[0-9]{6})$")]
Nonce = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,120}$")]


class SlipsIn(In):
    model_config = example(learner_ids=[LEARNER_ID])

    learner_ids: list[UUID] | None = Field(
        None, min_length=1, max_length=MOST_ROWS, description="Left out, all whose family has not answered"
    )
    guardian_ids: list[UUID] | None = Field(
        None, min_length=1, max_length=MOST_ROWS, description="Left out, each guardian who may be written to"
    )


class SlipHandoverIn(In):
    model_config = example(guardian_id=GUARDIAN_ID)

    guardian_id: UUID = Field(description="Another guardian of the same learner")


class CommitmentSlipOut(Out):
    """A slip without its code, which the paper alone has."""

    id: UUID
    learner_id: UUID | None
    guardian_id: UUID | None
    replaces_id: UUID | None = Field(description="The slip that ended as this one was printed")
    issued_at: datetime
    issued_by: UUID
    expires_on: date
    has_pin: bool
    wrong_count: int = Field(description="Wrong second things since the last right one")
    wait_until: datetime | None = Field(description="Until when every second thing is refused")
    call_asked_at: datetime | None = Field(description="When its holder asked the school to call")
    ended_at: datetime | None
    ended_by: UUID | None
    ended_because: SlipEnd | None


class SlipPinOut(Out):
    slip_id: UUID
    pin: str = Field(description="Shown once, to be handed over apart from the slip")


class SlipReadingIn(In):
    model_config = example(code=CODE)

    code: SlipCode = Field(description="From the fragment of the QR code's address, or as typed")


class SlipStatusIn(SlipReadingIn):
    model_config = example(code=CODE, second_thing="0000")

    second_thing: SecondThing = Field(
        description="The last 4 digits of the telephone on the roll, or the 6 of the PIN that the school handed over"
    )


class SlipActIn(SlipStatusIn):
    model_config = example(code=CODE, second_thing="0000", nonce=NONCE, template_id=LEARNER_ID, act="sign")

    nonce: Nonce = Field(description="From a reading of the last half hour; good for one act")
    template_id: UUID = Field(description="The version that was read, which a signature names")
    act: SlipAct
    reason: Line | None = Field(None, description="Of a refusal, for the head and the homeroom teacher alone")


class SlipClauseOut(Out):
    theme: Theme
    text_vi: str
    text_en: str | None


class SlipReadingOut(Out):
    """What the campaign asks of a guardian, and nothing of a child or a school."""

    campaign_vi: str
    campaign_en: str | None
    school_year: str
    template_id: UUID = Field(description="The version that a signature names")
    title_vi: str
    title_en: str | None
    preamble_vi: str | None
    clauses: list[SlipClauseOut]
    satisfied_by: SatisfiedBy
    notice: str = Field(description="That signing is voluntary, in the reader's language")
    expires_on: date
    nonce: str
    nonce_until: datetime


class SlipStatusOut(Out):
    """The guardian's own answer, and no other's."""

    state: CommitmentState = Field(description="`pending`, `signed` or `refused`: this guardian's answer")
    said_on: date | None
    receipt: str | None = Field(description="By which the school finds the entry")
    acts: list[SlipAct] = Field(description="What the holder may do next")
    call_asked_at: datetime | None
