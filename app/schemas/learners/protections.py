"""Protected learners, as the department marks them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import Day, DecisionNumber, In, Out, example
from app.schemas.learners.parts import LEARNER_ID


class ProtectionIn(In):
    model_config = example(learner_id=LEARNER_ID, valid_from="2026-11-02", decision_number="9/QĐ-MẪU")

    learner_id: UUID = Field(description="A record of the child, as a look-up shows it; the mark holds for all of them")
    valid_from: Day
    decision_number: DecisionNumber


class ProtectionEndIn(In):
    model_config = example(valid_to="2027-05-31")

    valid_to: Day = Field(description="The first day on which the child is no longer protected")


class ProtectionOut(Out):
    """A mark. Look-ups of the child by others than the department find nothing while it holds."""

    id: UUID
    learner_id: UUID
    school_id: UUID
    school_name_vi: str | None = None
    school_name_en: str | None = None
    valid_from: date
    valid_to: date | None = Field(description="The first day on which it no longer holds; null while it does")
    decision_number: str
    set_at: datetime
    set_by: UUID
    ended_at: datetime | None
    ended_by: UUID | None
    version: int
