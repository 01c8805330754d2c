"""Setting an intake aside, and taking it up again."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import Code, In, Line, Out, TieredOut, example


class SetAsideIn(In):
    model_config = example(reason="test", note="Tin gửi thử khi tập huấn (ví dụ)")

    reason: Annotated[Code, InList("set_aside_reason")] = Field(examples=["test"])
    note: Line
    same_as_id: UUID | None = Field(None, description="With `reported_twice`, the intake that says the same")


class SetAsideUndoIn(In):
    model_config = example(reason="Người báo tin viết thêm, không phải tin rác (ví dụ)")

    reason: Line


class SetAsideOut(TieredOut):
    id: UUID
    reason: str
    note: Annotated[str | None, Tier.IDENTITIES]
    same_as_id: UUID | None
    set_aside_at: datetime
    set_aside_by: UUID
    by_role: Annotated[str, LabelledBy("role")]
    by_unit_id: UUID
    by_unit_name_vi: str | None = None
    by_unit_name_en: str | None = None
    needs_second: bool = Field(description="Whether it stands only once a second person approves it")
    approved_at: datetime | None
    approved_by: UUID | None
    undone_at: datetime | None
    undone_by: UUID | None
    undo_reason: Annotated[str | None, Tier.IDENTITIES]


class IntakeCountOut(Out):
    lane: Annotated[str, LabelledBy("lane")]
    state: Annotated[Literal["waiting", "linked", "set_aside"], LabelledBy("intake_state")]
    reason: Annotated[str, InList("set_aside_reason")] | None = Field(description="Why these are set aside")
    count: int
