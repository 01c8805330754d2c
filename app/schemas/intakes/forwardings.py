"""Forwarding an intake to the unit that its words name, and handing it back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import UNIT_ID, Flag, In, Line, Out, TieredOut, example


class ForwardingIn(In):
    model_config = example(unit_id=UNIT_ID, reason="Lời kể nêu tên trường này (ví dụ)", accuses_nobody=True)

    unit_id: UUID = Field(description="The unit that the words name; a closed one stands for its single successor")
    reason: Line
    accuses_nobody: Flag = Field(
        description="Whether the caller has read the words and found that they accuse nobody of that unit; if false,"
        " the level above the unit receives the intake"
    )


class HandBackIn(In):
    model_config = example(reason="Việc không xảy ra ở trường này (ví dụ)")

    reason: Line


class ForwardedOut(Out):
    """Where the intake went. `visible` is false once it is out of the caller's line."""

    visible: bool
    held_by_superior: bool = Field(description="Whether the level above the named unit holds it")


class ForwardingOut(TieredOut):
    id: UUID
    is_hand_back: bool
    unit_id: UUID | None = Field(description="The unit that the intake concerns from then on, as far as it is known")
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    from_unit_id: UUID
    from_unit_name_vi: str | None = None
    from_unit_name_en: str | None = None
    to_unit_id: UUID = Field(description="The holder from then on")
    to_unit_name_vi: str | None = None
    to_unit_name_en: str | None = None
    accuses_nobody: bool
    reason: Annotated[str | None, Tier.IDENTITIES]
    forwarded_at: datetime
    forwarded_by: UUID
    by_role: Annotated[str, LabelledBy("role")]
    by_unit_id: UUID
    by_unit_name_vi: str | None = None
    by_unit_name_en: str | None = None
