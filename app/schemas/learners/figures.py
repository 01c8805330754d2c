"""What levels above see of learners: counts, and one learner by an exact number with a reason."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.schemas.base import In, Line, Out, example
from app.schemas.learners.identifiers import Kind
from app.schemas.learners.parts import RegistryCode, SexOut


class LearnerCountOut(Out):
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    school_level: Annotated[str, InList("school_level")]
    grade: Annotated[str, InList("grade")] | None
    sex: SexOut
    learners: int


class LearnerCountsOut(Out):
    school_year: str
    learners: int = Field(description="Of all units together, who are present now")
    counts: list[LearnerCountOut] = Field(description="By unit, school level, grade and sex")


class LookupIn(In):
    model_config = example(kind="moet", value="0000000001", reason="Xác minh theo công văn 12/CV-MẪU (ví dụ)")

    kind: Kind
    value: RegistryCode = Field(description="The whole number; in the body, never in an address")
    reason: Line = Field(description="Recorded; the units that have a record of the learner are notified")


class FoundLearnerOut(Out):
    """A unit's record of the learner."""

    learner_id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    code: str
    full_name: str | None
    birth_date: date | None
    sex: SexOut
    left_at: datetime | None = Field(description="Since when the learner is not at the unit; null while present")


class LookupOut(Out):
    """A recorded look-up, without the number and without names."""

    id: UUID
    code: str
    kind: Annotated[str, InList("identifier_kind")]
    reason: str | None
    records: int = Field(description="How many records of units were found")
    looked_up_at: datetime
    looked_up_by: UUID
    by_role: Annotated[str, LabelledBy("role")]


class LookupResultOut(LookupOut):
    """What was found, shown once."""

    found: list[FoundLearnerOut]
