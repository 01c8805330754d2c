"""Reference data: hotlines, competences and code lists."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.base import Out


class HotlineOut(Out):
    id: UUID
    code: str
    number: str
    name_vi: str
    name_en: str
    operator_vi: str | None = Field(description="Null where it is not known, as for 18008077")
    purposes: list[str]
    channels: list[str]
    free: bool | None
    round_the_clock: bool | None
    valid_from: date
    valid_to: date | None
    source: str


class CompetenceOut(Out):
    code: str
    label_vi: str
    label_en: str
    authority: str
    authority_vi: str
    authority_en: str
    amount: int | None = Field(description="The time that the law gives it, in `time_unit`; null where it names none")
    time_unit: Annotated[str, LabelledBy("time_unit")] | None
    is_confirmed: bool = Field(description="false: read in a secondary account, to be confirmed")
    valid_from: date
    valid_to: date | None
    source: str


class CodeOut(Out):
    list: str
    code: str
    label_vi: str
    label_en: str
    valid_from: date
    valid_to: date | None
    source: str


class CodeLabelOut(Out):
    code: str
    label_vi: str
    label_en: str


class LabelSetOut(Out):
    set: str = Field(description="The name that `x-labels` and `x-code-list` of this document refer to")
    labels: list[CodeLabelOut]
