"""A row of a table as it was read, before anything is made of its cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.core.text import is_blank
from app.integrations.tables.faults import Fault

# What a cell holds: text from CSV; a spreadsheet and JSON also have numbers, truth values and days.
Cell = str | int | float | bool | date | None
MOST_COLUMNS: Final = 400
MOST_CELL_LENGTH: Final = 4000


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is the row's number as a spreadsheet shows it, from 1, blank rows included."""

    number: int
    cells: Sequence[Cell]
    fault: Fault | None = None

    @property
    def is_blank(self) -> bool:
        return self.fault is None and all(map(is_blank_cell, self.cells))


@dataclass(frozen=True, slots=True)
class Window:
    """The complete rows of a part of a file, and how many bytes they take."""

    rows: list[Row]
    consumed: int


def is_blank_cell(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or is_blank(cell)))
