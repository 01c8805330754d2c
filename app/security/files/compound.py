"""Compound files (OLE2): older Word and Excel files, and objects in newer ones. None holds macros."""

import struct
from collections.abc import Iterator
from typing import Final

from olefile import MINIMAL_OLEFILE_SIZE, OleFileIO

from app.core.problems import Text
from app.security.files.contents import Found
from app.security.files.problems import ARCHIVE_UNSAFE, FILE_REFUSED, MACROS_REFUSED, UnsafeArchiveError

MACRO_PARTS: Final = frozenset({"macros", "vba", "_vba_project", "_vba_project_cur", "projectwm", "vbaproject"})
ENCRYPTED: Final = frozenset({"encryptedpackage", "encryptioninfo"})
PACKAGE: Final = "0003000C-0000-0000-C000-000000000046"
SHEETS: Final = ("Workbook", "Book")
# Records of a workbook (MS-XLS 2.4.28): kinds of sheets are at the sixth byte; 1 is Excel 4's macros, 6 is VBA.
SHEET_RECORD: Final = 0x85
END_RECORD: Final = 0x0A
SHEET_KIND_AT: Final = 5
MACRO_SHEETS: Final = frozenset({1, 6})
MAX_RECORDS: Final = 100_000
POWERPOINT: Final = Found("ppt", Text("tệp PowerPoint kiểu cũ (.ppt)", "an older PowerPoint file (.ppt)"))
MESSAGE: Final = Found("msg", Text("thư Outlook (.msg)", "an Outlook message (.msg)"))
COMPOUND: Final = Found("compound", Text("tệp ghép OLE", "an OLE compound file"))
Entries = list[list[str]]


def compound_kind(content: bytes) -> str | Found:
    """The name of the kind, or what was found otherwise. Raises UnsafeArchiveError for macros, packages and damage."""
    if len(content) < MINIMAL_OLEFILE_SIZE:
        raise UnsafeArchiveError("damaged", FILE_REFUSED)
    try:
        with OleFileIO(content) as file:
            entries: Entries = file.listdir(streams=True, storages=True)
            _check_parts(file, entries)
            return _named({entry[0] for entry in entries if len(entry) == 1})
    except (OSError, ValueError, LookupError, TypeError, struct.error, RecursionError, AttributeError) as error:
        raise UnsafeArchiveError("damaged", FILE_REFUSED) from error


def _check_parts(file: OleFileIO, entries: Entries) -> None:
    names = {part.casefold() for entry in entries for part in entry}
    if names & MACRO_PARTS or _has_macro_sheets(file):
        raise UnsafeArchiveError("macros", MACROS_REFUSED)
    if names & ENCRYPTED:
        raise UnsafeArchiveError("encrypted", ARCHIVE_UNSAFE)
    if any(file.getclsid(entry) == PACKAGE for entry in entries):
        raise UnsafeArchiveError("another file within", ARCHIVE_UNSAFE)


def _named(names: set[str]) -> str | Found:
    if "WordDocument" in names:
        return "doc"
    if names & set(SHEETS):
        return "xls"
    if "PowerPoint Document" in names:
        return POWERPOINT
    return MESSAGE if "__properties_version1.0" in names else COMPOUND


def _has_macro_sheets(file: OleFileIO) -> bool:
    return any(
        kind == SHEET_RECORD and body[SHEET_KIND_AT : SHEET_KIND_AT + 1] in map(_byte, MACRO_SHEETS)
        for name in SHEETS
        if file.exists(name)
        for kind, body in _records(file.openstream(name).read())
    )


def _byte(number: int) -> bytes:
    return bytes([number])


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a workbook's globals."""
    at = 0
    for _ in range(MAX_RECORDS):
        kind, size = (int.from_bytes(stream[at + place : at + place + 2], "little") for place in (0, 2))
        if at + 4 > len(stream) or kind == END_RECORD:
            return
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size
