"""What is issued of a report, over the wire: documents, the clerk's register, the form for the public."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, Strict, StringConstraints

from app.schemas.base import Day, In, Integer, Line, Name, NextActions, OneLine, Out, example
from app.schemas.reports.snapshots import VersionNumber

Symbol = Annotated[OneLine, StringConstraints(max_length=40)]
MOST_RECIPIENTS = 30


class DocumentFormat(StrEnum):
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    JSON = "json"


class Audience(StrEnum):
    """Who reads a document: the official chain everything, the public no small number of persons."""

    CHAIN = "chain"
    PUBLIC = "public"


class RegisterEntryIn(In):
    number: Integer = Field(ge=1, le=999_999, description="In the unit's register of the calendar year")
    symbol: Symbol = Field(description="Type and unit, such as `BC-THMH`")
    issued_on: Day
    place: Name
    recipients: list[Name] = Field(
        default_factory=list, max_length=MOST_RECIPIENTS, description="Bodies under “Nơi nhận”, beside the archive"
    )


class IssuanceIn(RegisterEntryIn):
    model_config = example(
        number=45,
        symbol="BC-THMH",
        issued_on="2027-08-02",
        place="Minh Họa (ví dụ)",
        recipients=["Phòng Giáo dục và Đào tạo (ví dụ)"],
    )

    version: Annotated[VersionNumber, Strict()] | None = Field(
        None, description="Number of the version; empty: the last one submitted"
    )


class IssuanceCorrectionIn(RegisterEntryIn):
    """The whole entry as it should be."""

    model_config = example(
        number=46,
        symbol="BC-THMH",
        issued_on="2027-08-02",
        place="Minh Họa (ví dụ)",
        recipients=["Phòng Giáo dục và Đào tạo (ví dụ)"],
        reason="Ghi nhầm số trong sổ (ví dụ)",
    )

    reason: Line


class IssuanceOut(Out):
    id: UUID
    version: int = Field(description="Number of the version that is issued")
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    number: int
    symbol: str
    issued_on: date
    place: str
    recipients: list[str]
    entered_at: datetime
    corrected_at: datetime | None = Field(description="Since when another entry of the version is in force")
    correction_reason: str | None
    next_actions: NextActions


class DisclosureOut(Out):
    reports: int = Field(description="Reports of the tree with a submitted version")
    hidden: int = Field(description="Cells that their forms for the public hide")
    decided_at: datetime
