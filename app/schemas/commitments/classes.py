"""A class in a campaign over the wire: its learners and states, and what is recorded of them."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.schemas.base import In, Line, NextActionOut, Out, PastDate, example
from app.schemas.commitments.campaigns import CommitmentCountOut
from app.schemas.commitments.flow import SAID, CommitmentState, Party, Recorded, RecordedWay, Way

LEARNER_ID, FILE_ID = (f"01994c2a-7b1e-7c00-8000-00000000000{n}" for n in (5, 6))
# Of a class: two parties of a hundred learners.
MOST_ROWS = 200
NO_WORD = {
    "vi": "Chỉ nêu người giám hộ khi người ấy ký hoặc không đồng ý ký",
    "en": "A guardian is named where the guardian signed or refused",
}


class SignatureIn(In):
    learner_id: UUID
    party: Party
    state: Recorded
    guardian_id: UUID | None = Field(None, description="The guardian who signed or refused")
    reason: Line | None = Field(None, description="Of a refusal, for the head and the homeroom teacher alone")

    @model_validator(mode="after")
    def _is_a_guardians_word(self) -> Self:
        if self.guardian_id is not None and (self.party != "guardian" or self.state not in SAID):
            raise PydanticCustomError("no_word_of_a_guardian", "no_word_of_a_guardian", NO_WORD)
        return self


class SignaturesIn(In):
    model_config = example(
        way="class_sheet",
        signed_on="2026-09-07",
        rows=[
            {"learner_id": LEARNER_ID, "party": "pupil", "state": "signed"},
            {"learner_id": LEARNER_ID, "party": "guardian", "state": "not_reached"},
        ],
    )

    way: RecordedWay
    signed_on: PastDate = Field(description="The day on the paper")
    template_id: UUID | None = Field(
        None, description="The version on the paper; left out, that of the class. One that is superseded is refused"
    )
    file_id: UUID | None = Field(
        None,
        description="The scan of the sheet or list, added to the class before; of what was signed elsewhere the PDF,"
        " whose signature is not judged",
    )
    rows: list[SignatureIn] = Field(min_length=1, max_length=MOST_ROWS)


class CommitmentWithdrawalIn(In):
    learner_id: UUID
    party: Party
    guardian_id: UUID | None = Field(None, description="Whose answer; left out, all answers of the party")


class CommitmentWithdrawalsIn(In):
    model_config = example(rows=[{"learner_id": LEARNER_ID, "party": "guardian"}])

    rows: list[CommitmentWithdrawalIn] = Field(min_length=1, max_length=MOST_ROWS)


class ObligationOut(Out):
    party: Party
    state: CommitmentState
    state_at: datetime


class CommitmentLearnerOut(Out):
    learner_id: UUID
    code: str
    full_name: str | None = Field(description="Null once the learner's record is destroyed")
    has_contact: bool = Field(description="Whether a guardian may be written to and has contact details")
    obligations: list[ObligationOut]


class CommitmentClassOut(Out):
    id: UUID
    code: str = Field(description="Printed on each page of the sheet")
    campaign_id: UUID
    class_id: UUID
    class_name: str
    template_id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    counts: list[CommitmentCountOut]
    opened_at: datetime
    destroyed_at: datetime | None
    version: int


class CommitmentClassDetailOut(CommitmentClassOut):
    learners: list[CommitmentLearnerOut] = Field(description="By given name")
    next_actions: list[NextActionOut]


class CommitmentEntryOut(Out):
    id: UUID
    learner_id: UUID | None
    party: Party
    state: CommitmentState
    way: Way
    template_id: UUID = Field(description="The version that was signed")
    file_id: UUID | None
    signed_on: date
    reason: str | None = Field(description="Null for all but the head and the homeroom teacher")
    guardian_id: UUID | None = Field(description="The guardian whose answer it is, where known")
    slip_id: UUID | None = Field(description="By which slip its holder signed or refused: no proven person")
    receipt: str | None = Field(description="What the holder of the slip was given")
    recorded_at: datetime
    recorded_by: UUID | None = Field(description="Null for the holder of a slip")
    withdrawn_at: datetime | None
    withdrawn_by: UUID | None = Field(description="Null for the holder of a slip")
