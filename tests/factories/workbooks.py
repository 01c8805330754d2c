"""Workbooks as clerks and programs make them, and some as nobody should. All invented."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.files.compounds import compound


def workbook(rows: Sequence[Sequence[Any]], *, first_row: int = 0, hidden_first: bool = False) -> bytes:
    """An .xlsx with one sheet, whose dates are date cells."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    if hidden_first:
        book.add_worksheet("An").hide()
    sheet = book.add_worksheet("Sheet1")
    sheet.activate()
    sheet.set_first_sheet()
    for number, row in enumerate(rows, first_row):
        for at, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, at, cell, day)
            elif cell is not None:
                sheet.write(number, at, cell)
    book.close()
    return out.getvalue()


def rewritten(content: bytes, change: Callable[[str], str], name: str = "xl/worksheets/sheet1.xml") -> bytes:
    """The workbook with one member changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            text = old.read(member)
            new.writestr(member, change(text.decode()) if member == name else text)
    return out.getvalue()


def with_cell(content: bytes, place: str) -> bytes:
    """With one more cell at the end of its last row."""
    cell = f'<c r="{place}"><v>1</v></c></row></sheetData>'
    return rewritten(content, lambda text: text.replace("</row></sheetData>", cell))


def with_dimension(content: bytes, said: str) -> bytes:
    """With a dimension that lies."""
    return rewritten(content, lambda text: re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="{said}"', text))


def old_workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    """An .xls (MS-XLS) with one sheet of texts and numbers."""
    cells = b"".join(_cell(at, place, cell) for at, row in enumerate(rows) for place, cell in enumerate(row))
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + cells + _record(0x0A)
    begin = _record(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0, 0, 0, 0))
    size = len(begin) + len(_bound(0)) + len(_record(0x0A))
    return compound(Workbook=begin + _bound(size) + _record(0x0A) + sheet)


def _bound(position: int) -> bytes:
    name = "Sheet1"
    return _record(0x85, struct.pack("<IBBBB", position, 0, 0, len(name), 0) + name.encode())


def _cell(row: int, column: int, cell: object) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(cell, int | float):
        return _record(0x203, place + struct.pack("<d", cell))
    text = str(cell)
    return _record(0x204, place + struct.pack("<HB", len(text), 1) + text.encode("utf-16-le"))


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def sheets_of(content: bytes) -> dict[str, list[list[Any]]]:
    """The cells of each sheet, as another program reads them."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def members_of(content: bytes) -> dict[str, str]:
    """The parts of a workbook as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}
