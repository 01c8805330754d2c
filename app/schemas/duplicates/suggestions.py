"""Suggestions of incidents that may be the same event."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas.base import Out

Verdict = Literal["agree", "differ", "unknown"]


class SimilarFieldOut(Out):
    field: str
    verdict: Verdict
    score: float = Field(description="0 to 1; 0 where unknown")
    weight: float = Field(description="How much the field counts in the whole")


class SimilarOut(Out):
    id: UUID
    code: str
    unit_id: UUID | None
    holder_id: UUID
    state: str
    group: str
    occurred_on: date | None
    received_at: datetime
    score: float = Field(description="0 to 1: every field's score by its weight, summed; the unknown adds nothing")
    fields: list[SimilarFieldOut]
