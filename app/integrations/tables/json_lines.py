"""JSON Lines: one object in each line, whose members are the columns by name; and the rows of a workbook as lines."""

import json
from datetime import date
from typing import Any, Final

from app.core.problems import Problem
from app.core.strict_json import loads
from app.core.text import is_blank
from app.integrations.tables import faults
from app.integrations.tables.decoding import Encoding, decoded
from app.integrations.tables.delimited import MOST_ROW_BYTES
from app.integrations.tables.faults import Fault, TableError
from app.integrations.tables.rows import Cell, Row, Window

UTF_8: Final = Encoding("utf-8")


class JsonLines:
    """The cells of each row stand in the order of `names`."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def window(self, data: bytes, first: int, *, is_last: bool) -> Window:
        """As `Dialect.window`."""
        part = decoded(UTF_8, data, is_last=is_last)
        end = len(part.text) if is_last and part.error is None else part.text.rfind("\n") + 1
        lines = part.text[:end].split("\n")
        rows = [self._row(number, line) for number, line in enumerate(lines[:-1] if not lines[-1] else lines, first)]
        if part.error is not None:
            raise TableError(part.error, row=first + len(rows))
        if not rows and not is_last and len(data) >= MOST_ROW_BYTES:
            raise TableError(faults.ROW_TOO_LONG, row=first, limit=MOST_ROW_BYTES)
        return Window(rows, len(part.text[:end].encode()))

    def _row(self, number: int, line: str) -> Row:
        if is_blank(line):
            return Row(number, ())
        try:
            found = loads(line.encode())
        except Problem:
            return Row(number, (), Fault(faults.NOT_AN_OBJECT))
        if not isinstance(found, dict) or not all(_is_cell(value) for value in found.values()):
            return Row(number, (), Fault(faults.NOT_AN_OBJECT))
        if not found.keys() <= set(self._names):
            return Row(number, (), Fault(faults.UNKNOWN_MEMBER))
        return Row(number, [found.get(name) for name in self._names])


def _is_cell(value: object) -> bool:
    return value is None or isinstance(value, Cell)


class SheetRows:
    """The rows of a workbook's sheet as the reader of workbooks writes them, each with its own number."""

    def window(self, data: bytes, first: int, *, is_last: bool) -> Window:
        """As `Dialect.window`."""
        end = len(data) if is_last else data.rfind(b"\n") + 1
        if not end and not is_last and len(data) >= MOST_ROW_BYTES:
            raise TableError(faults.ROW_TOO_LONG, row=first, limit=MOST_ROW_BYTES)
        return Window([_sheet_row(line) for line in data[:end].splitlines()], end)

    def length(self, data: bytes, rows: int) -> int:
        """How many bytes the first rows take."""
        return sum(len(line) for line in data.splitlines(keepends=True)[:rows])


def _sheet_row(line: bytes) -> Row:
    # A cell may hold what is no number: its name is text, and the fault of its row.
    number, cells = json.loads(line, parse_constant=str)
    return Row(number, [_sheet_cell(cell) for cell in cells])


def _sheet_cell(cell: Any) -> Cell:  # noqa: ANN401 — JSON
    if isinstance(cell, dict):
        return date.fromisoformat(cell["day"])
    return None if cell == "" else cell
