"""Files of a report over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.vocabulary import CopyState
from app.schemas.base import Out
from app.schemas.stored_files import StoredFileWarning, Variant

Purpose = Annotated[Literal["evidence", "issued"], LabelledBy("report_file_purpose")]


class ReportFileOut(Out):
    id: UUID
    report_id: UUID
    purpose: Purpose
    item: str | None = Field(description="The item of the template that the evidence is for")
    number: int = Field(description="Of the version: evidence stays with the versions after it as well")
    version_digest: str | None = Field(description="Of the version that was issued: SHA-256 of its canonical snapshot")
    kind: str = Field(examples=["pdf"])
    media_type: str = Field("", examples=["application/pdf"])
    title: str | None
    size: int = Field(description="Bytes of the original")
    sha256: str | None = Field(None, description="Of the original, in hexadecimal; null once it is destroyed")
    shared_size: int | None = Field(description="Bytes of the copy without metadata, a JPEG; null where there is none")
    copy_state: CopyState = Field(description="`made`, or why there is no copy without metadata")
    warnings: list[StoredFileWarning] = Field(default_factory=list)
    variants: list[Variant] = Field(default_factory=list, description="What the reader may fetch")
    created_at: datetime
    destroyed_at: datetime | None
    destroyed_because: str | None
    version: int
