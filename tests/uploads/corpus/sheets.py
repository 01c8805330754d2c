"""Workbooks as programs write them, and as nobody should: bombs, lies, locks, half files. All invented."""

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import xlsxwriter

from tests.factories.workbooks import old_workbook, rewritten, with_cell, with_dimension, workbook
from tests.files.archives import ARCHIVES
from tests.files.bombs import BOMBS
from tests.files.compounds import compound, sheet_record
from tests.files.samples import office

Made = Callable[[], bytes]
HEAD = ["Mã định danh", "Họ và tên", "Ngày sinh", "Giới tính"]
AN: list[Any] = ["0000000011", "Lê Thị Ân (mẫu)", date(2015, 2, 1), "Nữ"]
BINH: list[Any] = ["0000000012", "Trần Văn Bình (mẫu)", date(2015, 4, 3), "Nam"]
GOOD = workbook([HEAD, AN, BINH])
SHEET = "xl/worksheets/sheet1.xml"
EMPTY = ["1", None, None, None]
SHARED, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
MIB = 1024 * 1024


def changed(old: str, new: str, name: str = SHEET) -> Made:
    """The good workbook with each of a word replaced."""

    def made() -> bytes:
        content = rewritten(GOOD, lambda text: text.replace(old, new), name)
        assert content != GOOD
        return content

    return made


def more_rows(xml: Callable[[], str]) -> Made:
    return lambda: rewritten(GOOD, lambda text: text.replace("</sheetData>", f"{xml()}</sheetData>"))


def behind(xml: Callable[[], str]) -> Made:
    return lambda: rewritten(GOOD, lambda text: text.replace("</sheetData>", f"</sheetData>{xml()}"))


def book(fill: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]) -> Made:
    def made() -> bytes:
        out = io.BytesIO()
        made = xlsxwriter.Workbook(out, {"in_memory": True})
        sheet = made.add_worksheet("Sheet1")
        for number, row in enumerate([HEAD, AN, BINH]):
            for at, cell in enumerate(row):
                sheet.write(number, at, cell.strftime("%d/%m/%Y") if isinstance(cell, date) else cell)
        fill(made, sheet)
        made.close()
        return out.getvalue()

    return made


def without(*names: str) -> Made:
    def made() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                if name not in names:
                    new.writestr(name, old.read(name))
        return out.getvalue()

    return made


def numbered(count: int, cell: str, first: int = 10) -> str:
    return "".join(f'<row r="{at}">{cell.format(at=at)}</row>' for at in range(first, first + count))


def unfolding(cells: int) -> bytes:
    """One text of 30,000 characters, named by many cells."""
    cell = '<c r="A{at}" t="s"><v>0</v></c>'
    long = rewritten(GOOD, lambda text: text.replace("Mã định danh", "x" * 30_000, 1), SHARED)
    return rewritten(long, lambda text: text.replace("</sheetData>", numbered(cells, cell) + "</sheetData>"))


