"""What waits for the caller."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.base import Out


class WorkItemOut(Out):
    id: UUID
    code: str | None = Field(description="Its own, or that of its case")
    due_at: datetime | None
    operation_id: str = Field(description="The operation that shows the record, with its `next_actions`")
    method: str
    path: str


class WorkKindOut(Out):
    kind: Annotated[str, LabelledBy("work_kind")]
    label_vi: str
    label_en: str
    count: int = Field(description="How many wait, at most 100")
    more: bool = Field(description="true: more than `count`")
    items: list[WorkItemOut] = Field(description="The first five: by due time where there is one, else newest first")


class WorkOut(Out):
    waiting: list[WorkKindOut] = Field(description="Each kind on which the caller may act, also where nothing waits")
