"""Numbers and codes of learners."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.coded import InList
from app.core.vocabulary import IdentifierKind
from app.schemas.base import Code, In, PastDate, Patch, example
from app.schemas.learners.parts import PeriodOut, RegistryCode

Kind = Annotated[Code, InList("identifier_kind")]
# Law on Identification 2023 art. 12: twelve digits. Passport numbers are letters and digits (ICAO Doc 9303).
FORMS: Mapping[str, re.Pattern[str]] = {
    IdentifierKind.PERSONAL_NUMBER: re.compile(r"[0-9]{12}"),
    IdentifierKind.PASSPORT: re.compile(r"[A-Z0-9]{5,15}"),
}


class IdentifierIn(In):
    model_config = example(kind="moet", value="0000000001")

    kind: Kind
    value: RegistryCode = Field(description="Text: zeros in front are part of it")
    valid_from: PastDate | None = Field(None, description="Left out, the day of entry")

    @model_validator(mode="after")
    def _has_its_form(self) -> Self:
        form = FORMS.get(self.kind)
        if form is not None and not form.fullmatch(self.value):
            raise PydanticCustomError(
                "identifier_form",
                "identifier_form",
                {"vi": "Số này sai định dạng của loại giấy tờ", "en": "The number has not the form of its kind"},
            )
        return self


class IdentifierPatch(Patch):
    model_config = example(valid_to="2026-10-15")

    kept = frozenset({"valid_to"})

    valid_to: PastDate | None = Field(None, description="The first day on which it no longer holds")


class IdentifierOut(PeriodOut):
    id: UUID
    learner_id: UUID
    kind: Annotated[str, InList("identifier_kind")]
    value: str | None = Field(description="Null once the record is destroyed")
    created_at: datetime
    voided_at: datetime | None
