"""The paper of a commitment after a violation: what is promised, and where each party signs by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.documents.typesetting import Json, typeset

TEMPLATE: Final = Path(__file__).with_name("violation.typ")
SIGNERS: Final = {"pupil": "Học sinh", "guardian": "Cha mẹ, người giám hộ", "school": "Đại diện nhà trường"}


@dataclass(frozen=True, slots=True)
class ViolationPaper:
    """Texts are printed literally."""

    school: str
    code: str
    """The incident's, which names nobody."""
    pupil: str
    text: str
    parties: Sequence[str]
    day: date


def render_violation_paper(paper: ViolationPaper) -> bytes:
    """PDF/A-2b on A4. Call it outside the event loop. Raises RuntimeError, without quoting the paper."""
    values: dict[str, Json] = {
        "school": paper.school,
        "code": paper.code,
        "pupil": paper.pupil,
        "paragraphs": [line for line in paper.text.splitlines() if line.strip()],
        "signers": [label for party, label in SIGNERS.items() if party in paper.parties],
        "day": [paper.day.year, paper.day.month, paper.day.day],
    }
    return typeset(TEMPLATE, "paper", values, paper.day)
