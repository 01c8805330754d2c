"""Counts of events, in rows that a chart takes as they are."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.months import MONTH
from app.schemas.base import Out
from app.schemas.cases.flows import IncidentState


class CountBy(StrEnum):
    UNIT = "unit"
    MONTH = "month"


class CountOut(Out):
    group: Annotated[str, InList("incident_group")]
    severity: Annotated[str, InList("severity")] | None
    state: IncidentState
    count: int
    involved: int = Field(0, description="Events held elsewhere, shared, with persons of the caller's units")


class TallyOut(Out):
    count: int
    by_group: dict[str, int] = Field(description="Counts by code of `incident_group`; codes without events are absent")
    by_severity: dict[str, int] = Field(description="The same by `severity`; the rest of `count` is not assessed")
    by_state: dict[str, int]


class UnitCountOut(TallyOut):
    unit_id: UUID
    kind: Annotated[str, LabelledBy("unit_kind")]
    name_vi: str = Field(description="Its name today; of a closed unit, its last")
    name_en: str | None
    is_own: bool = Field(description="The caller's own unit, with what it holds itself; always the first row")


class MonthCountOut(TallyOut):
    month: Annotated[str, StringConstraints(pattern=MONTH)] = Field(
        description="Of the day of the event in Việt Nam or, if unknown, of the first report", examples=["2026-10"]
    )
