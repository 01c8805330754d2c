"""Checks DOCX and XLSX as archives before any use: members, sizes, ratios, overlaps, nesting, entities, macros."""

import io
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from typing import Final
from zipfile import ZipFile, ZipInfo

from app.core.problems import ProblemType
from app.security.files.members import declares_macros, is_inside, is_named_like_macros
from app.security.files.problems import ARCHIVE_UNSAFE, CONTENT_MISMATCH, FILE_REFUSED, MACROS_REFUSED

MIB: Final = 1024 * 1024
MAX_MEMBERS: Final = 2000
MAX_DIRECTORY_BYTES: Final = MIB
MAX_EXPANDED_BYTES: Final = 64 * MIB
MAX_RATIO: Final = 100
RATIO_FROM_BYTES: Final = MIB
STEP_BYTES: Final = 64 * 1024
END_BYTES: Final = 22
LONGEST_COMMENT: Final = 65535
# Encrypted, strongly encrypted, with masked headers (APPNOTE 4.4.4).
ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
CONTENT_TYPES: Final = "[Content_Types].xml"
RELATIONSHIPS: Final = ".rels"
MAX_DECLARATION_BYTES: Final = 4 * MIB
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


class UnsafeArchiveError(Exception):
    """The archive is unsafe to open; `problem` says so to the caller."""

    def __init__(self, reason: str, problem: ProblemType = ARCHIVE_UNSAFE) -> None:
        super().__init__(reason)
        self.problem = problem


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
        raise UnsafeArchiveError("damaged", FILE_REFUSED) from error


def _check_directory(content: bytes) -> None:
    """Check the directory's size before the library reads it: an attacker chooses it."""
    if not content.startswith(b"PK\x03\x04"):
        raise UnsafeArchiveError("not an archive from its first byte", CONTENT_MISMATCH)
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - END_BYTES - LONGEST_COMMENT))
    end = content[at : at + END_BYTES]
    if at < 0 or len(end) < END_BYTES:
        raise UnsafeArchiveError("no end record", FILE_REFUSED)
    members, size = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if members > MAX_MEMBERS or size > MAX_DIRECTORY_BYTES:
        raise UnsafeArchiveError("too many members")


def _check_members(members: list[ZipInfo], main_part: str) -> None:
    if len(members) > MAX_MEMBERS or len({member.filename.casefold() for member in members}) != len(members):
        raise UnsafeArchiveError("too many members, or two of one name")
    if not all(map(is_inside, members)):
        raise UnsafeArchiveError("a member outside")
    if not {CONTENT_TYPES, main_part} <= {member.filename for member in members}:
        raise UnsafeArchiveError("not the office file that it says it is", CONTENT_MISMATCH)
    if any(map(is_named_like_macros, members)):
        raise UnsafeArchiveError("macros", MACROS_REFUSED)
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
    name = member.filename.lower()
    if name == CONTENT_TYPES.lower() or name.endswith(RELATIONSHIPS):
        _check_declaration(archive, member)
    is_markup, carried = name.endswith(MARKUP), b""
    for step in _steps(archive, member):
        if is_markup:
            # UTF-16 without its zero bytes reads as ASCII.
            text = (carried + step).replace(b"\0", b"").lower()
            if any(mark in text for mark in FORBIDDEN_MARKUP):
                raise UnsafeArchiveError("entities")
            carried = step[-64:]


def _steps(archive: ZipFile, member: ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as file:
        for position in range(0, member.file_size + 1, STEP_BYTES):
            step = file.read(STEP_BYTES)
            if position == 0 and step.startswith(NESTED):
                raise UnsafeArchiveError("an archive within")
            yield step


def _check_declaration(archive: ZipFile, member: ZipInfo) -> None:
    if member.file_size > MAX_DECLARATION_BYTES:
        raise UnsafeArchiveError("too long a declaration")
    if declares_macros(b"".join(_steps(archive, member))):
        raise UnsafeArchiveError("macros", MACROS_REFUSED)
