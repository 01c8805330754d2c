"""Suggestions of incidents that may be the same event."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.schemas.base import Out

Verdict = Annotated[Literal["agree", "differ", "unknown"], LabelledBy("similarity")]


class SimilarFieldOut(Out):
    field: str
    verdict: Verdict
    score: float = Field(description="0 to 1; 0 where unknown")
    weight: float = Field(description="How much the field counts in the whole")


class SimilarOut(Out):
    id: UUID
    code: str
    unit_id: UUID | None
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    holder_id: UUID
    holder_name_vi: str | None = None
    holder_name_en: str | None = None
    state: Annotated[str, LabelledBy("incident_state")]
    group: Annotated[str, InList("incident_group")]
    occurred_on: date | None
    received_at: datetime
    score: float = Field(description="0 to 1: every field's score by its weight, summed; the unknown adds nothing")
    fields: list[SimilarFieldOut]
