"""What the forms of the registry have in common."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.coded import InList
from app.schemas.base import Code, OneLine, Out

# Of a class, a campus or a person, as the unit or the ministry writes it: opaque, zeros in front stay.
RegistryCode = Annotated[OneLine, StringConstraints(max_length=32)]
Sex = Annotated[Code, InList("sex")]
SexOut = Annotated[str, InList("sex")]
EnrolmentStatusCode = Annotated[Code, InList("enrolment_status")]
StatusOut = Annotated[str, InList("enrolment_status")]
CLASS_ID, LEARNER_ID, USER_ID = (f"01994c2a-7b1e-7c00-8000-0000000000a{n}" for n in (1, 2, 3))


class RegisteredOut(Out):
    """What each record of the registry says of itself."""

    id: UUID
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None = Field(description="The last change by hand; an upload overwrites it only when asked")
    voided_at: datetime | None = Field(description="Since when it is void: the upload that made it was reverted")
    version: int


class PeriodOut(Out):
    valid_from: date
    valid_to: date | None = Field(description="The first day on which it no longer holds; null while it does")
