"""Emergency access to a case beyond one's reach, and its review."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.scoping import Tier
from app.schemas.base import CaseCode, Flag, In, Line, Out, TieredOut, example


class EmergencyAccessIn(In):
    model_config = example(code="2026-7K3M9-Q2XBD-M", reason="Trẻ đang ở phòng y tế của trường (ví dụ)")

    code: CaseCode = Field(description="The incident's code, as a colleague or a hand-over sheet names it")
    reason: Line = Field(description="Why it cannot wait until the case is shared; recorded and reviewed")


class EmergencyAccessGivenOut(Out):
    id: UUID
    incident_id: UUID
    expires_at: datetime


class EmergencyAccessOut(TieredOut):
    id: UUID
    incident_id: UUID
    opened_at: datetime
    opened_by: UUID
    by_role: Annotated[str, LabelledBy("role")]
    by_unit_id: UUID
    by_unit_name_vi: str | None = None
    by_unit_name_en: str | None = None
    expires_at: datetime
    reason: Annotated[str | None, Tier.IDENTITIES]
    reviewed_at: datetime | None
    is_justified: bool | None
    review: Annotated[str | None, Tier.IDENTITIES]
    version: int


class ReviewIn(In):
    model_config = example(is_justified=True, review="Đúng tình huống khẩn cấp (ví dụ)")

    is_justified: Flag
    review: Line
