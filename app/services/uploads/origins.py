"""Whether a file seems to be another unit's, or of another school year: it waits for a person then."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from app.integrations.tables.rows import Cell, Row, is_blank_cell
from app.models.uploads.uploads import Upload
from app.repositories.units import UnitRepository
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.sources import YEARS, Layout

OTHER_UNIT, OTHER_YEAR = "other_unit", "other_school_year"
LENGTH_OF_CODE: Final = 32


async def above_head(work: UnitOfWork, upload: Upload, layout: Layout) -> dict[str, int]:
    """What stands against the file above its head. The words that it has there are not stored."""
    words, years = set(layout.pop("words")), layout["years"]
    is_other_year = bool(years) and upload.school_year is not None and upload.school_year not in years
    found = {
        OTHER_UNIT: len(await UnitRepository(work.session).codes_of_others(words, upload.unit_id)),
        OTHER_YEAR: int(is_other_year),
    }
    return {reason: number for reason, number in found.items() if number}


async def in_rows(work: UnitOfWork, upload: Upload, layout: Layout, rows: Sequence[Row]) -> Counter[str]:
    """How many rows name another unit's code, or another year, in a column of their own."""
    origin = layout["origin"]
    codes = Counter(_said(row, origin["unit"]) for row in rows) if "unit" in origin else Counter[str]()
    years = Counter(_said(row, origin["year"]) for row in rows) if "year" in origin else Counter[str]()
    others = await UnitRepository(work.session).codes_of_others(set(codes), upload.unit_id)
    found = Counter({OTHER_UNIT: sum(codes[code] for code in others)})
    found[OTHER_YEAR] = sum(number for said, number in years.items() if _is_other_year(said, upload.school_year))
    return +found


def _said(row: Row, at: int) -> str:
    cell: Cell = row.cells[at] if at < len(row.cells) else None
    if is_blank_cell(cell):
        return ""
    whole = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
    return str(whole).strip()[: LENGTH_OF_CODE + 1]


def _is_other_year(said: str, own: str | None) -> bool:
    """A year is written with both its calendar years, or with the first alone."""
    found = YEARS.findall(said) or ([(said, str(int(said) + 1))] if said.isascii() and said.isdigit() else [])
    return own is not None and any(f"{first}-{second}" != own for first, second in found)
