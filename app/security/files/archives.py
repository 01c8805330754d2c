"""Checks office files as archives before any use: members, sizes, ratios, overlaps, nesting, entities, macros."""

import io
import struct
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import Final
from zipfile import ZipFile, ZipInfo

from app.security.files.compound import compound_kind
from app.security.files.contents import Found
from app.security.files.members import declares_macros, is_inside, is_named_like_macros
from app.security.files.office import ZIPPED, is_office, office_kind
from app.security.files.problems import ARCHIVE_UNSAFE, FILE_REFUSED, MACROS_REFUSED, UnsafeArchiveError

MIB: Final = 1024 * 1024
MAX_MEMBERS: Final = 2000
MAX_DIRECTORY_BYTES: Final = MIB
MAX_EXPANDED_BYTES: Final = 192 * MIB
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
ARCHIVED: Final = b"PK\x03\x04"
COMPOUND: Final = b"\xd0\xcf\x11\xe0"
PACKED: Final = b"\x1f\x8b"
NESTED: Final = (ARCHIVED, COMPOUND, PACKED, b"PK\x05\x06", b"7z\xbc\xaf", b"Rar!", b"\xfd7zX", b"BZh")
# The data of a chart and other embedded documents; pictures that Office packs.
EMBEDDED: Final = "/embeddings/"
PACKED_PICTURES: Final = (".emz", ".wmz")
MAX_DEPTH: Final = 1
MAX_EMBEDDED_BYTES: Final = 32 * MIB
FORBIDDEN_MARKUP: Final = (b"<!doctype", b"<!entity")


DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    EOFError,
    RuntimeError,
    ValueError,
    OverflowError,
)


class Room:
    """How many bytes may still be unpacked, embedded documents included."""

    def __init__(self, left: int = MAX_EXPANDED_BYTES, depth: int = 0) -> None:
        self.left = left
        self.depth = depth

    def deeper(self) -> "Room":
        """For an embedded document, which counts in its own room what its host has left."""
        return Room(self.left, self.depth + 1)

    def take(self, size: int) -> None:
        """Raises UnsafeArchiveError beyond it."""
        self.left -= size
        if self.left < 0:
            raise UnsafeArchiveError("too large when unpacked")


def archive_kind(content: bytes, room: Room | None = None) -> str | Found:
    """The name of the office file's kind, or what was found otherwise.

    Raises UnsafeArchiveError unless all members are safe. Unpacks at most `MAX_EXPANDED_BYTES`, in small steps.
    """
    room = room or Room()
    try:
        _check_directory(content)
        with ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if not is_office(archive):
                return ZIPPED
            _check_members(members)
            room.take(sum(member.file_size for member in members))
            for member in members:
                _check_member(archive, member, room)
            return office_kind(archive)
    except DAMAGE as error:
        raise UnsafeArchiveError("damaged", FILE_REFUSED) from error


def _check_directory(content: bytes) -> None:
    """Check the directory's size before the library reads it: an attacker chooses it."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - END_BYTES - LONGEST_COMMENT))
    end = content[at : at + END_BYTES]
    if at < 0 or len(end) < END_BYTES:
        raise UnsafeArchiveError("no end record", FILE_REFUSED)
    members, size = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if members > MAX_MEMBERS or size > MAX_DIRECTORY_BYTES:
        raise UnsafeArchiveError("too many members")


def _check_members(members: list[ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS or len({member.filename.casefold() for member in members}) != len(members):
        raise UnsafeArchiveError("too many members, or two of one name")
    if not all(map(is_inside, members)):
        raise UnsafeArchiveError("a member outside")
    if any(map(is_named_like_macros, members)):
        raise UnsafeArchiveError("macros", MACROS_REFUSED)
    ordered = sorted(members, key=lambda member: member.header_offset)
    for member, following in pairwise(ordered):
        if member.header_offset + member.compress_size > following.header_offset:
            raise UnsafeArchiveError("members overlap")


def _check_member(archive: ZipFile, member: ZipInfo, room: Room) -> None:
    if member.flag_bits & ENCRYPTED or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnsafeArchiveError("encrypted, or packed in an unusual way")
    if member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * member.compress_size:
        raise UnsafeArchiveError("packed too tightly")
    name = member.filename.lower()
    if name == CONTENT_TYPES.lower() or name.endswith(RELATIONSHIPS):
        _check_declaration(archive, member)
    steps = _steps(archive, member)
    first = next(steps, b"")
    if first.startswith(NESTED):
        if member.file_size > MAX_EMBEDDED_BYTES:
            raise UnsafeArchiveError("too large a document within")
        _check_nested(name, b"".join([first, *steps]), room)
    elif name.endswith(MARKUP):
        _check_markup(chain([first], steps))
    else:
        deque(steps, maxlen=0)


def _check_markup(steps: Iterable[bytes]) -> None:
    carried = b""
    for step in steps:
        # UTF-16 without its zero bytes reads as ASCII.
        text = (carried + step).replace(b"\0", b"").lower()
        if any(mark in text for mark in FORBIDDEN_MARKUP):
            raise UnsafeArchiveError("entities")
        carried = step[-64:]


def _check_nested(name: str, content: bytes, room: Room) -> None:
    """An embedded document is checked like its host; anything else packed is refused."""
    if content.startswith(PACKED) and name.endswith(PACKED_PICTURES):
        _check_packed(content, room)
    elif EMBEDDED not in f"/{name}" or room.depth >= MAX_DEPTH:
        raise UnsafeArchiveError("an archive within")
    elif content.startswith(COMPOUND):
        _check_object(content)
    elif not content.startswith(ARCHIVED) or not isinstance(archive_kind(content, room.deeper()), str):
        raise UnsafeArchiveError("an archive within")


def _check_object(content: bytes) -> None:
    """An equation or an older document: whole, and without macros."""
    try:
        compound_kind(content)
    except UnsafeArchiveError as error:
        raise UnsafeArchiveError(
            "an object", MACROS_REFUSED if error.problem is MACROS_REFUSED else ARCHIVE_UNSAFE
        ) from None


def _check_packed(content: bytes, room: Room) -> None:
    """A picture packed by gzip: no bomb."""
    unpacking = zlib.decompressobj(wbits=31)
    data, first = content, True
    while data:
        step = unpacking.decompress(data, STEP_BYTES)
        room.take(len(step))
        if first and step.startswith(NESTED):
            raise UnsafeArchiveError("an archive within")
        data, first = unpacking.unconsumed_tail, False


def _steps(archive: ZipFile, member: ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as file:
        for _ in range(0, member.file_size + 1, STEP_BYTES):
            yield file.read(STEP_BYTES)


def _check_declaration(archive: ZipFile, member: ZipInfo) -> None:
    if member.file_size > MAX_DECLARATION_BYTES:
        raise UnsafeArchiveError("too long a declaration")
    if declares_macros(b"".join(_steps(archive, member))):
        raise UnsafeArchiveError("macros", MACROS_REFUSED)
