"""The paper of an agreement: what each side promises, and where its people sign by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.documents.commitments.class_sheets import Promise, page_code
from app.documents.qr import HANDLED, qr_svg
from app.documents.typesetting import Json, typeset

TEMPLATE: Final = Path(__file__).with_name("agreement.typ")


@dataclass(frozen=True, slots=True)
class AgreementPaper:
    """It says nothing of what was recorded before: of staff it goes round. Texts are printed literally."""

    code: str
    school: str
    superior: str
    school_year: str
    title: str
    preamble: str
    promises: Sequence[Promise]
    sides: Sequence[tuple[str, str]]
    """Who signs at the end, and as what: of staff the head alone, else the school and its partner."""
    staff: Sequence[tuple[str, str]] | None
    """Name and post of each, who signs in a box; None for an agreement with a partner."""
    day: date
    """Of the document's properties, so that the same paper gives the same bytes."""


def render_agreement(paper: AgreementPaper) -> bytes:
    """PDF/A-2b on A4. Call it outside the event loop. Raises RuntimeError, without quoting the paper."""
    values: dict[str, Json] = {
        "code": paper.code,
        "pages": [qr_svg(page_code(paper.code, page), HANDLED) for page in range(1, _most_pages(paper) + 1)],
        "school": paper.school,
        "superior": paper.superior,
        "school_year": paper.school_year,
        "title": paper.title,
        "preamble": paper.preamble,
        "promises": [
            {"party": each.party, "themes": [[label, list(texts)] for label, texts in each.themes]}
            for each in paper.promises
        ],
        "sides": [[name, signs_as] for name, signs_as in paper.sides],
        "staff": None if paper.staff is None else [[name, post] for name, post in paper.staff],
        "day": [paper.day.year, paper.day.month, paper.day.day],
    }
    return typeset(TEMPLATE, "paper", values, paper.day)


def _most_pages(paper: AgreementPaper) -> int:
    """At least as many as the paper has, which is known once it is typeset."""
    staff = paper.staff or ()
    themes = [(label, text) for each in paper.promises for label, texts in each.themes for text in texts]
    letters = len(paper.preamble) + sum(len(label) + len(text) for label, text in themes)
    return 2 + len(staff) // 10 + len(themes) // 20 + (letters + sum(len(name) for name, _ in staff)) // 1000
