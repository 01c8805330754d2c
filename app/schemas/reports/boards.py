"""The completeness board of a period: who reported, when, and who has not. It ranks nobody and has no figure."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.base import Out
from app.schemas.reports.flow import ReportState

Timeliness = Annotated[Literal["on_time", "late", "overdue", "awaited"], LabelledBy("report_timeliness")]
UnitKindCode = Annotated[str, LabelledBy("unit_kind")]


class BoardCountsOut(Out):
    """Numbers of reports: by state, and by time of the first complete submission."""

    reports: int
    owed: int = Field(description="Nothing was drafted")
    draft: int
    submitted: int
    returned: int
    accepted: int
    locked: int
    delivered: int = Field(description="Submitted complete once, whatever became of it")
    on_time: int
    late: int
    overdue: int = Field(description="Not delivered, and past the due day")


class BoardLevelOut(BoardCountsOut):
    kind: UnitKindCode


class BoardGroupOut(BoardCountsOut):
    """The units of one kind that report to one unit, by its name."""

    recipient_id: UUID | None
    recipient_name_vi: str | None = None
    recipient_name_en: str | None = None
    kind: UnitKindCode


class BoardRowOut(Out):
    id: UUID = Field(description="The report's")
    code: str
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    unit_code: str | None
    kind: UnitKindCode
    recipient_id: UUID | None
    state: ReportState
    due_on: date | None = Field(description="null of an urgent report")
    extended_on: date | None
    requested_on: date | None
    due_at: datetime | None
    delivered_at: datetime | None
    accepted_at: datetime | None
    locked_at: datetime | None
    timeliness: Timeliness | None = Field(description="null of an urgent report")


class BoardOut(Out):
    period_id: UUID
    as_of: datetime
    levels: list[BoardLevelOut]
    groups: list[BoardGroupOut]
    items: list[BoardRowOut] = Field(description="By the names of the units")
    next_cursor: str | None = Field(None, description="Pass as `cursor` for the next page; null on the last")
