"""Scans of signed sheets over the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.vocabulary import CopyState
from app.schemas.base import Out
from app.schemas.stored_files import StoredFileWarning, Variant


class CommitmentFileOut(Out):
    id: UUID
    commitment_class_id: UUID
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
