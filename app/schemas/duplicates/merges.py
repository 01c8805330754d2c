"""Merging incidents of one event."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.scoping import Tier
from app.schemas.base import INCIDENT_ID, In, Line, TieredOut, Verbatim, example


class MergeIn(In):
    model_config = example(incident_id=INCIDENT_ID, etag='"1.3"', reason="Hai tin báo về một vụ (ví dụ)")

    incident_id: UUID = Field(description="The one that is absorbed; the one in the path goes on for both")
    etag: Annotated[Verbatim, StringConstraints(max_length=80)] = Field(
        description="The ETag of the absorbed one as you read it; If-Match has that of the other"
    )
    reason: Line


class MergeUndoIn(In):
    model_config = example(etag='"2.3"', reason="Hai vụ khác nhau (ví dụ)")

    etag: Annotated[Verbatim, StringConstraints(max_length=80)] = Field(
        description="The ETag of the absorbed one as you read it; If-Match has that of the surviving one"
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
