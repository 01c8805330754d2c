"""Acting signers: who signs a unit's reports while its head is absent."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.states import StateMachine, Step, state_of
from app.schemas.base import PERSON_ID, Day, DecisionNumber, In, NextActions, Out, example

ACTING_SIGNER_FLOW = StateMachine(
    "acting_signer",
    "named",
    {"named": ("Được giao ký", "Named"), "withdrawn": ("Đã thôi giao ký", "Withdrawn")},
    (Step("withdraw", ("named",), "withdrawn", "Thôi giao ký", "Withdraw"),),
)
ActingSignerState = Annotated[str, state_of(ACTING_SIGNER_FLOW)]
ActingMode = Annotated[Literal["kt", "tm"], LabelledBy("signing_mode")]


class ActingSignerIn(In):
    model_config = example(
        user_id=PERSON_ID, mode="kt", valid_from="2027-07-25", valid_to="2027-08-10", decision_number="9/QĐ-MẪU"
    )

    user_id: UUID = Field(description="A person of the unit who drafts reports")
    mode: ActingMode
    valid_from: Day
    valid_to: Day = Field(description="The first day on which they no longer sign")
    decision_number: DecisionNumber


class ActingSignerOut(Out):
    id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    user_id: UUID
    mode: ActingMode
    state: ActingSignerState
    valid_from: date
    valid_to: date
    decision_number: str
    named_at: datetime
    named_by: UUID
    withdrawn_at: datetime | None
    withdrawn_by: UUID | None
    version: int


class ActingSignerDetailOut(ActingSignerOut):
    next_actions: NextActions
