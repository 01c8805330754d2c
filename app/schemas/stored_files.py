"""What the files of every record have in common, and links to their contents."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.vocabulary import CopyState, FileWarning
from app.schemas.base import In, Line, Out, example

Variant = Annotated[Literal["original", "shared"], LabelledBy("variant")]


class StoredFileWarning(Out):
    """What the uploader and every reader must know of a file."""

    code: FileWarning
    label_vi: str
    label_en: str


class StoredFileOut(Out):
    """A file of a record whose readers may all know its size and hash."""

    id: UUID
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


class DestructionIn(In):
    model_config = example(reason="Tệp gửi nhầm (ví dụ)")

    reason: Line


class FileLinkIn(In):
    model_config = example(variant="shared")

    variant: Variant


class LinkOut(Out):
    url: str = Field(description="Good for this file, variant and session alone")
    expires_at: datetime
    goes_on_until: datetime | None = Field(
        description="Of a film or recording: until when the link goes on once it was used before `expires_at`"
    )
