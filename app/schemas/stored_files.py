"""What the files of every record have in common, and links to their contents."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.vocabulary import FileWarning
from app.schemas.base import In, Line, Out, example

Variant = Annotated[Literal["original", "shared"], LabelledBy("variant")]


class StoredFileWarning(Out):
    """What the uploader and every reader must know of a file."""

    code: FileWarning
    label_vi: str
    label_en: str


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
