"""Checks DOCX and XLSX as archives before any use: members, sizes, ratios, overlaps, nesting, entities."""

import io
import zipfile
from itertools import pairwise
from typing import Final
from zipfile import ZipFile, ZipInfo

MIB: Final = 1024 * 1024
MAX_MEMBERS: Final = 2000
MAX_DIRECTORY_BYTES: Final = MIB
MAX_EXPANDED_BYTES: Final = 64 * MIB
MAX_RATIO: Final = 100
RATIO_FROM_BYTES: Final = MIB
STEP_BYTES: Final = 64 * 1024
END_BYTES: Final = 22
LONGEST_COMMENT: Final = 65535
ENCRYPTED: Final = 0x1
CONTENT_TYPES: Final = "[Content_Types].xml"
MARKUP: Final = (".xml", ".rels", ".vml")
NESTED: Final = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x1f\x8b",
    b"\xfd7zX",
    b"BZh",
    b"\xd0\xcf\x11\xe0",
)
FORBIDDEN_MARKUP: Final = (b"<!doctype", b"<!entity")
MACROS: Final = (b"macroenabled", b"vbaproject")


class UnsafeArchiveError(Exception):
    """The archive is unsafe to open."""


def check_office(content: bytes, main_part: str) -> None:
    """Raises UnsafeArchiveError unless `content` is an office file with `main_part` that is safe to open.

    Inflates at most `MAX_EXPANDED_BYTES`, in small steps.
    """
    try:
        _check_directory(content)
        with ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(members, main_part)
            for member in members:
                _check_member(archive, member)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError, OverflowError) as error:
        raise UnsafeArchiveError("damaged") from error


def _check_directory(content: bytes) -> None:
    """Check the directory's size before the library reads it: an attacker chooses it."""
    if not content.startswith(b"PK\x03\x04"):
        raise UnsafeArchiveError("not an archive from its first byte")
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - END_BYTES - LONGEST_COMMENT))
    end = content[at : at + END_BYTES]
    if at < 0 or len(end) < END_BYTES:
        raise UnsafeArchiveError("no end record")
    members, size = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if members > MAX_MEMBERS or size > MAX_DIRECTORY_BYTES:
        raise UnsafeArchiveError("too many members")


def _check_members(members: list[ZipInfo], main_part: str) -> None:
    names = {member.filename for member in members}
    if len(names) != len(members) or len(members) > MAX_MEMBERS:
        raise UnsafeArchiveError("too many members")
    if not {CONTENT_TYPES, main_part} <= names:
        raise UnsafeArchiveError("not the office file that it says it is")
    if sum(member.file_size for member in members) > MAX_EXPANDED_BYTES:
        raise UnsafeArchiveError("too large when unpacked")
    ordered = sorted(members, key=lambda member: member.header_offset)
    for member, following in pairwise(ordered):
        if member.header_offset + member.compress_size > following.header_offset:
            raise UnsafeArchiveError("members overlap")


def _check_member(archive: ZipFile, member: ZipInfo) -> None:
    if member.flag_bits & ENCRYPTED or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnsafeArchiveError("encrypted, or packed in an unusual way")
    if member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * member.compress_size:
        raise UnsafeArchiveError("packed too tightly")
    is_markup = member.filename.lower().endswith(MARKUP)
    forbidden = FORBIDDEN_MARKUP + (MACROS if member.filename == CONTENT_TYPES else ())
    with archive.open(member) as file:
        carried = b""
        for position in range(0, member.file_size + 1, STEP_BYTES):
            step = file.read(STEP_BYTES)
            if position == 0 and step.startswith(NESTED):
                raise UnsafeArchiveError("an archive within")
            if is_markup:
                # UTF-16 without its zero bytes reads as ASCII.
                text = (carried + step).replace(b"\0", b"").lower()
                if any(mark in text for mark in forbidden):
                    raise UnsafeArchiveError("entities or macros")
                carried = step[-64:]