def merged(_: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    for at in range(5_000):
        sheet.merge_range(2 * at + 10, 0, 2 * at + 11, 1, "")


def styled(made: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    form = made.add_format({"bg_color": "#FFFF00"})
    for row in range(10, 4_000):
        for at in range(50):
            sheet.write_blank(row, at, None, form)


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def old(*records: bytes) -> Made:
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    return lambda: compound(Workbook=begin + b"".join(records) + record(0x0A))


CELLS = '<c r="A{at}"><v>1</v></c>'
ODD: dict[str, Made] = {
    "a good one": lambda: GOOD,
    "a head in row 30": lambda: workbook([HEAD, AN], first_row=29),
    "a head in row 60": lambda: workbook([HEAD, AN], first_row=59),
    "a hidden sheet first": lambda: workbook([HEAD, AN], hidden_first=True),
    "a small dimension": lambda: with_dimension(GOOD, "A1:A1"),
    "a great dimension": lambda: with_dimension(GOOD, "A1:XFD1048576"),
    "a dimension that is none": lambda: with_dimension(GOOD, "nonsense"),
    "a dimension upside down": lambda: with_dimension(GOOD, "D3:A1"),
    "numbers for codes": lambda: workbook([HEAD, [11, *AN[1:]]]),
    "numbers for names": lambda: workbook([HEAD, [AN[0], 12.5, *AN[2:]]]),
    "a day as a number": lambda: workbook([HEAD, [*AN[:2], 42036, AN[3]]]),
    "a day as a fraction": lambda: workbook([HEAD, [*AN[:2], 42036.75, AN[3]]]),
    "a truth value for a name": lambda: workbook([HEAD, [AN[0], True, *AN[2:]]]),
    "a number without end": changed("<v>42036</v>", "<v>1e999</v>"),
    "a number that is none": changed("<v>42036</v>", "<v>NaN</v>"),
    "a number that is a word": changed("<v>42036</v>", "<v>x</v>"),
    "an error for a day": changed('<c r="C2" s="1"><v>42036</v>', '<c r="C2" t="e"><v>#REF!</v>'),
    "a formula with its value": book(
        lambda _, sheet: sheet.write_formula("B2", "=1+1", None, "Lê Thị Ân (mẫu)") and None
    ),
    "a formula without a value": book(lambda _, sheet: sheet.write_formula("B2", "=1+1", None, "") and None),
    "a formula that reaches outside": book(
        lambda _, sheet: sheet.write_formula("B2", "='[x.xlsx]Sheet1'!A1", None, "Ân") and None
    ),
    "a link": book(lambda _, sheet: sheet.write_url("B2", "http://example.invalid", string="Lê Thị Ân (mẫu)") and None),
    "comments": book(lambda _, sheet: sheet.write_comment("B2", "x" * 2000) and None),
    "a protected sheet": book(lambda _, sheet: sheet.protect("x")),
    "a filter and drop-downs": book(lambda _, sheet: sheet.autofilter("A1:D3")),
    "hidden rows": book(lambda _, sheet: sheet.set_row(1, None, None, {"hidden": True}) and None),
    "hidden columns": book(lambda _, sheet: sheet.set_column(1, 1, None, None, {"hidden": True}) and None),
    "a merged head": book(lambda made, sheet: sheet.merge_range("A1:B1", "Mã định danh", made.add_format()) and None),
    "thousands of merged cells": book(merged),
    "styled empty cells": book(styled),
    "269 columns": lambda: workbook([[*HEAD, *["x"] * 265], [*AN, *["y"] * 265]]),
    "400 columns": lambda: workbook([[*HEAD, *["x"] * 396], AN]),
    "401 columns": lambda: workbook([[*HEAD, *["x"] * 397], AN]),
    "a row that numbers the columns": lambda: workbook([HEAD, [1, 2, 3, 4], AN]),
    "no rows": lambda: workbook([HEAD]),
    "an empty sheet": lambda: workbook([]),
    "no head": lambda: workbook([AN, BINH]),
    "the longest text": lambda: workbook([HEAD, [AN[0], "x" * 32_767, *AN[2:]]]),
    "control characters": lambda: workbook([HEAD, [AN[0], "Lê\x01\x1f Thị Ân", *AN[2:]]]),
    "a carriage return in the head": lambda: workbook([["Mã\r\nđịnh danh", *HEAD[1:]], AN]),
    "TCVN3": lambda: workbook([HEAD, [AN[0], "NguyÔn V¨n B×nh", *AN[2:]]]),
    "the dates of 1904": changed("<workbookPr ", '<workbookPr date1904="1" ', "xl/workbook.xml"),
    "a template of Excel": changed("sheet.main+xml", "template.main+xml", "[Content_Types].xml"),
}
HOSTILE: dict[str, Made] = {
    "a cell in the last column": lambda: with_cell(GOOD, "XFD3"),
    "a cell in the first column too far": lambda: with_cell(GOOD, "OK3"),
    "a cell in a column that there is not": lambda: with_cell(GOOD, "ZZZ3"),
    "a cell in a column of four letters": lambda: with_cell(GOOD, "AAAA3"),
    "a cell without a column": lambda: with_cell(GOOD, "3"),
    "a cell without a place": changed('<c r="A2"', "<c "),
    "a row beyond the last": more_rows(lambda: '<row r="1048577"><c r="A1048577"><v>1</v></c></row>'),
    "a row of a billion": more_rows(lambda: '<row r="4294967296"><c r="A4294967296"><v>1</v></c></row>'),
    "a cell in the last row and far to the right": more_rows(
        lambda: '<row r="1048576"><c r="OI1048576"><v>1</v></c></row>'
    ),
    "a cell in the last row": more_rows(lambda: '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
    "rows in the wrong order": more_rows(lambda: '<row r="1"><c r="A1"><v>1</v></c></row>'),
    "one row twice": more_rows(lambda: '<row r="3"><c r="A3"><v>9</v></c></row>'),
    "a text that unfolds in every cell": lambda: unfolding(20_000),
    "a text that unfolds to sixty megabytes": lambda: unfolding(2_000),
    "a text that is not in the list": changed('<c r="B2" t="s"><v>5</v>', '<c r="B2" t="s"><v>999999</v>'),
    "a text before the first": changed('<c r="B2" t="s"><v>5</v>', '<c r="B2" t="s"><v>-1</v>'),
    "a style that there is not": changed('<c r="C2" s="1"', '<c r="C2" s="99999"'),
    "a type that there is not": changed('<c r="B2" t="s"', '<c r="B2" t="zz"'),
    "hundreds of thousands of empty rows": more_rows(lambda: numbered(300_000, "")),
    "a hundred thousand merges": behind(
        lambda: '<mergeCells count="1">' + '<mergeCell ref="A1:B2"/>' * 100_000 + "</mergeCells>"
    ),
    "a merge of everything": behind(lambda: '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
    "XML a thousand deep": behind(lambda: "<a>" * 1000 + "</a>" * 1000),
    "XML a hundred thousand deep": behind(lambda: "<a>" * 100_000 + "</a>" * 100_000),
    "a tag of a megabyte": behind(lambda: f"<a b='{'x' * MIB}'/>"),
    "XML that never ends": behind(lambda: "<!-- "),
    "a sheet that ends early": lambda: rewritten(GOOD, lambda text: text[: len(text) // 2]),
    "an empty sheet part": lambda: rewritten(GOOD, lambda _: ""),
    "a sheet of noise": lambda: rewritten(GOOD, lambda _: "\ufffd" * 1000),
    "texts of noise": lambda: rewritten(GOOD, lambda _: "x", SHARED),
    "styles of noise": lambda: rewritten(GOOD, lambda _: "<", STYLES),
    "no sheet part": without(SHEET),
    "no list of texts": without(SHARED),
    "no styles": without(STYLES),
    "no list of sheets": without("xl/workbook.xml"),
    "no relationships": without("xl/_rels/workbook.xml.rels"),
    "no content types": without("[Content_Types].xml"),
    "entities in the sheet": lambda: rewritten(GOOD, lambda text: '<!DOCTYPE x [<!ENTITY a "a">]>' + text),
    "entities in the texts": lambda: rewritten(GOOD, lambda text: '<!DOCTYPE x [<!ENTITY a "a">]>' + text, SHARED),
    "a name of a sheet that reaches outside": changed(
        "worksheets/sheet1.xml", "../../../etc/passwd", "xl/_rels/workbook.xml.rels"
    ),
    "sheets without end": changed(
        "</sheets>", '<sheet name="x" sheetId="9" r:id="rId1"/>' * 5_000 + "</sheets>", "xl/workbook.xml"
    ),
    "no visible sheet": changed('<sheet name="Sheet1"', '<sheet state="veryHidden" name="Sheet1"', "xl/workbook.xml"),
    "a chart alone": changed('/worksheet"', '/chartsheet"', "xl/_rels/workbook.xml.rels"),
    "a dimension of a million and one": lambda: with_dimension(GOOD, "A1:A99999999999999999999"),
    "half a workbook": lambda: GOOD[: len(GOOD) // 2],
    "a workbook without its first bytes": lambda: GOOD[10:],
    "a workbook with bytes behind": lambda: GOOD + b"x" * 1000,
    "a workbook in a workbook": lambda: office("xl/workbook.xml", **{"xl/embeddings/a.xlsx": GOOD}),
    "zeros in the middle": lambda: GOOD[:2000] + bytes(500) + GOOD[2500:],
}
OLD: dict[str, Made] = {
    "a good one": lambda: old_workbook([HEAD, [*AN[:2], "01/02/2015", AN[3]]]),
    "a day as a number": lambda: old_workbook([HEAD, [*AN[:2], 42036, AN[3]]]),
    "a cell in column 256": lambda: old_workbook([HEAD + [""] * 251 + ["x"], [*AN[:2], "01/02/2015", AN[3]]]),
    "under a password": old(record(0x2F, b"\1\0" + bytes(52))),
    "under an older password": old(record(0x2F, bytes(6))),
    "an encrypted package": lambda: compound(EncryptedPackage=b"x", EncryptionInfo=b"x"),
    "macros": lambda: compound(**{"Workbook": sheet_record(0), "_VBA_PROJECT_CUR/VBA/dir": b"x"}),
    "macros of Excel 4": lambda: compound(Workbook=sheet_record(1)),
    "a letter": lambda: compound(WordDocument=b"\xec\xa5\xc1\0"),
    "a message": lambda: compound(__properties_version1=b"x"),
    "no streams": compound,
    "cut short": lambda: old_workbook([HEAD, [*AN[:2], "01/02/2015", AN[3]]])[:1500],
    "a record longer than the file": old(struct.pack("<HH", 0x204, 0xFFFF)),
    "a stream of noise": lambda: compound(Workbook=bytes(range(256)) * 20),
    "a cell in the last row": lambda: old_workbook([HEAD, *[[""]] * 3, AN[:2]]),
    "a sheet that begins nowhere": old(record(0x85, struct.pack("<IBBBB", 2**31, 0, 0, 1, 0) + b"x")),
    "a table of texts that lies": old(record(0xFC, struct.pack("<II", 2**31 - 1, 2**31 - 1))),
    "a sector that names itself": lambda: compound(Workbook=sheet_record(0)).replace(
        struct.pack("<I", 0xFFFFFFFE), struct.pack("<I", 1), 1
    ),
}
SHEETS: dict[str, Made] = {
    **{f"odd: {name}": made for name, made in ODD.items()},
    **{f"hostile: {name}": made for name, made in HOSTILE.items()},
    **{f"old: {name}": made for name, made in OLD.items()},
    **{f"bomb: {name}": made for name, made in BOMBS.items()},
    **{f"archive: {name}": made for name, (made, _) in ARCHIVES.items()},
}
