"""School years and their terms."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.labels import LabelledBy
from app.schemas.base import Day, Flag, In, OneLine, Out, example

TermCode = Annotated[Literal["first", "second"], LabelledBy("school_term")]
Source = Annotated[OneLine, StringConstraints(max_length=300)]


class SchoolTermIn(In):
    model_config = example(
        code="first",
        starts_on="2026-09-07",
        ends_on="2027-01-10",
        is_confirmed=True,
        source="Quyết định 12/QĐ-UBND (ví dụ)",
    )

    code: TermCode
    starts_on: Day
    ends_on: Day
    is_confirmed: Flag = Field(description="false: expected only, to be confirmed")
    source: Source


class SchoolYearIn(In):
    model_config = example(
        starts_on="2026-08-22",
        ends_on="2027-05-31",
        is_confirmed=True,
        source="Quyết định 12/QĐ-UBND (ví dụ)",
        terms=[
            {
                "code": "first",
                "starts_on": "2026-09-07",
                "ends_on": "2027-01-10",
                "is_confirmed": True,
                "source": "Quyết định 12/QĐ-UBND (ví dụ)",
            }
        ],
    )

    starts_on: Day = Field(description="The first day on which pupils return")
    ends_on: Day = Field(description="The last day of teaching and review; the year counts on until the next begins")
    is_confirmed: Flag = Field(description="false: expected only, to be confirmed")
    source: Source
    terms: list[SchoolTermIn] = Field(default_factory=list, max_length=2)


class SchoolTermOut(Out):
    code: TermCode
    starts_on: date
    ends_on: date
    is_confirmed: bool
    source: str


class SchoolYearOut(Out):
    code: str
    starts_on: date
    ends_on: date
    until: date | None = Field(
        description="The first day of the next year: up to it every day belongs to this one; null while none is set"
    )
    is_confirmed: bool
    source: str
    terms: list[SchoolTermOut]
