"""ISO base media files (ISO/IEC 14496-12): pictures, films and recordings that begin with a box `ftyp`."""

from typing import Final

BOX_HEAD_BYTES: Final = 8
START_BYTES: Final = 64
HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
AVIF: Final = frozenset({b"avif", b"avis"})
HEIF: Final = frozenset({b"mif1", b"mif2", b"msf1", b"miaf"})
SOUND: Final = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "})
# What older cameras of Apple write before or instead of `ftyp`.
QUICKTIME: Final = frozenset({b"moov", b"mdat", b"wide", b"pnot", b"free", b"skip"})
FILM: Final = (b"iso", b"mp4", b"avc", b"M4V", b"MSN", b"das", b"mmp", b"XAV", b"hvc", b"hev", b"av0", b"cmf", b"f4v")
FILM_FOLDED: Final = tuple(each.lower() for each in FILM)
GENERATIONS: Final = (b"3g", b"3G")


def media_kind(head: bytes) -> str:
    """The name of the kind of an ISO base media file; empty where the content is none, or of no known brand."""
    # Each name is a word that a text may have at its beginning.
    if head[4:8] in QUICKTIME and b"\0" in head[:START_BYTES]:
        return "mov"
    if head[4:8] == b"styp":
        return "mp4"
    if head[4:8] != b"ftyp" or _length(head) < 2 * BOX_HEAD_BYTES:
        return ""
    end = min(_length(head), len(head), 1024)
    later = [head[at : at + 4] for at in range(16, end - 3, 4)]
    return next((kind for brand in (head[8:12], *later) if (kind := _kind(brand, later))), "")


def _kind(brand: bytes, later: list[bytes]) -> str:
    if brand in HEIF:
        return "avif" if AVIF & set(later) else "heic"
    for kind, brands in (("heic", HEIC), ("avif", AVIF), ("m4a", SOUND), ("mov", {b"qt  "})):
        if brand in brands:
            return kind
    if brand.startswith(GENERATIONS):
        return "3gp"
    return "mp4" if brand.lower().startswith(FILM_FOLDED) else ""


def holds_a_picture(head: bytes) -> bool:
    """Whether boxes follow `ftyp` up to the items of a picture, as far as the head goes."""
    at = _length(head)
    while at + BOX_HEAD_BYTES <= len(head):
        name, length = head[at + 4 : at + 8], _length(head[at:])
        if not name.isalnum():
            return False
        if name in {b"meta", b"moov"}:
            return True
        if length == 1:
            length = int.from_bytes(head[at + 8 : at + 16], "big")
        if length < BOX_HEAD_BYTES:
            return False
        at += length
    # The pixels may come first, and the items behind what the head shows.
    return at > len(head)


def _length(box: bytes) -> int:
    return int.from_bytes(box[:4], "big")
