"""Sharing an incident beyond its line."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.schemas.base import UNIT_ID, In, Instant, Integer, Line, Out, example


class GrantIn(In):
    model_config = example(
        grantee_unit_id=UNIT_ID,
        tier=2,
        reason="Phối hợp xác minh (ví dụ)",
        expires_at="2026-12-31T17:00:00Z",
    )

    grantee_unit_id: UUID | None = None
    grantee_user_id: UUID | None = None
    tier: Annotated[Integer, Field(ge=1, le=3)]
    reason: Line
    expires_at: Instant

    @model_validator(mode="after")
    def _one_grantee(self) -> Self:
        if (self.grantee_unit_id is None) == (self.grantee_user_id is None):
            raise PydanticCustomError(
                "one_grantee",
                "one_grantee",
                {"vi": "Chọn một đơn vị hoặc một người", "en": "Name one unit or one user"},
            )
        return self


class GrantOut(Out):
    id: UUID
    incident_id: UUID
    grantee_unit_id: UUID | None
    grantee_unit_name_vi: str | None = None
    grantee_unit_name_en: str | None = None
    grantee_user_id: UUID | None
    tier: int
    reason: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
