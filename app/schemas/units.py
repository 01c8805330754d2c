"""Units and their history."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.states import StateMachine, Step
from app.core.vocabulary import Relation, SuccessionKind
from app.schemas.base import UNIT_ID, Address, Code, Day, DecisionNumber, Flag, In, Name, OneLine, Out, Phone, example

DECIDED_EXAMPLE = {"effective_on": "2026-09-01", "decision_number": "12/QĐ-SGDĐT"}
UnitName = Annotated[OneLine, StringConstraints(max_length=300)]
UnitCode = Annotated[OneLine, StringConstraints(max_length=32)]


UNIT_FLOW = StateMachine(
    "unit",
    "open",
    {"open": ("Đang hoạt động", "Open"), "closed": ("Đã giải thể", "Closed")},
    (
        Step("describe", ("open",), "open", "Đổi tên, đổi mô tả", "Rename or describe anew"),
        Step("move", ("open",), "open", "Chuyển đơn vị trực thuộc", "Move under another unit"),
        Step("close", ("open",), "closed", "Giải thể", "Close"),
    ),
)


class Decided(In):
    """Every change of a unit has a day on which it takes effect and a decision that orders it."""

    effective_on: Day
    decision_number: DecisionNumber


class UnitDescription(Decided):
    model_config = example(name_vi="Trường mẫu đổi tên (ví dụ)", **DECIDED_EXAMPLE)

    name_vi: UnitName
    name_en: UnitName | None = None
    code: UnitCode | None = None
    levels: list[Annotated[Code, InList("school_level")]] = Field(default_factory=list, max_length=10)
    ownership: Annotated[Code, InList("ownership")] | None = None
    remote: Flag = False


class UnitContactIn(In):
    """How the unit is reached, and what its papers say. What is left out is cleared."""

    model_config = example(
        address="Số 1, đường Mẫu, xã Mẫu (ví dụ)", phones=["0275 3822 000"], email="van.thu@mau.example"
    )

    address: Annotated[OneLine, StringConstraints(max_length=300)] | None = None
    phones: list[Phone] = Field(
        default_factory=list,
        max_length=5,
        description="Of an office, service numbers too; stored one by one with the country code",
    )
    email: Address | None = Field(None, description="An office's address, not a person's")
    document_place: Annotated[OneLine, StringConstraints(max_length=100)] | None = Field(
        None,
        description="The place in the date line of its papers (Decree 30/2020/NĐ-CP); else the name of its commune",
        examples=["Mẫu Hòa"],
    )
    signer_title: Name | None = Field(
        None, description="Of the person who signs; else the title of its kind's head", examples=["KT. HIỆU TRƯỞNG"]
    )


class UnitCreateIn(UnitDescription):
    model_config = example(kind="school", parent_id=UNIT_ID, name_vi="Trường mẫu (ví dụ)", **DECIDED_EXAMPLE)

    kind: Annotated[Code, LabelledBy("unit_kind")] = Field(examples=["school"])
    parent_id: UUID
    professional_parent_id: UUID | None = None


class UnitMoveIn(Decided):
    model_config = example(parent_id=UNIT_ID, **DECIDED_EXAMPLE)

    parent_id: UUID
    relation: Relation = Relation.ADMINISTRATIVE


class UnitCloseIn(Decided):
    model_config = example(kind="merge", successor_ids=[UNIT_ID], **DECIDED_EXAMPLE)

    successor_ids: list[UUID] = Field(default_factory=list, max_length=50)
    kind: SuccessionKind = SuccessionKind.ABOLISH


class UnitOut(Out):
    id: UUID
    kind: Annotated[str, LabelledBy("unit_kind")]
    name_vi: str
    name_en: str | None
    code: str | None
    levels: list[Annotated[str, InList("school_level")]]
    ownership: Annotated[str, InList("ownership")] | None
    remote: bool
    parent_id: UUID | None
    parent_name_vi: str | None = None
    parent_name_en: str | None = None
    professional_parent_id: UUID | None
    professional_parent_name_vi: str | None = None
    professional_parent_name_en: str | None = None
    valid_from: date
    valid_to: date | None
    decision_number: str
    as_of: date
    closed_on: date | None
    address: str | None = Field(description="Address, telephones and e-mail are those of today, on whatever day")
    phones: list[str] = Field(examples=[["+842753822000"]])
    email: str | None
    document_place: str | None
    signer_title: str | None


class UnitVersionOut(Out):
    name_vi: str
    name_en: str | None
    code: str | None
    levels: list[Annotated[str, InList("school_level")]]
    ownership: Annotated[str, InList("ownership")] | None
    remote: bool
    valid_from: date
    valid_to: date | None
    decision_number: str


class UnitEdgeOut(Out):
    parent_id: UUID
    parent_name_vi: str | None = None
    parent_name_en: str | None = None
    relation: Relation
    valid_from: date
    valid_to: date | None
    decision_number: str


class UnitSuccessionOut(Out):
    from_id: UUID
    from_name_vi: str | None = None
    from_name_en: str | None = None
    to_id: UUID
    to_name_vi: str | None = None
    to_name_en: str | None = None
    kind: SuccessionKind
    effective_on: date
    decision_number: str


class UnitHistoryOut(Out):
    versions: list[UnitVersionOut]
    edges: list[UnitEdgeOut]
    successions: list[UnitSuccessionOut]


class UnitKindOut(Out):
    code: str
    label_vi: str
    label_en: str
    valid_from: date
    stands_below: list[str] = Field(description="The kinds right below whose units one may be founded or moved today")


class PublicUnitOut(Out):
    id: UUID
    kind: Annotated[str, LabelledBy("unit_kind")]
    name_vi: str
    name_en: str | None
    parent_name_vi: str | None = None
