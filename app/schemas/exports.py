"""Exports: what is asked for, and what is recorded of it."""

from datetime import date, datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.labels import LabelledBy
from app.schemas.base import Day, In, Line, Out, SchoolYearCode, example

ExportRecords = Annotated[
    Literal["learners", "guardians", "classes", "enrolments", "staff", "incidents", "referrals"],
    LabelledBy("export_records"),
]
ExportFormat = Annotated[Literal["csv", "xlsx", "jsonl"], LabelledBy("export_format")]
BY_YEAR: Final = frozenset({"learners", "guardians", "classes", "enrolments"})
BY_DAYS: Final = frozenset({"incidents", "referrals"})


class ExportIn(In):
    model_config = example(
        exported="learners", format="xlsx", school_year="2026-2027", reason="Lập danh sách lớp để in (ví dụ)"
    )

    exported: ExportRecords
    format: ExportFormat
    reason: Line = Field(description="Recorded with the export")
    school_year: SchoolYearCode | None = Field(
        None, description="Of `learners`, `guardians`, `classes` and `enrolments`, which need it"
    )
    first_day: Day | None = Field(None, description="`incidents` received and `referrals` made on this day or later")
    last_day: Day | None = Field(None, description="On this day or before")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.school_year is not None) != (self.exported in BY_YEAR):
            raise PydanticCustomError(
                "school_year_does_not_fit",
                "school_year_does_not_fit",
                {
                    "vi": "Danh sách theo năm học cần school_year, danh sách khác thì không",
                    "en": "Lists by school year need school_year, others have none",
                },
            )
        has_days = self.first_day is not None or self.last_day is not None
        if has_days and self.exported not in BY_DAYS:
            raise PydanticCustomError(
                "days_do_not_fit",
                "days_do_not_fit",
                {"vi": "Danh sách này không theo ngày", "en": "This list has no days"},
            )
        if self.first_day is not None and self.last_day is not None and self.last_day < self.first_day:
            raise PydanticCustomError(
                "ends_before_start",
                "ends_before_start",
                {"vi": "Ngày cuối trước ngày đầu", "en": "The last day is before the first"},
            )
        return self


class ExportOut(Out):
    """A recorded export. The document itself is not stored."""

    id: UUID
    code: str = Field(description="By which people name it; the name of the document")
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    exported: ExportRecords
    format: ExportFormat
    school_year: str | None
    first_day: date | None
    last_day: date | None
    rows: int
    reason: str | None
    exported_at: datetime
    exported_by: UUID
    by_role: Annotated[str, LabelledBy("role")]
