"""Attachments of an incident."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.scoping import Tier
from app.core.states import StateMachine, Step
from app.core.vocabulary import CopyState
from app.schemas.base import In, Line, TieredOut, example
from app.schemas.stored_files import StoredFileWarning, Variant

ATTACHMENT_FLOW = StateMachine(
    "attachment",
    "withheld",
    {
        "withheld": ("Chỉ người trong tuyến xem bản gốc", "Its original stays within the line"),
        "released": ("Được chia sẻ bản gốc", "Its original is released"),
        "destroyed": ("Đã hủy", "Destroyed"),
    },
    (
        Step("release", ("withheld",), "released", "Cho chia sẻ bản gốc", "Release the original", needs_reason=True),
        Step("withhold", ("released",), "withheld", "Thôi chia sẻ bản gốc", "Withhold the original"),
        Step("destroy", ("withheld", "released"), "destroyed", "Hủy", "Destroy", needs_reason=True),
    ),
)


class AttachmentOut(TieredOut):
    """Hash and exact size identify a known picture, so lower tiers see neither."""

    id: UUID
    incident_id: UUID
    kind: str = Field(examples=["jpeg"])
    media_type: str = Field("", examples=["image/jpeg"])
    title: Annotated[str | None, Tier.IDENTITIES]
    size: Annotated[int | None, Tier.IDENTITIES] = Field(description="Bytes of the original")
    sha256: Annotated[str | None, Tier.IDENTITIES] = Field(None, description="Of the original, in hexadecimal")
    shared_size: Annotated[int | None, Tier.CIRCUMSTANCES] = Field(
        description="Bytes of the copy without metadata, a JPEG; null where there is none"
    )
    copy_state: CopyState = Field(description="`made`, or why there is no copy without metadata")
    releasable: bool = Field(
        default=False, description="Whether a copy without metadata may leave the line with the case"
    )
    warnings: list[StoredFileWarning] = Field(default_factory=list)
    variants: list[Variant] = Field(default_factory=list, description="What the reader may fetch")
    released_at: datetime | None = Field(
        description="When a leader let it go beyond the line as it is, metadata and all; null: it does not"
    )
    released_because: Annotated[str | None, Tier.IDENTITIES]
    created_at: datetime
    destroyed_at: datetime | None
    destroyed_because: Annotated[str | None, Tier.CIRCUMSTANCES]
    version: int


class ReleaseIn(In):
    model_config = example(reason="Cơ quan công an cần bản gốc (ví dụ)")

    reason: Line = Field(description="Why it may leave the line although its metadata go with it")
