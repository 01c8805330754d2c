"""Report periods: what is asked, of which days, until when, and the letter that asks."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.core.labels import LabelledBy
from app.schemas.base import (
    Code,
    Day,
    DecisionNumber,
    In,
    Instant,
    Narrative,
    NextActions,
    OneLine,
    Out,
    PastDate,
    Patch,
    SchoolYearCode,
    example,
)
from app.schemas.reports.period_flow import PeriodState

PeriodKind = Annotated[Literal["yearly", "term", "thematic", "requested"], LabelledBy("report_period_kind")]
AnyPeriodKind = Annotated[
    Literal["yearly", "term", "thematic", "requested", "urgent"], LabelledBy("report_period_kind")
]
DayOff = Annotated[Literal["next_working_day", "same_day"], LabelledBy("day_off_rule")]
Term = Annotated[Literal["first", "second"], LabelledBy("school_term")]


def _near(value: date) -> date:
    """The calendar of working days goes no further."""
    if value > LAST:
        raise PydanticCustomError(
            "date_out_of_range",
            "date_out_of_range",
            {"vi": "Ngày nằm ngoài khoảng hợp lý", "en": "The date is out of range"},
        )
    return value


LAST: Final = date(2098, 12, 31)
PlannedDay = Annotated[Day, AfterValidator(_near)]


class DueIn(In):
    kinds: list[Annotated[Code, LabelledBy("unit_kind")]] = Field(
        min_length=1, max_length=8, description="Kinds of unit, as `school` or `commune`"
    )
    due_on: PlannedDay = Field(
        description="The day of the plan or the letter; a day off moves it by the rule of the kind"
    )
    requested_on: PlannedDay | None = Field(None, description="An earlier wish, which makes nobody late")


class LetterIn(In):
    """The letter that asks."""

    issuer: Annotated[OneLine, StringConstraints(max_length=300)]
    number: DecisionNumber
    issued_on: PastDate
    questions: Narrative | None = None


class PeriodIn(In):
    model_config = example(
        kind="yearly",
        template_code="directive_02_yearly",
        school_year="2026-2027",
        starts_on="2026-08-22",
        ends_on="2027-07-15",
        dues=[
            {"kinds": ["school"], "due_on": "2027-08-01"},
            {"kinds": ["bureau", "commune"], "due_on": "2027-08-07"},
            {"kinds": ["department"], "due_on": "2027-08-15"},
        ],
    )

    kind: PeriodKind
    template_code: Annotated[OneLine, StringConstraints(max_length=40)] | None = Field(
        None, description="The version in force today; or `template_id`"
    )
    template_id: UUID | None = Field(None, description="One published version")
    school_year: SchoolYearCode
    term: Term | None = Field(None, description="For the kind `term`")
    starts_on: PlannedDay
    ends_on: PlannedDay = Field(description="The last day of the facts; by this day it is judged who reports to whom")
    cut_off_at: Instant | None = Field(
        None,
        description="Facts count as they are known then: at least one working day before the first due day"
        " (Decree 09/2019/NĐ-CP); the last moment allowed if left out",
    )
    dues: list[DueIn] = Field(
        default_factory=list, max_length=8, description="By the rules of the kind of period if left out"
    )
    letter: LetterIn | None = Field(None, description="For the kind `requested`")


class PeriodPatch(Patch):
    model_config = example(ends_on="2027-07-20")
    kept: ClassVar[frozenset[str]] = frozenset({"starts_on", "ends_on", "dues"})

    starts_on: PlannedDay | None = None
    ends_on: PlannedDay | None = None
    cut_off_at: Instant | None = Field(None, description="null: the last moment allowed")
    dues: list[DueIn] | None = Field(None, min_length=1, max_length=8)
    letter: LetterIn | None = None


class PeriodDueOut(Out):
    kinds: list[Annotated[str, LabelledBy("unit_kind")]]
    due_on: date
    day_off: DayOff
    due_at: datetime = Field(description="The last moment in time: the end of the due day, moved from a day off")
    requested_on: date | None


class PeriodOut(Out):
    id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    code: str
    kind: AnyPeriodKind = Field(description="`urgent`: of a unit's urgent reports in a school year, opened by itself")
    state: PeriodState
    template_id: UUID
    template_code: str
    template_number: int
    school_year: str
    term: Term | None
    starts_on: date
    ends_on: date
    cut_off_at: datetime
    dues: list[PeriodDueOut]
    letter_issuer: str | None
    letter_number: str | None
    letter_issued_on: date | None
    questions: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class PeriodDetailOut(PeriodOut):
    without_report: list[Annotated[str, LabelledBy("unit_kind")]] = Field(
        description="Kinds of unit above those that are asked and below the caller's that get no report,"
        " so that nothing is consolidated there: name them in `dues` before the opening"
    )
    next_actions: NextActions


class PeriodOpeningOut(Out):
    period: PeriodDetailOut
    added: int = Field(description="Units that got their report now")
    reports: int = Field(description="Units that report for the period")
