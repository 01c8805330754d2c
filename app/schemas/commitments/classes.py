"""A class in a campaign over the wire: its learners and states, and what is recorded of them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import In, Line, NextActionOut, Out, PastDate, example
from app.schemas.commitments.campaigns import CommitmentCountOut
from app.schemas.commitments.flow import CommitmentState, Party, Recorded, Way

LEARNER_ID, FILE_ID = (f"01994c2a-7b1e-7c00-8000-00000000000{n}" for n in (5, 6))
# Of a class: two parties of a hundred learners.
MOST_ROWS = 200


class SignatureIn(In):
    learner_id: UUID
    party: Party
    state: Recorded
    reason: Line | None = Field(None, description="Of a refusal, for the head and the homeroom teacher alone")


class SignaturesIn(In):
    model_config = example(
        way="class_sheet",
        signed_on="2026-09-07",
        rows=[
            {"learner_id": LEARNER_ID, "party": "pupil", "state": "signed"},
            {"learner_id": LEARNER_ID, "party": "guardian", "state": "not_reached"},
        ],
    )

    way: Way
    signed_on: PastDate = Field(description="The day on the paper")
    template_id: UUID | None = Field(
        None, description="The version on the paper; left out, that of the class. One that is superseded is refused"
    )
    file_id: UUID | None = Field(None, description="The scan of the sheet or list, added to the class before")
    rows: list[SignatureIn] = Field(min_length=1, max_length=MOST_ROWS)


class CommitmentWithdrawalIn(In):
    learner_id: UUID
    party: Party


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
    recorded_at: datetime
    recorded_by: UUID
    withdrawn_at: datetime | None
    withdrawn_by: UUID | None
