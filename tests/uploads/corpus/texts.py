"""Texts that are no tables, tables with flaws, and tables that look odd and are right."""

import codecs
import json
import unicodedata
from collections.abc import Callable

from app.integrations.tables.legacy import TCVN3_CODES, TCVN3_LETTERS

Made = Callable[[], bytes]
HEAD = "Mã định danh,Họ và tên,Ngày sinh,Giới tính"
AN = "0000000011,Lê Thị Ân (mẫu),01/02/2015,Nữ"
BINH = "0000000012,Trần Văn Bình (mẫu),03/04/2015,Nam"
MIB = 1024 * 1024
TO_TCVN3 = str.maketrans(TCVN3_LETTERS, TCVN3_CODES)
# "Họ và tên" and two names, typed with a VNI font.
VNI = "Maõ ñònh danh,Hoï vaø teân,Ngaøy sinh,Giôùi tính\n0000000011,Leâ Thò AÂn,01/02/2015,Nöõ\n"


def text(*lines: str, end: str = "\n") -> str:
    return "".join(line + end for line in lines)


GOOD = text(HEAD, AN, BINH)


def rows(*lines: str) -> Made:
    return lambda: text(HEAD, *lines).encode()


def cells(**changed: str) -> Made:
    """One row with some cells changed, quoted."""
    known = {"code": "0000000011", "name": "Lê Thị Ân (mẫu)", "day": "01/02/2015", "sex": "Nữ"} | changed
    return rows(",".join('"' + cell.replace('"', '""') + '"' for cell in known.values()))


def tcvn3(said: str) -> bytes:
    return said.translate(TO_TCVN3).encode("latin-1", "replace")


