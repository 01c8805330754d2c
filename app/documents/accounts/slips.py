"""Slips by which accounts are activated: one for each, to cut."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from app.documents.typesetting import Json, typeset

TEMPLATE: Final = Path(__file__).with_name("slips.typ")


@dataclass(frozen=True, slots=True)
class ActivationSlip:
    """Texts are printed literally."""

    name: str
    unit: str
    role: str
    username: str
    code: str = field(repr=False)
    expires_on: date


def render_activation_slips(slips: Sequence[ActivationSlip], day: date) -> bytes:
    """PDF/A-2b on A4. Call it outside the event loop. Raises RuntimeError, without quoting a slip."""
    values: dict[str, Json] = {
        "day": [day.year, day.month, day.day],
        "slips": [
            {
                "name": each.name,
                "unit": each.unit,
                "role": each.role,
                "username": each.username,
                "code": each.code,
                "expires": f"{each.expires_on:%d/%m/%Y}",
            }
            for each in slips
        ],
    }
    return typeset(TEMPLATE, "sheet", values, day)
