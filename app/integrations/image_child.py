"""A separate program: reads an image from standard input, writes a JPEG of its pixels to standard output.

It has an empty environment. From the first byte on it cannot open files or sockets, nor exceed its memory and time
limits. It must not import modules of this project. Its exit status says why there is no copy.
"""

import hashlib
import io
import re
import resource
import sys
from importlib import import_module
from typing import cast

from PIL import Image, ImageOps, UnidentifiedImageError

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_S = 30
MAX_SIDE = 4096
QUALITY = 90
TOO_LARGE, UNREADABLE, CUT, NO_MEMORY = 3, 4, 5, 6
# Bytes of memory for each pixel at most, measured; a JPEG is decoded at a fraction of its size.
BYTES_PER_PIXEL = {"JPEG": 4, "HEIF": 8, "AVIF": 10, "WEBP": 16}
BYTES_PER_OTHER_PIXEL = 10
BYTES_PER_WIDE_PIXEL = 12
WIDE = ("I", "F")
COEFFICIENT_BYTES = 2
ROOM_BYTES = 720 * 1024 * 1024
# The file itself, and the one that is completed to be checked.
COPIES_OF_FILE = 2
START_OF_SCAN = b"\xda"
END = b"\xff\xd9"
# Restarts and stuffed bytes are within a scan, and two markers have no length.
MARKER = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")
# Each scan costs time for all pixels, however little it says; cameras write ten. The limit of libtiff.
MOST_SCANS = 100
# Reads as data in a scan that lacks some, and as nothing after a scan that is whole.
FILLER = bytes(range(64)) * 64
STRIP = 64
BYTE = 256
# How many shades eight to sixteen bits have.
SHADES = (BYTE, 2**10, 2**12, 2**14, 2**16)
# Shades that no eye tells apart.
NOTHING = 2
# The side of what a JPEG decodes at a time, at the least.
BLOCK = 8
BOX_HEAD_BYTES = 8
BOXES = {b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip", b"wide", b"uuid", b"mpvd", b"sefd"}
# What Pillow imports as it goes along: after `confine` no file can be opened.
LATE = (
    *("PIL.ImageCms", "PIL.ImageColor", "PIL.ImageFilter", "PIL.ImagePalette", "PIL.ImageSequence"),
    *("PIL.MpoImagePlugin", "PIL.TiffImagePlugin", "copy", "encodings.latin_1", "encodings.ascii", "encodings.utf_16"),
)
PLUGINS = {"WEBP": "PIL.WebPImagePlugin", "AVIF": "PIL.AvifImagePlugin"}


class NoCopyError(Exception):
    """The status says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def confine() -> None:
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def clean(content: bytes, form: str) -> bytes:
    """The pixels in their displayed orientation, without anything else from the file. Raises NoCopyError."""
    if form in {"HEIF", "AVIF"} and _lacks_boxes(content):
        raise NoCopyError(CUT)
    return _checked(content) if form == "JPEG" else _copied(content, form)[0]


def _checked(content: bytes) -> bytes:
    """A decoder fills what a scan lacks: a whole one looks the same whatever follows it, a cut one does not."""
    if _scans(content) > MOST_SCANS:
        raise NoCopyError(TOO_LARGE)
    end = _end_of_scan(content)
    whole = content if end >= 0 else content + END
    made, seen, ends_plain = _copied(whole, "JPEG")
    if end < 0 or ends_plain:
        scan = content[:end] if end >= 0 else content
        if seen != _copied(scan + FILLER + END, "JPEG")[1]:
            raise NoCopyError(CUT)
    return made


def _scans(content: bytes) -> int:
    """How many scans a decoder goes through, up to one more than it may."""
    at, scans = 2, 0
    while scans <= MOST_SCANS and (marker := MARKER.search(content, at)):
        if marker[0] == END:
            break
        scans += marker[1] == START_OF_SCAN
        at = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2], "big")
    return scans


def _end_of_scan(content: bytes) -> int:
    """Where the end marker of the first picture is, behind those of thumbnails; -1 if it is missing."""
    at = 2
    while content[at : at + 1] == b"\xff":
        marker = content[at + 1 : at + 2]
        if marker == START_OF_SCAN:
            return content.find(END, at)
        at += 1 if marker == b"\xff" else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return -1


def _copied(content: bytes, form: str) -> tuple[bytes, bytes, bool]:
    """The copy, a digest of the pixels that were decoded, and whether the last of them are all the same."""
    seen, ends_plain = b"", False
    with Image.open(io.BytesIO(content), formats=[form]) as image:
        _check_size(image, form, len(content))
        image.load()
        if form == "JPEG":
            seen, ends_plain = _digest(image), _ends_plain(image)
        flat = _flattened(_upright(_reduced(image)))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue(), seen, ends_plain


def _ends_plain(image: Image.Image) -> bool:
    last = image.crop((max(0, image.width - BLOCK), image.height - 1, image.width, image.height)).convert("RGB")
    return _is_blank(last)


def _check_size(image: Image.Image, form: str, size: int) -> None:
    """By what the head says, before any pixel is decoded."""
    need = size * COPIES_OF_FILE
    if form == "JPEG" and image.info.get("progressive"):
        need += _coefficients(image)
    scale = min(1.0, MAX_SIDE / max(image.size))
    image.draft("RGB", (max(1, int(image.width * scale)), max(1, int(image.height * scale))))
    other = BYTES_PER_WIDE_PIXEL if image.mode.startswith(WIDE) else BYTES_PER_OTHER_PIXEL
    need += image.width * image.height * BYTES_PER_PIXEL.get(form, other)
    if need > ROOM_BYTES:
        raise NoCopyError(TOO_LARGE)


def _coefficients(image: Image.Image) -> int:
    """Bytes that all scans of a progressive JPEG need until the last."""
    factors = [(layer[1], layer[2]) for layer in getattr(image, "layer", ())] or [(1, 1)]
    across, down = (max(each) for each in zip(*factors, strict=True))
    shares = sum(horizontal * vertical for horizontal, vertical in factors) / (across * down)
    return int(image.width * image.height * shares * COEFFICIENT_BYTES)


def _digest(image: Image.Image) -> bytes:
    digest = hashlib.sha256()
    for top in range(0, image.height, STRIP):
        digest.update(image.crop((0, top, image.width, min(image.height, top + STRIP))).tobytes())
    return digest.digest()


def _reduced(image: Image.Image) -> Image.Image:
    """In a mode that can be made smaller without loss of lines, and no larger than a screen needs."""
    if image.mode.startswith(WIDE):
        image = _eight_bits(image)
    elif image.mode in {"1", "P", "PA"}:
        image = image.convert("L" if image.mode == "1" else "RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of more bits: a plain conversion turns all of it white from the 256th shade on."""
    low, size = _range(image)
    factor = 256 / size
    grey = image.convert("F").point(lambda value: value * factor - low * factor).convert("L")
    if exif := image.getexif():
        grey.info["exif"] = exif.tobytes()
    return grey


def _range(image: Image.Image) -> tuple[float, float]:
    """The lowest shade, and how many there are: by the bits in use, or by what a mode without bounds reaches.

    X-rays have ten to fourteen bits in words of sixteen: taken as sixteen, they are black.
    """
    low, high = cast("tuple[float, float]", image.getextrema())
    if low >= 0 and image.mode.startswith("I"):
        return 0, next((bound for bound in SHADES if high < bound), high + 1)
    return low, (high - low) * BYTE / (BYTE - 1) or 1


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, LookupError, TypeError, OSError):
        return image