ENCODINGS: dict[str, Made] = {
    "UTF-8 with a mark": lambda: codecs.BOM_UTF8 + GOOD.encode(),
    "UTF-8 with two marks": lambda: codecs.BOM_UTF8 * 2 + GOOD.encode(),
    "a mark alone": lambda: codecs.BOM_UTF8,
    "UTF-16 little end first": lambda: codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"),
    "UTF-16 big end first": lambda: codecs.BOM_UTF16_BE + GOOD.encode("utf-16-be"),
    "UTF-16 without a mark": lambda: GOOD.encode("utf-16-le"),
    "UTF-16 with an odd byte at its end": lambda: codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le") + b"a",
    "UTF-16 with half a pair": lambda: codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le") + b"\x3d\xd8",
    "UTF-32": lambda: codecs.BOM_UTF32_LE + GOOD.encode("utf-32-le"),
    "a mark of UTF-16 before UTF-8": lambda: codecs.BOM_UTF16_LE + GOOD.encode(),
    "UTF-7": lambda: GOOD.encode("utf-7"),
    "Windows-1258": lambda: b"Ma,Ho t\xean,Ng\xe0y sinh\n1,L\xea,01/02/2015\n",
    "Latin-1": lambda: "Mã,Tên,Ngày\n1,Ân,2\n".encode("latin-1"),
    "Shift-JIS": lambda: "氏名,生年月日\n山田,2015\n".encode("shift-jis"),
    "GB18030": lambda: "姓名,出生日期\n王,2015\n".encode("gb18030"),
    "TCVN3": lambda: tcvn3(GOOD),
    "TCVN3 below a right head": lambda: text(HEAD).encode() + tcvn3(AN) + b"\n",
    "TCVN3 pasted as Unicode": rows("0000000011,NguyÔn V¨n B×nh,01/02/2015,Nam"),
    "a head in TCVN3 pasted as Unicode": lambda: tcvn3(GOOD).decode("latin-1").encode(),
    "VNI": lambda: VNI.encode("latin-1"),
    "VNI pasted as Unicode": rows("0000000011,Nguyeãn Vaên Bình,01/02/2015,Nam"),
    "a head in VNI pasted as Unicode": VNI.encode,
    "letters apart from their marks": lambda: unicodedata.normalize("NFD", GOOD).encode(),
    "an encoding that changes in the last row": lambda: GOOD.encode() + tcvn3(AN),
    "a broken letter at the end": lambda: GOOD.encode() + "ậ".encode()[:2],
    "bytes that are never UTF-8": lambda: GOOD.encode() + b"\xfe\xff",
    "overlong UTF-8": lambda: GOOD.encode() + b"\xc0\xaf\n",
    "surrogates in UTF-8": lambda: GOOD.encode() + b"\xed\xa0\x80\n",
    "UTF-8 read as Latin-1 and written again": lambda: GOOD.encode().decode("latin-1").encode(),
}
CONTROLS: dict[str, Made] = {
    "nothing": lambda: b"",
    "one space": lambda: b" ",
    "line breaks alone": lambda: b"\n" * 10_000,
    "commas alone": lambda: b"," * 300 + b"\n",
    "NUL in a row": lambda: GOOD.encode().replace(b"L\xc3\xaa", b"L\0", 1),
    "NUL alone": lambda: b"\0" * 4096,
    "NUL after a megabyte": lambda: GOOD.encode() + b"x" * MIB + b"\0",
    "bells and escapes in a name": cells(name="Lê \x1b[31mThị\x07 Ân"),
    "a name of invisible characters": cells(name="\u200b\u200e\u3164"),
    "a name with directions turned round": cells(name="Lê \u202eThị Ân\u202c"),
    "a name with thousands of marks on one letter": cells(name="a" + "\u0301" * 3000),
    "a name of one ligature that unfolds": cells(name="\ufdfa" * 200),
    "private letters": cells(name="Lê \ue000\uf8ff"),
    "an end of file in the middle": cells(name="Lê\x1aThị"),
    "a line separator in a name": cells(name="Lê\u2028Thị Ân"),
    "a form feed in a name": cells(name="Lê\x0cThị Ân"),
    "old Mac line breaks": lambda: text(HEAD, AN, BINH, end="\r").encode(),
    "Windows line breaks": lambda: text(HEAD, AN, BINH, end="\r\n").encode(),
    "mixed line breaks": f"{HEAD}\r\n{AN}\r{BINH}\n".encode,
    "no line break at the end": lambda: GOOD.rstrip().encode(),
    "a last row cut in a cell": lambda: GOOD.encode()[:-9],
}
QUOTES: dict[str, Made] = {
    "a quote that never closes": rows(AN, '"' + BINH),
    "a quote that never closes over megabytes": lambda: text(HEAD, '"' + "x" * 2 * MIB).encode(),
    "a quote within a cell": rows('0000000011,Lê "Thị" Ân,01/02/2015,Nữ'),
    "text after a closing quote": rows('"0000000011"x,Lê Thị Ân,01/02/2015,Nữ'),
    "a line break within quotes": cells(name="Lê Thị\nÂn (mẫu)"),
    "a head with line breaks": f'"Mã\nđịnh danh","Họ\nvà tên","Ngày\nsinh","Giới\ntính"\n{AN}\n'.encode,
    "quotes of Word": rows("“0000000011”,Lê Thị Ân,01/02/2015,Nữ"),
    "ten thousand quotes": lambda: text(HEAD, '"' * 10_000).encode(),
    "ten thousand and one quotes": lambda: text(HEAD, '"' * 10_001).encode(),
    "apostrophes before numbers": cells(code="'0000000011"),
    "a cell of ten megabytes": cells(name="x" * 10 * MIB),
    "a cell of a hundred kilobytes": cells(name="x" * 100_000),
    "a row of ten megabytes of commas": lambda: text(HEAD, "," * 10 * MIB).encode(),
    "semicolons": lambda: GOOD.replace(",", ";").encode(),
    "tabs": lambda: GOOD.replace(",", "\t").encode(),
    "bars": lambda: GOOD.replace(",", "|").encode(),
    "a line that names the delimiter": ("sep=;\n" + GOOD.replace(",", ";")).encode,
    "delimiters that change": lambda: text(HEAD, AN.replace(",", ";"), BINH).encode(),
}
HEADS: dict[str, Made] = {
    "a head alone": lambda: text(HEAD).encode(),
    "no head": lambda: text(AN, BINH).encode(),
    "a head in row 40": ("\n" * 39 + GOOD).encode,
    "a head in row 41": ("\n" * 40 + GOOD).encode,
    "a head that lacks a column": lambda: text("Mã định danh,Họ và tên", "1,Ân").encode(),
    "a head that names a column twice": lambda: text(HEAD + ",Họ tên", AN + ",Ân").encode(),
    "a head twice": lambda: text(HEAD, HEAD, AN).encode(),
    "heads without diacritics": lambda: text("ma dinh danh,ho va ten,ngay sinh,gioi tinh", AN).encode(),
    "heads in English": lambda: text("MOET code,Full name,Date of birth,Sex", AN).encode(),
    "a head of two rows": lambda: text("Mã định danh,Học sinh,,Giới tính", ",Họ và tên,Ngày sinh,", AN).encode(),
    "269 columns": lambda: text(HEAD + ",x" * 265, AN + ",y" * 265).encode(),
    "401 columns": lambda: text(HEAD + ",x" * 397, AN).encode(),
    "a hundred thousand columns": lambda: text(HEAD + ",x" * 100_000, AN).encode(),
    "cells beyond the head": rows(AN + ",,,thừa"),
    "fewer cells than the head": rows("0000000011,Lê Thị Ân"),
    "a row that numbers the columns": lambda: text(HEAD, "(1),(2),(3),(4)", AN).encode(),
    "a row of explanations": lambda: text(HEAD, "bắt buộc,bắt buộc,dd/mm/yyyy,nam/nữ", AN).encode(),
    "blank rows everywhere": lambda: text(HEAD, "", AN, " , ,\u00a0,", "", BINH, "").encode(),
    "a total at the end": rows(AN, "Tổng cộng: 1,,,"),
    "a signature at the end": rows(AN, ",,,HIỆU TRƯỞNG"),
    "another unit above the head": ("Trường khác (mẫu),,,\n" + GOOD).encode,
    "another year above the head": ("Năm học 2019 - 2020,,,\n" + GOOD).encode,
}
CELLS: dict[str, Made] = {
    "a formula": cells(name='=HYPERLINK("http://example.invalid","x")'),
    "a formula behind a space": cells(name=" =1+1"),
    "a formula in full width": cells(name="＝1+1"),
    "a command by DDE": cells(name="=cmd|' /C calc'!A0"),
    "an at sign": cells(name="@SUM(1)"),
    "a plus sign": cells(name="+84"),
    "a formula for a code": cells(code="=1"),
    "a code in scientific notation": cells(code="1,23E+11"),
    "a code of a thousand digits": cells(code="1" * 1000),
    "a code in Arabic digits": cells(code="٠١٢٣٤٥٦٧٨٩"),
    "a code of minus one": cells(code="-1"),
    "SQL for a name": cells(name="'; DROP TABLE learner; --"),
    "markup for a name": cells(name="<script>alert(1)</script>"),
    "a template for a name": cells(name="{{7*7}}${7*7}{limit}{other}"),
    "a path for a name": cells(name="../../../../etc/passwd"),
    "a name of 201 letters": cells(name="a" * 201),
    "a name of 4001 letters": cells(name="a" * 4001),
    "no name": cells(name=""),
    "a day that there is not": cells(day="31/02/2015"),
    "a day of two digits": cells(day="01/02/15"),
    "a day of the month first": cells(day="12/31/2015"),
    "a day in the future": cells(day="01/01/2099"),
    "a day before all": cells(day="01/01/1899"),
    "year zero": cells(day="0000-00-00"),
    "a serial for a day": cells(day="42036"),
    "a serial beyond all": cells(day="99999999999"),
    "a day in words": cells(day="ngày 1 tháng 2 năm 2015"),
    "a day with a time": cells(day="2015-02-01T00:00:00"),
    "an unknown sex": cells(sex="không rõ lắm"),
    "a sex in capitals": cells(sex="NỮ"),
    "a sex as a code": cells(sex="02"),
    "placeholders for empty cells": cells(name="36", day="-", sex="N/A"),
    "one learner twice": rows(AN, AN),
    "fifty thousand rows": (HEAD + "\n" + (AN + "\n") * 50_000).encode,
    "fifty thousand blank rows": (HEAD + "\n" + ",,,\n" * 50_000 + AN + "\n").encode,
}
FILES: dict[str, Made] = {
    "a web page": lambda: b"<html><table><tr><td>1</td></tr></table></html>",
    "XML": lambda: b"<?xml version='1.0'?><Workbook/>",
    "a web page behind spaces": lambda: b" \r\n\t<!DOCTYPE html><html></html>",
    "RTF": lambda: b"{\\rtf1 x}",
    "a PDF": lambda: b"%PDF-1.7\n1 0 obj\n",
    "a program": lambda: b"MZ\x90\0" + bytes(100),
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(64),
    "gzip": lambda: b"\x1f\x8b\x08" + bytes(64),
    "7z": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(64),
    "RAR": lambda: b"Rar!\x1a\x07\x01\0" + bytes(64),
    "a database": lambda: b"SQLite format 3\0" + bytes(84),
    "a message": lambda: b"From: a@example.invalid\nTo: b@example.invalid\n\nx\n",
    "JSON": lambda: json.dumps([{"full_name": "Ân"}]).encode(),
    "SYLK": lambda: b'ID;PWXL;N;E\nC;Y1;X1;K"x"\nE\n',
    "half an archive": lambda: b"PK\x03\x04zip",
    "an end of an archive alone": lambda: b"PK\x05\x06" + bytes(18),
    "half a compound": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
}
TEXTS: dict[str, Made] = {
    f"{area}: {name}": made
    for area, of_area in {
        "encoding": ENCODINGS,
        "control": CONTROLS,
        "quote": QUOTES,
        "head": HEADS,
        "cell": CELLS,
        "file": FILES,
    }.items()
    for name, made in of_area.items()
}
