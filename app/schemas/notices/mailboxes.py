"""Mailboxes that hear that something waits."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import UNIT_ID, Address, In, Integer, Out, example


class MailboxIn(In):
    model_config = example(unit_id=UNIT_ID, address="van.thu@mau.example", every_minutes=60)

    unit_id: UUID = Field(description="The unit whose notices it counts")
    address: Address = Field(description="An office's address, not a person's", examples=["vanthu@example.edu.vn"])
    every_minutes: Integer = Field(
        15, ge=15, le=1440, description="At most one mail in so many minutes; 1440: once a day"
    )


class MailboxOut(Out):
    id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    address: str
    every_minutes: int
    sent_at: datetime | None
    created_at: datetime
    version: int
