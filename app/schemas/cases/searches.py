"""How a search was understood: by positions of words, so that nothing typed comes back."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.base import ListOut, Out
from app.schemas.cases.incidents import IncidentOut


class LabelOut(Out):
    list: str = Field(description="`state`, or the code list that the code is of")
    code: str
    label_vi: str
    label_en: str


class NamedUnitOut(Out):
    unit_id: UUID
    name_vi: str


class UnderstoodPartOut(Out):
    position: int = Field(description="Its first word, counted from 0")
    length: int = Field(description="How many words")
    means: Annotated[str, LabelledBy("search_meaning")] = Field(description="What the words name")
    labels: list[LabelOut]
    units: list[NamedUnitOut]


class UnderstoodOut(Out):
    """Parts combine with AND; the labels or units of one part, with OR."""

    parts: list[UnderstoodPartOut]
    not_understood: list[int] = Field(description="Positions of words without a meaning here; then nothing is found")
    too_vague: list[int] = Field(description="Positions of words that name too many units; then nothing is found")


class IncidentListOut(ListOut[IncidentOut]):
    understood: UnderstoodOut | None = Field(None, description="With `q`: how it was understood")
