"""Workbooks of uploads: a template to fill in, and the rows with errors to mend. Both come back as files of rows."""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final, TypeAlias

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from app.core.text import plain_cell
from app.documents.spreadsheets import open_workbook

Cell: TypeAlias = str | int | float | bool | date | None

DATA, LISTS = "Dữ liệu", "Danh mục"
FONT: Final = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
# Rows that have a drop-down.
LAST_ROW: Final = 100_000
WIDTH, WIDE = 18, 46
# What a spreadsheet keeps of a text, and of a number.
LONGEST_TEXT: Final = 32_767
LARGEST_EXACT: Final = 10**15
# The first day that every spreadsheet counts alike.
FIRST_DAY: Final = date(1900, 3, 1)
TOO_LONG: Final = "Ô quá dài cho một sổ tính; xem errors.csv (too long for a workbook; see errors.csv)"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the table: its head, what may stand in it, and whether a cell is text as it is typed."""

    head: str
    note: str = ""
    example: str = ""
    choices: Sequence[str] = ()
    is_required: bool = False
    is_text: bool = True


@dataclass(frozen=True, slots=True)
class Mended:
    """A refused row: what is said of it, its cells, and what is wrong with a cell by its place."""

    said: Sequence[str] = field(repr=False)
    cells: Sequence[Cell] = field(repr=False)
    marks: Mapping[int, str]


def render_template(fields: Sequence[Field], day: date) -> bytes:
    """Heads, notes and an example, with the closed lists as drop-downs. Call it outside the event loop."""
    book = _Book(day)
    sheet = book.table(fields, before=0)
    marked = [("# " if at == 0 else "") + each.note for at, each in enumerate(fields)]
    example = [("# " if at == 0 else "") + each.example for at, each in enumerate(fields)]
    for at, (note, said) in enumerate(zip(marked, example, strict=True)):
        sheet.write_string(1, at, plain_cell(note), book.note)
        sheet.write_string(2, at, plain_cell(said), book.example)
    return book.content()


def render_errors(heads: Sequence[str], fields: Sequence[Field], rows: Sequence[Mended], day: date) -> bytes:
    """The refused rows with `heads` of what is said of them first. Call it outside the event loop."""
    book = _Book(day)
    sheet = book.table(fields, before=len(heads))
    for at, head in enumerate(heads):
        sheet.write_string(0, at, head, book.error_head)
        sheet.set_column(at, at, WIDE if at == 0 else WIDTH)
    for number, row in enumerate(rows, 1):
        for at, said in enumerate(row.said):
            sheet.write_string(number, at, plain_cell(said), book.said)
        for at, cell in enumerate(row.cells):
            book.write(sheet, (number, at + len(heads)), cell, row.marks.get(at))
    return book.content()


class _Book:
    """A workbook with the forms of its cells."""

    def __init__(self, day: date) -> None:
        self._out = io.BytesIO()
        self._book = open_workbook(self._out)
        self._book.set_properties({"created": datetime.combine(day, time(), UTC).replace(tzinfo=None)})
        self.head = self._format(bold=True, text_wrap=True, border=1, bg_color="#E8EEF7")
        self.needed = self._format(bold=True, text_wrap=True, border=1, bg_color="#FCE9C8")
        self.error_head = self._format(bold=True, text_wrap=True, border=1, bg_color="#F8D7DA")
        self.note = self._format(italic=True, text_wrap=True, font_color="#666666")
        self.example = self._format(font_color="#666666", num_format="@")
        self.said = self._format(text_wrap=True, font_color="#9C0006")
        self._text = self._format(num_format="@")
        self._plain, self._marked = self._forms(), self._forms(bg_color="#FFC7CE", font_color="#9C0006")

    def _format(self, **members: str | int | bool) -> Format:
        return self._book.add_format({**FONT, **members})

    def _forms(self, **members: str) -> tuple[Format, Format, Format]:
        """Of a text, a number and a day."""
        day = self._format(num_format="dd/mm/yyyy", **members)
        return self._format(num_format="@", **members), self._format(**members), day

    def table(self, fields: Sequence[Field], before: int) -> Worksheet:
        """The sheet of the rows with its heads, after `before` other columns, and the sheet of the lists."""
        sheet, lists = self._book.add_worksheet(DATA), self._book.add_worksheet(LISTS)
        sheet.freeze_panes(1, before)
        for at, each in enumerate(fields):
            place = at + before
            form = self.needed if each.is_required else self.head
            sheet.write_string(0, place, f"{each.head} *" if each.is_required else each.head, form)
            sheet.set_column(place, place, WIDTH, self._text if each.is_text else None)
        listed = [(place, each) for place, each in enumerate(fields, before) if each.choices]
        for at, (place, each) in enumerate(listed):
            self._list(sheet, lists, at, place, each)
        return sheet

    def _list(self, sheet: Worksheet, lists: Worksheet, at: int, place: int, each: Field) -> None:
        """The drop-down of the column at `place`, from the column `at` of the lists."""
        lists.set_column(at, at, WIDTH)
        lists.write_string(0, at, each.head, self.head)
        for row, choice in enumerate(each.choices, 1):
            lists.write_string(row, at, plain_cell(choice))
        letters = xl_col_to_name(at)
        rule = {
            "validate": "list",
            "source": f"='{LISTS}'!${letters}$2:${letters}${len(each.choices) + 1}",
            # A code instead of its label is right too.
            "error_type": "warning",
            "error_title": "Danh mục",
            "error_message": "Giá trị không có trong danh mục (not in the list)",
        }
        sheet.data_validation(1, place, LAST_ROW, place, rule)

    def write(self, sheet: Worksheet, place: tuple[int, int], cell: Cell, mark: str | None) -> None:
        """A cell as it was, in red and with a comment where something is wrong with it."""
        text, number, day = self._marked if mark else self._plain
        if isinstance(cell, str) and len(cell) >= LONGEST_TEXT:
            cell, mark = None, f"{mark or ''} {TOO_LONG}".strip()
        if cell is None:
            sheet.write_blank(*place, None, text)
        elif isinstance(cell, bool):
            sheet.write_boolean(*place, cell, text)
        elif isinstance(cell, date) and cell >= FIRST_DAY:
            sheet.write_datetime(*place, datetime.combine(cell, time()), day)
        elif isinstance(cell, int | float) and math.isfinite(cell) and abs(cell) < LARGEST_EXACT:
            sheet.write_number(*place, cell, number)
        else:
            sheet.write_string(*place, plain_cell(str(cell)), text)
        if mark:
            sheet.write_comment(*place, mark, {"author": "", "x_scale": 2})

    def content(self) -> bytes:
        self._book.close()
        return self._out.getvalue()
