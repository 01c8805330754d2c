"""Merging incidents that tell of one event, and suggestions of which may."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.models.base import Tier
from app.schemas.base import In, Line, Out, TieredOut

Verdict = Literal["agree", "differ", "unknown"]


class MergeIn(In):
    incident_id: UUID = Field(description="The one that is absorbed; the one in the path goes on for both")
    etag: Annotated[str, StringConstraints(max_length=80)] = Field(
        description="The ETag of the absorbed one as you read it; If-Match holds that of the other"
    )
    reason: Line


class MergeUndoIn(In):
    etag: Annotated[str, StringConstraints(max_length=80)] = Field(
        description="The ETag of the absorbed one as you read it; If-Match holds that of the surviving one"
    )
    reason: Line


class MergeOut(TieredOut):
    id: UUID
    incident_id: UUID = Field(description="The absorbed one")
    survivor_id: UUID
    reason: Annotated[str | None, Tier.CIRCUMSTANCES]
    merged_at: datetime
    undone_at: datetime | None
    undo_reason: Annotated[str | None, Tier.CIRCUMSTANCES]


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
    score: float = Field(description="0 to 1: the weighted mean of the fields that are known, less what is unknown")
    fields: list[SimilarFieldOut]
