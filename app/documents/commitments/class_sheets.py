"""The class sheet of a campaign: what is promised, the learners of the class, and boxes to sign in by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.documents.qr import HANDLED, qr_svg
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


def page_code(code: str, page: int) -> str:
    """What the QR code of a page says: which sheet, and which page of it. All of it fits the smallest letters."""
    return f"{code}/{page}"


def render_class_sheet(sheet: ClassSheet) -> bytes:
    """PDF/A-2b on A4. Call it outside the event loop. Raises RuntimeError, without quoting the sheet."""
    values: dict[str, Json] = {
        "code": sheet.code,
        "pages": [qr_svg(page_code(sheet.code, page), HANDLED) for page in range(1, _most_pages(sheet) + 1)],
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


def _most_pages(sheet: ClassSheet) -> int:
    """At least as many as the sheet has, which is known once it is typeset."""
    texts = [sheet.school, sheet.superior, sheet.title, sheet.preamble, *(name for name, _ in sheet.learners)]
    themes = [(label, text) for each in sheet.promises for label, texts in each.themes for text in texts]
    letters = sum(map(len, texts)) + sum(len(label) + len(text) for label, text in themes)
    return 2 + len(sheet.learners) // 10 + len(themes) // 20 + letters // 1000
