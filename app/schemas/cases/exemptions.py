"""Exemptions from a duty to notify."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import In, Line, NextActions, TieredOut, example
from app.schemas.cases.flows import ExemptionAction, ExemptionState


class ExemptionIn(In):
    model_config = example(kind="waiver", reason="Công an đã trực tiếp báo gia đình (ví dụ)")

    kind: Annotated[Literal["waiver", "suspension"], LabelledBy("exemption_kind")] = Field(
        description="waiver: the duty ends without its act; suspension: the family's clock stops at once"
    )
    reason: Line


class ExemptionDecisionIn(In):
    model_config = example(decision="confirm")

    decision: ExemptionAction = Field(examples=["confirm"])
    reason: Line | None = None


class ExemptionOut(TieredOut):
    id: UUID
    incident_id: UUID
    clock_id: UUID
    kind: Annotated[str, LabelledBy("exemption_kind")]
    state: ExemptionState
    reason: Annotated[str | None, Tier.CIRCUMSTANCES]
    asked_at: datetime
    decision_reason: Annotated[str | None, Tier.CIRCUMSTANCES]
    decided_at: datetime | None
    next_actions: NextActions
    version: int
