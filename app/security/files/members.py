"""Members of an archive by name and kind: each unpacks inside, as a plain file or folder, and none holds macros."""

import html
import stat
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote
from zipfile import ZipInfo

PLAIN: Final = frozenset({0, stat.S_IFREG, stat.S_IFDIR})
# APPNOTE 4.6.9: a second name, which some programs prefer.
UNICODE_PATH: Final = 0x7075
UNICODE_PATH_HEAD_BYTES: Final = 5
EXTRA_HEAD_BYTES: Final = 4
# Its type says so of every binary workbook; the project itself has a type of its own.
BINARY_WORKBOOK: Final = "sheet.binary.macroenabled"
SPACE: Final = " "
# The folders of an OpenDocument, whose lists of libraries are there without any macro.
OPEN_MACROS: Final = ("basic/", "scripts/")
OPEN_LISTS: Final = ("-lc.xml", "-lb.xml")
# VBA projects and their data, and the macro sheets of Excel 4.
MACROS: Final = ("macroenabled", "vbaproject", "vbadata", "macrosheet")


def is_inside(member: ZipInfo) -> bool:
    """Whether the member is a file or folder below the folder that the archive is unpacked to, on any system."""
    names = (member.orig_filename, *_second_names(member.extra))
    return stat.S_IFMT(member.external_attr >> 16) in PLAIN and all(map(_is_relative, names))


def is_named_like_macros(member: ZipInfo) -> bool:
    name = member.filename.casefold()
    if name.startswith(OPEN_MACROS) and not name.endswith(("/", *OPEN_LISTS)):
        return True
    return _mentions_macros(name)


def declares_macros(declaration: bytes) -> bool:
    """Whether the list of content types, or a list of relationships, mentions macros; character references resolved."""
    # UTF-16 without its zero bytes reads as ASCII.
    return _mentions_macros(html.unescape(declaration.replace(b"\0", b"").decode("ascii", "ignore")))


def _mentions_macros(text: str) -> bool:
    folded = text.casefold().replace(BINARY_WORKBOOK, "")
    return any(mark in folded for mark in MACROS)


def _is_relative(name: str) -> bool:
    """No root, drive, stream or step upwards; Windows drops dots and spaces at the end of a part."""
    decoded = unquote(name)
    if any(character in ":\\" or character < SPACE for character in decoded):
        return False
    return all(part.rstrip(". ") for part in decoded.removesuffix("/").split("/"))


def _second_names(extra: bytes) -> Iterator[str]:
    at = 0
    while at + EXTRA_HEAD_BYTES <= len(extra):
        kind, size = (int.from_bytes(extra[at + place : at + place + 2], "little") for place in (0, 2))
        at += EXTRA_HEAD_BYTES
        if kind == UNICODE_PATH:
            yield extra[at + UNICODE_PATH_HEAD_BYTES : at + size].decode("utf-8", "replace")
        at += size
