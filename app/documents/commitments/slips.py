"""Slips for guardians, several on a page and cut apart: the code in groups and as a QR code, and no name of a child.

The name is on a strip of its own above each, for whoever hands the slips out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.documents.qr import qr_svg
from app.documents.typesetting import Json, typeset

TEMPLATE: Final = Path(__file__).with_name("slips.typ")


@dataclass(frozen=True, slots=True)
class Slip:
    learner: str
    learner_code: str
    guardian: str
    """The relation, with the name where it is known."""
    code: str


@dataclass(frozen=True, slots=True)
class SlipSheet:
    """Texts are printed literally."""

    school: str
    class_name: str
    campaign: str
    school_year: str
    title: str
    themes: str
    page: str
    expires_on: date
    slips: Sequence[Slip]
    day: date


def slip_address(page: str, code: str) -> str:
    """What the QR code says: a fragment is sent to no server, and so is in no log."""
    return f"{page}#{code}"


def render_slips(sheet: SlipSheet) -> bytes:
    """PDF/A-2b on A4. Call it outside the event loop. Raises RuntimeError, without quoting the slips."""
    values: dict[str, Json] = {
        "school": sheet.school,
        "class_name": sheet.class_name,
        "campaign": sheet.campaign,
        "school_year": sheet.school_year,
        "title": sheet.title,
        "themes": sheet.themes,
        "page": sheet.page,
        "expires": f"{sheet.expires_on:%d/%m/%Y}",
        "slips": [
            {
                "learner": each.learner,
                "learner_code": each.learner_code,
                "guardian": each.guardian,
                "code": each.code,
                "qr": qr_svg(slip_address(sheet.page, each.code)),
            }
            for each in sheet.slips
        ],
        "day": [sheet.day.year, sheet.day.month, sheet.day.day],
    }
    return typeset(TEMPLATE, "slips", values, sheet.day)
