"""Templates of commitments over the wire: one document each."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from app.core.coded import InList
from app.schemas.base import Code, In, Line, Name, Out, example
from app.schemas.commitments.flow import SatisfiedBy, TemplateParty

TemplateCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Theme = Annotated[Code, InList("commitment_theme")]
Level = Annotated[Code, InList("school_level")]
Post = Annotated[Code, InList("staff_post")]
EXAMPLE: dict[str, JsonValue] = {
    "title_vi": "Bản cam kết đầu năm học (ví dụ)",
    "levels": ["lower_secondary"],
    "parties": ["pupil", "guardian"],
    "clauses": [
        {"theme": "violence", "party": "pupil", "text_vi": "Em không đánh, không dọa nạt bạn."},
        {"theme": "traffic", "party": "guardian", "text_vi": "Gia đình không giao xe máy cho con."},
    ],
}


class Clause(In):
    theme: Theme
    party: TemplateParty = Field(description="Who promises it")
    text_vi: Line
    text_en: Line | None = None


class Document(In):
    """What is signed: clauses by theme and party, for the levels that they suit."""

    title_vi: Name
    title_en: Name | None = None
    levels: list[Level] = Field(min_length=1, max_length=8)
    parties: list[TemplateParty] = Field(
        min_length=1,
        max_length=2,
        description="Who is asked: of a class pupils and guardians, in a nursery parents alone; the teachers with the"
        " principal; the school or its principal with a partner",
    )
    staff_posts: list[Post] = Field(
        default_factory=list,
        max_length=20,
        description="Of an agreement of staff, whom it asks; left out, all but the principal",
    )
    satisfied_by: SatisfiedBy = Field("any", description="Whether one guardian signs for a learner, or each of them")
    preamble_vi: Line | None = Field(None, description="What is said before the clauses")
    clauses: list[Clause] = Field(min_length=1, max_length=60)


class CommitmentTemplateIn(In):
    model_config = example(code="beginning_of_year", document=EXAMPLE)

    code: TemplateCode = Field(description="Of the form; each new version of it gets the next number")
    document: Document
    asks_anew: list[TemplateParty] | None = Field(
        None,
        max_length=2,
        description="Who signed an earlier version and signs this one as well: left out, everybody; none of them "
        "where the change is editorial",
    )


class CommitmentTemplateOut(Out):
    id: UUID
    code: str
    number: int
    title_vi: str
    title_en: str | None
    levels: list[Annotated[str, InList("school_level")]]
    parties: list[TemplateParty]
    asks_anew: list[TemplateParty] | None = Field(
        description="Who signs it who signed an earlier version; null: everybody"
    )
    unit_id: UUID | None = Field(description="Whose it is; null for what comes with the product")
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    published_at: datetime | None = Field(description="Null for a draft, which no campaign takes")
    created_at: datetime
    digest: str = Field(description="SHA-256 of the canonical JSON of the document without defaults")
    version: int


class CommitmentTemplateDetailOut(CommitmentTemplateOut):
    document: Document
