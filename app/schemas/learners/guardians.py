"""Guardians of a learner."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.schemas.base import Address, Code, Flag, In, Integer, Name, PastDate, Patch, Phone, example
from app.schemas.learners.parts import RegisteredOut

Relation = Annotated[Code, InList("guardian_relation")]
Channel = Annotated[Code, InList("contact_channel")]
BirthYear = Annotated[Integer, Field(ge=1900, le=2100)]


class GuardianIn(In):
    model_config = example(
        relation="mother", full_name="Trần Thị Ví Dụ", phone="0900 000 000", preferred_channel="phone"
    )

    relation: Relation
    full_name: Name
    birth_year: BirthYear | None = None
    phone: Phone | None = Field(None, description="As it was given; it may hold two numbers")
    email: Address | None = None
    preferred_channel: Channel | None = None
    may_be_contacted: Flag = Field(default=True, description="false: nothing may be sent, despite contact details")
    may_know_whereabouts: Flag = Field(default=True, description="false: nobody says to this person where the child is")
    valid_from: PastDate | None = Field(None, description="Left out, the day of entry")


class GuardianPatch(Patch):
    model_config = example(may_be_contacted=False)

    kept = frozenset({"relation", "full_name", "may_be_contacted", "may_know_whereabouts"})

    relation: Relation | None = None
    full_name: Name | None = None
    birth_year: BirthYear | None = None
    phone: Phone | None = None
    email: Address | None = None
    preferred_channel: Channel | None = None
    may_be_contacted: Flag | None = None
    may_know_whereabouts: Flag | None = None
    valid_to: PastDate | None = Field(None, description="From this day on the person no longer cares for the child")


class GuardianOut(RegisteredOut):
    learner_id: UUID
    relation: Annotated[str, InList("guardian_relation")]
    full_name: str | None
    birth_year: int | None
    phone: str | None
    email: str | None
    preferred_channel: Annotated[str, InList("contact_channel")] | None
    has_contact_details: bool = Field(description="false: no contact details are known, which is a state of its own")
    unreachable_since: datetime | None = Field(description="Since when no message arrived at the number or address")
    may_be_contacted: bool
    may_know_whereabouts: bool
    valid_from: date
    valid_to: date | None
