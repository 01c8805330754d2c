"""Templates over the wire: a new version as one document, its publication, and what is shown of both."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from app.schemas.base import UNIT_ID, Day, In, Out, example
from app.schemas.reports.definitions import Definition

TemplateCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
EXAMPLE: dict[str, JsonValue] = {
    "title_vi": "Báo cáo kết quả tự kiểm tra an toàn trường học",
    "title_en": "Report on self-checks of school safety",
    "sections": [
        {
            "code": "results",
            "label_vi": "Kết quả",
            "label_en": "Results",
            "items": [
                {
                    "kind": "indicator",
                    "code": "KT01",
                    "label_vi": "Số lần tự kiểm tra",
                    "label_en": "Self-checks",
                    "unit_vi": "lần",
                    "unit_en": "times",
                    "measure": "count",
                    "roll_up": "sum",
                    "breakdowns": [["school_level"]],
                },
                {"kind": "narrative", "code": "KT02", "label_vi": "Nhận xét", "label_en": "Remarks"},
            ],
        }
    ],
    "rules": [
        {
            "code": "some_check",
            "strength": "explain",
            "left": {"items": ["KT01"]},
            "comparison": "gt",
            "right": {"constant": 0},
            "text_vi": "Chưa tự kiểm tra lần nào: hãy giải trình",
            "text_en": "No self-check at all is to be explained",
        }
    ],
}


class TemplateDraftIn(In):
    model_config = example(definition=EXAMPLE)

    definition: Definition


class TemplateIn(TemplateDraftIn):
    model_config = example(code="self_checks", definition=EXAMPLE)

    code: TemplateCode = Field(description="Of the form; each new version of it gets the next number")


class TemplateFile(In):
    """A template of a release."""

    code: TemplateCode
    valid_from: Day
    definition: Definition


class PublicationIn(In):
    model_config = example(valid_from="2027-06-01")

    valid_from: Day = Field(description="The first day on which reports are made by it; the version before ends then")


class TemplateOut(Out):
    id: UUID
    code: str
    number: int
    label_vi: str
    label_en: str
    unit_id: UUID | None = Field(description="Whose it is; null for what comes with the product", examples=[UNIT_ID])
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    valid_from: date | None = Field(description="Null for a draft")
    valid_to: date | None
    published_at: datetime | None = Field(description="Null for a draft; frozen from then on")
    created_at: datetime
    digest: str = Field(description="SHA-256 of the canonical JSON of the definition without defaults")
    version: int


class TemplateDetailOut(TemplateOut):
    definition: Definition