def _flattened(image: Image.Image) -> Image.Image:
    """A new image on a white background: no metadata of the old one remains. Light drawings need a darker one."""
    flat = Image.new("RGB", image.size, "white")
    if not image.has_transparency_data:
        flat.paste(image.convert("RGB"))
        return flat
    seen = image.convert("RGBA")
    flat.paste(seen, mask=seen)
    if _is_blank(flat) and seen.getchannel("A").getextrema()[1]:
        flat.paste("grey", (0, 0, *image.size))
        flat.paste(seen, mask=seen)
    return flat


def _is_blank(image: Image.Image) -> bool:
    extrema = cast("tuple[tuple[int, int], ...]", image.getextrema())
    return all(high - low <= NOTHING for low, high in extrema)


def _lacks_boxes(content: bytes) -> bool:
    """Whether a box of an ISO base media file goes on beyond the content: decoders fill what is missing."""
    at = 0
    while content[at + 4 : at + 8] in BOXES:
        length = int.from_bytes(content[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(content[at + 8 : at + 16], "big")
        if length == 0:
            return False
        if length < BOX_HEAD_BYTES:
            return True
        at += length
    return at > len(content)


def _learn(form: str) -> None:
    """Load the decoder of `form` and what it loads later."""
    Image.preinit()
    for module in LATE:
        import_module(module)
    if form in PLUGINS:
        import_module(PLUGINS[form])
    if form == "HEIF":
        import_module("pi_heif").register_heif_opener(thumbnails=False)


def main() -> int:
    _learn(sys.argv[1])
    Image.MAX_IMAGE_PIXELS = None  # ROOM_BYTES is stricter
    confine()
    try:
        made = clean(sys.stdin.buffer.read(), sys.argv[1])
    except NoCopyError as error:
        return error.status
    except MemoryError:
        return NO_MEMORY
    except UnidentifiedImageError:
        return UNREADABLE
    except Exception as error:  # noqa: BLE001 — any of a decoder
        return CUT if "truncated" in str(error) else UNREADABLE
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
