"""The class sheet of a campaign: what is promised, the learners of the class, and boxes to sign in by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.documents.typesetting import Json, typeset

TEMPLATE: Final = Path(__file__).with_name("class_sheet.typ")


@dataclass(frozen=True, slots=True)
class Promise:
    """What one party promises: clauses under the label of their theme."""

    party: str
    themes: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class ClassSheet:
    """A sheet goes round the class: it says nothing of what anybody decided before. Texts are printed literally."""

    code: str
    school: str
    superior: str
    class_name: str
    school_year: str
    title: str
    preamble: str
    promises: Sequence[Promise]
    columns: Sequence[str]
    """The headings of the boxes, one for each party."""
    learners: Sequence[tuple[str, str]]
    """Name and code, in order."""
    day: date
    """Of the document's properties, so that the same sheet gives the same bytes."""


def render_class_sheet(sheet: ClassSheet) -> bytes:
    """PDF/A-2b on A4. Call it outside the event loop. Raises RuntimeError, without quoting the sheet."""
    values: dict[str, Json] = {
        "code": sheet.code,
        "school": sheet.school,
        "superior": sheet.superior,
        "class_name": sheet.class_name,
        "school_year": sheet.school_year,
        "title": sheet.title,
        "preamble": sheet.preamble,
        "promises": [
            {"party": each.party, "themes": [[label, list(texts)] for label, texts in each.themes]}
            for each in sheet.promises
        ],
        "columns": list(sheet.columns),
        "learners": [[name, code] for name, code in sheet.learners],
        "day": [sheet.day.year, sheet.day.month, sheet.day.day],
    }
    return typeset(TEMPLATE, "sheet", values, sheet.day)
