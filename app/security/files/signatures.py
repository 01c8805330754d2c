"""How contents begin: accepted kinds, and what is recognised only to be named in a refusal.

The signatures are ours: the list is short and closed, and a library for hundreds of types guesses where the check
needs a definite answer.
"""

from collections.abc import Callable
from typing import Final

from app.core.problems import Text
from app.security.files.boxes import holds_a_picture, media_kind
from app.security.files.contents import Found

Test = Callable[[bytes], bool]
# Where a PDF's header lies at the latest (ISO 32000-1, annex H, note 13).
PDF_HEADER_BYTES: Final = 1024
PACKET_BYTES: Final = (188, 192)
PACKETS: Final = 4
FRAME_HEAD_BYTES: Final = 4
DIB_BYTES: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
LAST_FRAME_SIZE_INDEX: Final = 12


def _starts(*marks: bytes) -> Test:
    return lambda head: head.startswith(marks)


def _riff(form: bytes) -> Test:
    return lambda head: head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] == form


def _ebml(kind: bytes) -> Test:
    return lambda head: head.startswith(b"\x1aE\xdf\xa3") and kind in head[:64]


def _boxes(kind: str) -> Test:
    return lambda head: media_kind(head) == kind


def _mp3(head: bytes) -> bool:
    """An ID3 tag or a frame of layer III: eleven sync bits, no invalid bit rate, no reserved sampling rate."""
    if head[:3] == b"ID3":
        return head[3:4] in {b"\x02", b"\x03", b"\x04"}
    if len(head) < FRAME_HEAD_BYTES or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # noqa: PLR2004
        return False
    return head[2] >> 4 != 0xF and head[2] >> 2 & 3 != 3  # noqa: PLR2004


def _aac(head: bytes) -> bool:
    """A frame of ADTS: twelve sync bits, layer 0, a known sampling rate."""
    if len(head) < FRAME_HEAD_BYTES or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:  # noqa: PLR2004
        return False
    return head[2] >> 2 & 0xF <= LAST_FRAME_SIZE_INDEX


def _packets(head: bytes) -> bool:
    """Packets of MPEG-TS, with or without the time stamps of camcorders."""
    return any(
        len(head) >= size * PACKETS and all(head[at] == ord("G") for at in range(size - 188, size * PACKETS, size))
        for size in PACKET_BYTES
    )


def _bitmap(head: bytes) -> bool:
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in DIB_BYTES


KINDS_BY_START: Final[tuple[tuple[str, Test], ...]] = (
    ("jpeg", _starts(b"\xff\xd8\xff")),
    ("png", _starts(b"\x89PNG\r\n\x1a\n")),
    ("webp", _riff(b"WEBP")),
    ("heic", _boxes("heic")),
    ("avif", _boxes("avif")),
    ("gif", _starts(b"GIF87a", b"GIF89a")),
    ("bmp", _bitmap),
    ("tiff", _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ("jxl", _starts(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
    ("mp4", _boxes("mp4")),
    ("mov", _boxes("mov")),
    ("3gp", _boxes("3gp")),
    ("m4a", _boxes("m4a")),
    ("webm", _ebml(b"webm")),
    ("mkv", _ebml(b"matroska")),
    ("avi", _riff(b"AVI ")),
    ("mpeg", _starts(b"\0\0\1\xba", b"\0\0\1\xb3")),
    ("mts", _packets),
    ("wmv", _starts(b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\0\xaa\0b\xcel")),
    ("mp3", _mp3),
    ("aac", _aac),
    ("amr", _starts(b"#!AMR")),
    ("ogg", _starts(b"OggS\0")),
    ("wav", _riff(b"WAVE")),
    ("flac", _starts(b"fLaC")),
    ("caf", _starts(b"caff\0\1")),
    ("archive", _starts(b"PK\x03\x04")),
    ("compound", _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
)
FOUND_BY_START: Final[tuple[tuple[Found, Test], ...]] = (
    (Found("program", Text("chương trình chạy được", "a program")), _starts(b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe")),
    (Found("rar", Text("tệp nén RAR", "a RAR archive")), _starts(b"Rar!\x1a\x07")),
    (Found("7z", Text("tệp nén 7z", "a 7z archive")), _starts(b"7z\xbc\xaf\x27\x1c")),
    (
        Found("compressed", Text("tệp nén (gzip, xz, bzip2)", "compressed data (gzip, xz, bzip2)")),
        _starts(b"\x1f\x8b", b"\xfd7zXZ", b"BZh"),
    ),
    (Found("tar", Text("tệp nén tar", "a tar archive")), lambda head: head[257:262] == b"ustar"),
    (Found("archive", Text("tệp nén ZIP", "a ZIP archive")), _starts(b"PK\x05\x06", b"PK\x07\x08")),
    (Found("psd", Text("ảnh Photoshop", "a Photoshop picture")), _starts(b"8BPS")),
    (Found("flash", Text("phim Flash", "a Flash film")), _starts(b"FLV\1", b"FWS", b"CWS")),
    (Found("database", Text("cơ sở dữ liệu", "a database")), _starts(b"SQLite format 3\0")),
    (
        Found("media", Text("phim hoặc ảnh dạng ISO không rõ loại", "an ISO media file of an unknown brand")),
        lambda head: head[4:8] == b"ftyp",
    ),
)
RTF: Final = Found("rtf", Text("văn bản RTF", "an RTF document"))
LEGACY: Final = Found("legacy_text", Text("văn bản không phải UTF-8", "text that is not UTF-8"))
UNKNOWN: Final = Found("unknown", Text("dữ liệu không rõ loại", "data of no known kind"))


def is_pdf(head: bytes) -> bool:
    """Whether a PDF's header lies near the beginning; where text comes before it, objects follow it too."""
    at = head.find(b"%PDF-", 0, PDF_HEADER_BYTES)
    if at < 0 or not head[at + 5 : at + 6].isdigit():
        return False
    return at == 0 or b" obj" in head[at:]


def begins_a_picture(kind: str, head: bytes) -> bool:
    """Whether a picture's own structure follows its signature, as far as the head goes."""
    test = _PICTURES.get(kind)
    return test is None or test(head)


def _segments(head: bytes) -> bool:
    """A JPEG's first segment: a marker with its length, whole."""
    at = 2
    while head[at : at + 2] == b"\xff\xff":
        at += 1
    length = int.from_bytes(head[at + 2 : at + 4], "big")
    return head[at + 1 : at + 2] >= b"\xc0" and at + 2 + length <= len(head)


_PICTURES: Final[dict[str, Test]] = {
    "jpeg": _segments,
    "png": lambda head: head[12:16] in {b"IHDR", b"CgBI"},
    "webp": lambda head: head[12:15] == b"VP8",
    "heic": holds_a_picture,
    "avif": holds_a_picture,
    "gif": lambda head: len(head) > 12,  # noqa: PLR2004 — its screen descriptor
}
