"""Messages between an anonymous reporter and the staff who handle the intake."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import In, Narrative, Out, TieredOut, example
from app.schemas.intakes.intakes import DangerIn, Proof, ReceiptIn


class MessageIn(In):
    model_config = example(text="Nhà trường đã nhận tin và đang xác minh (ví dụ).")

    text: Narrative


class MessageOut(TieredOut):
    id: UUID
    from_reporter: bool
    text: Annotated[str | None, Tier.IDENTITIES]
    written_at: datetime = Field(description="For a reporter's message, the hour only")
    immediate_danger: bool = Field(description="The reporter says that a child is in immediate danger")
    written_by: UUID | None = Field(
        description="The account of the staff member who wrote it; the reporter never sees it"
    )
    is_read: bool = Field(description="Whether the other side has read it")


class ReporterMessageIn(ReceiptIn, DangerIn):
    model_config = example(receipt="tám từ tiếng việt của biên nhận này", text="Em muốn bổ sung (ví dụ).")

    text: Narrative
    proof: Proof = Field(
        None,
        description="Solved challenge (ALTCHA payload); without it the message is also accepted, more slowly",
    )


class EntryOut(Out):
    """What a reporter reads: a message of either side, or an automatic event."""

    kind: Annotated[Literal["system", "staff", "reporter"], LabelledBy("message_kind")]
    code: str | None = Field(
        description="system: received, forwarded, set_aside, taken_up_again, taken_up, raised_above or closed"
    )
    by: str | None = Field(description="staff: which level wrote, and never who")
    at: datetime = Field(description="Of what a reporter did the hour; entries are in order all the same")
    text: str
    is_read: bool | None = Field(description="reporter: whether the staff have read it")


class ThreadOut(Out):
    entries: list[EntryOut]


class MessageKeptOut(Out):
    at: datetime
