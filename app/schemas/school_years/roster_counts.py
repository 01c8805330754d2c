"""Roster counts: how many pupils a unit has on a fixed day."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.schemas.base import Code, In, Integer, Out, PastDate, example
from app.schemas.school_years.school_years import Source

RosterMoment = Annotated[Literal["start", "end"], LabelledBy("roster_moment")]
MOST_PUPILS = 100_000


class PupilCountIn(In):
    model_config = example(school_level="primary", sex="female", pupils=212)

    school_level: Annotated[Code, InList("school_level")]
    sex: Annotated[Code, InList("sex")]
    pupils: Integer = Field(ge=0, le=MOST_PUPILS)


class RosterCountIn(In):
    model_config = example(
        counted_on="2026-09-30",
        source="Báo cáo EMIS đầu năm học (ví dụ)",
        counts=[
            {"school_level": "primary", "sex": "male", "pupils": 220},
            {"school_level": "primary", "sex": "female", "pupils": 212},
        ],
    )

    counted_on: PastDate = Field(description="The day that the count is of, such as 30 September")
    source: Source = Field(description="Where the figures come from")
    counts: list[PupilCountIn] = Field(
        min_length=1, max_length=40, description="Each school level of the unit at least once, by sex"
    )


class PupilCountOut(Out):
    school_level: Annotated[str, InList("school_level")]
    sex: Annotated[str, InList("sex")]
    pupils: int


class UnitRosterOut(Out):
    """The whole count of one unit; without a count its `counts` are empty."""

    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    school_year: str
    moment: RosterMoment
    levels: list[Annotated[str, InList("school_level")]] = Field(
        description="The school levels of the unit on the day of the count, each of which is counted"
    )
    counted_on: date | None
    source: str | None
    freezes_on: date | None = Field(description="From this day on a recorded count changes no more; null: not set yet")
    is_frozen: bool
    frozen_at: datetime | None = Field(description="When it was frozen by hand or by a report, if it was")
    counts: list[PupilCountOut]


class RosterCountOut(Out):
    id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    school_year: str
    moment: RosterMoment
    counted_on: date
    school_level: Annotated[str, InList("school_level")]
    sex: Annotated[str, InList("sex")]
    pupils: int
    source: str
    frozen_at: datetime | None
    updated_at: datetime


class RosterTotalOut(Out):
    school_year: str
    moment: RosterMoment
    units: int = Field(description="How many units recorded a count; nothing is imputed for the others")
    pupils: int
    counts: list[PupilCountOut]
