"""Learners, as the unit that has them reads and writes them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.coded import InList
from app.core.scoping import Tier
from app.schemas.base import Code, In, Integer, Name, Out, PastDate, Patch, SchoolYearCode, Sought, TieredOut, example
from app.schemas.learners.identifiers import IdentifierIn
from app.schemas.learners.parts import EnrolmentStatusCode, RegisteredOut, Sex, SexOut

Ethnicity = Annotated[Code, InList("ethnicity")]
Disability = Annotated[Code, InList("disability_kind")]
Nationality = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
MOST_FOUND = 200


class LearnerIn(In):
    model_config = example(
        full_name="Nguyễn Thị Ví Dụ",
        birth_date="2015-02-03",
        sex="female",
        identifiers=[{"kind": "moet", "value": "0000000001"}],
    )

    full_name: Name
    birth_date: PastDate | None = None
    sex: Sex
    ethnicity: Ethnicity | None = None
    nationality: Nationality | None = Field(None, description="ISO 3166-1, such as VN")
    disability: Disability | None = None
    identifiers: list[IdentifierIn] = Field(default_factory=list, max_length=4)


class LearnerPatch(Patch):
    model_config = example(full_name="Nguyễn Thị Ví Dụ Mới")

    kept = frozenset({"full_name", "sex"})

    full_name: Name | None = None
    birth_date: PastDate | None = None
    sex: Sex | None = None
    ethnicity: Ethnicity | None = None
    nationality: Nationality | None = None
    disability: Disability | None = None


class LearnerRowOut(Out):
    """A learner in a list, in the order of Vietnamese names."""

    id: UUID
    code: str
    full_name: str | None
    birth_date: date | None
    sex: SexOut
    version: int


class LearnerListOut(Out):
    items: list[LearnerRowOut]
    left: list[UUID] = Field(
        description="With `updated_since`: ids of what changed since and is not, or no longer, among what is asked for"
    )
    next_cursor: str | None = Field(None, description="Pass as `cursor` for the next page; null on the last")


class LearnerOut(RegisteredOut, TieredOut):
    """A learner. A homeroom teacher sees the name, and no ethnicity, nationality or disability."""

    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    code: str = Field(description="By which people name the record")
    full_name: str | None = Field(description="Null once the record is destroyed")
    birth_date: date | None
    sex: SexOut
    ethnicity: Annotated[Annotated[str, InList("ethnicity")] | None, Tier.IDENTITIES]
    nationality: Annotated[str | None, Tier.IDENTITIES]
    disability: Annotated[Annotated[str, InList("disability_kind")] | None, Tier.IDENTITIES]


class LearnerSearchIn(In):
    """A search by name. It lies in the body: names do not belong into addresses and their logs."""

    model_config = example(name="nguyen thi vi du")

    name: Sought = Field(min_length=2, description="Any part of it, with or without diacritics")
    class_id: UUID | None = None
    school_year: SchoolYearCode | None = None
    status: list[EnrolmentStatusCode] = Field(default_factory=list, max_length=12)
    limit: Integer = Field(50, ge=1, le=MOST_FOUND)


class LearnerSearchOut(Out):
    items: list[LearnerRowOut]
    more: bool = Field(description="Whether there are more than were asked for: name more of it")
