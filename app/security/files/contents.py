"""Accepted files: the declared type must be on the list, and the content must match the declared type.

The signatures are ours: the list is short and closed, and a library for hundreds of types guesses where the check
needs a definite answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.core.problems import Text
from app.security.files.archives import UnsafeArchiveError, check_office
from app.security.files.problems import CONTENT_MISMATCH, FILE_REFUSED

HEAD_BYTES: Final = 64
TAIL_BYTES: Final = 1024
OFFICE: Final = "application/vnd.openxmlformats-officedocument"
VIDEO_BRANDS: Final = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
)
IMAGE_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\f\r")) + b"\x7f"


@dataclass(frozen=True, slots=True)
class Kind:
    """An accepted file type. A `whole` one is loaded into memory, because its check needs all bytes."""

    name: str
    media_type: str
    extension: str
    begins: Callable[[bytes], bool]
    whole: bool = True
    image: bool = False
    main_part: str = ""

    @property
    def is_watched(self) -> bool:
        """Whether it is played piece by piece, for as long as it lasts."""
        return self.media_type.startswith(("video/", "audio/"))


def _brand(head: bytes) -> bytes:
    return head[8:12] if head[4:8] == b"ftyp" else b""


def _heic(head: bytes) -> bool:
    brand = _brand(head)
    later = {head[at : at + 4] for at in range(16, min(len(head), int.from_bytes(head[:4], "big")), 4)}
    return brand in IMAGE_BRANDS or (brand == b"mif1" and bool(IMAGE_BRANDS & later))


def _mp3(head: bytes) -> bool:
    if head[:3] == b"ID3":
        return head[3:4] in {b"\x02", b"\x03", b"\x04"}
    # A layer III frame: eleven sync bits, no invalid bit rate, no reserved sampling rate.
    return (
        head[:1] == b"\xff" and head[1] & 0xE6 == 0xE2 and head[2] >> 4 != 0xF and head[2] >> 2 & 3 != 3  # noqa: PLR2004
        if len(head) > 3  # noqa: PLR2004
        else False
    )


def _text(head: bytes) -> bool:
    return not any(kind.begins(head) for kind in KINDS.values() if kind.name != "text") and b"\0" not in head


def _starts(mark: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(mark)


_ALL: Final = (
    Kind("jpeg", "image/jpeg", "jpg", _starts(b"\xff\xd8\xff"), image=True),
    Kind("png", "image/png", "png", _starts(b"\x89PNG\r\n\x1a\n"), image=True),
    Kind("webp", "image/webp", "webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", image=True),
    Kind("heic", "image/heic", "heic", _heic, image=True),
    Kind("pdf", "application/pdf", "pdf", _starts(b"%PDF-")),
    Kind("mp4", "video/mp4", "mp4", lambda head: _brand(head) in VIDEO_BRANDS, whole=False),
    Kind("mp3", "audio/mpeg", "mp3", _mp3, whole=False),
    # Phone recorders also write audio with video brands.
    Kind("m4a", "audio/mp4", "m4a", lambda head: _brand(head) in VIDEO_BRANDS | {b"M4A ", b"M4B "}, whole=False),
    Kind("ogg", "audio/ogg", "ogg", _starts(b"OggS\0"), whole=False),
    Kind("text", "text/plain", "txt", _text),
    Kind("docx", f"{OFFICE}.wordprocessingml.document", "docx", _starts(b"PK\x03\x04"), main_part="word/document.xml"),
    Kind("xlsx", f"{OFFICE}.spreadsheetml.sheet", "xlsx", _starts(b"PK\x03\x04"), main_part="xl/workbook.xml"),
)
KINDS: Final = {kind.name: kind for kind in _ALL}
BY_MEDIA_TYPE: Final = {kind.media_type: kind for kind in _ALL}
ALIASES: Final = {"image/jpg": "image/jpeg", "audio/x-m4a": "audio/mp4", "audio/mp3": "audio/mpeg"}


def declared_kind(content_type: str | None) -> Kind | None:
    """The kind of a Content-Type; None if it is not on the list."""
    media_type = (content_type or "").split(";")[0].strip().lower()
    return BY_MEDIA_TYPE.get(ALIASES.get(media_type, media_type))


def check_head(kind: Kind, head: bytes) -> None:
    """Raises `content_mismatch` (422) if the content does not begin like its declared kind.

    Raises `file_refused` (422) for an empty file: it is a failed upload, not evidence.
    """
    if not head:
        raise FILE_REFUSED(Text("Tệp trống", "The file is empty"))
    if not kind.begins(head):
        raise CONTENT_MISMATCH()


def check_whole(kind: Kind, content: bytes) -> None:
    """Raises `content_mismatch`, `file_refused`, `archive_unsafe` or `macros_refused` (422).

    Images are checked when they are decoded.
    """
    if kind.main_part:
        _check_archive(kind, content)
    elif kind.name == "text":
        _check_text(content)
    elif kind.name == "pdf" and b"%%EOF" not in content[-TAIL_BYTES:]:
        raise damaged()


def damaged() -> Exception:
    return FILE_REFUSED(Text("Tệp bị hỏng hoặc chưa đủ", "The file is damaged or not whole"))


def _check_archive(kind: Kind, content: bytes) -> None:
    try:
        check_office(content, kind.main_part)
    except UnsafeArchiveError as error:
        raise error.problem() from None


def _check_text(content: bytes) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise CONTENT_MISMATCH(Text("Văn bản phải là UTF-8", "Text must be UTF-8")) from None
    if len(content.translate(None, CONTROLS)) != len(content):
        raise CONTENT_MISMATCH()
