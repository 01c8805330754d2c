"""Classes of a school year, and their homeroom teachers."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.schemas.base import Code, Day, In, Name, Out, Patch, SchoolYearCode, example
from app.schemas.learners.parts import USER_ID, PeriodOut, RegisteredOut, RegistryCode

Grade = Annotated[Code, InList("grade")]
Level = Annotated[Code, InList("school_level")]


class ClassIn(In):
    model_config = example(
        school_year="2026-2027", code="6A1", name="Lớp 6A1 (ví dụ)", grade="6", school_level="lower_secondary"
    )

    school_year: SchoolYearCode
    code: RegistryCode = Field(description="One class of the unit and year; case, spaces and diacritics do not matter")
    name: Name
    grade: Grade | None = Field(None, description="Null in a preschool and for a class of several grades")
    school_level: Level
    campus_id: UUID | None = None


class ClassPatch(Patch):
    model_config = example(name="Lớp 6A1 chọn (ví dụ)")

    kept = frozenset({"name", "school_level"})

    name: Name | None = None
    grade: Grade | None = None
    school_level: Level | None = None
    campus_id: UUID | None = None


class ClassOut(RegisteredOut):
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    school_year: str
    code: str
    name: str
    grade: Annotated[str, InList("grade")] | None
    school_level: Annotated[str, InList("school_level")]
    campus_id: UUID | None


class ClassTeacherIn(In):
    model_config = example(user_id=USER_ID, valid_from="2026-09-07")

    user_id: UUID = Field(description="An account of the unit")
    valid_from: Day
    valid_to: Day | None = Field(
        None, description="The first day without the post; left out, the first day of the next school year"
    )


class ClassTeacherPatch(Patch):
    model_config = example(valid_to="2027-01-15")

    kept = frozenset({"valid_to"})

    valid_to: Day | None = None


class ClassTeacherOut(PeriodOut):
    id: UUID
    class_id: UUID
    user_id: UUID
    recorded_at: datetime


class EnrolmentStatusOut(Out):
    """A status of the national database."""

    code: str
    label_vi: str
    label_en: str
    is_present: bool = Field(description="Whether the learner counts as present at the unit")
    falls_in: str | None = Field(description="`first`, `second` or `summer`; null: any")
    movement: str | None = Field(description="`in`: came from another school, `out`: went to one; null: neither")
    is_confirmed: bool = Field(description="false: of an older description, to be confirmed by the ministry's list")
    valid_from: date
    valid_to: date | None
    source: str
