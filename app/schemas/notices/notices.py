"""Notices to a unit."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.base import Out


class NoticeOut(Out):
    id: UUID
    kind: Annotated[str, LabelledBy("notice_kind")] = Field(examples=["escalated"])
    incident_id: UUID | None
    data: dict[str, object] = Field(description="Codes and counts; never a person, never a word of a case")
    created_at: datetime = Field(
        validation_alias="told_at", description="To the hour where it follows what a reporter did"
    )
    read_at: datetime | None
