"""A separate program: reads an image from standard input, writes a JPEG of its pixels to standard output.

It has an empty environment. From the first byte on it cannot open files or sockets, nor exceed its memory and time
limits. It must not import modules of this project.
"""

import io
import resource
import sys
from importlib import import_module

from PIL import Image, ImageOps

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_S = 15
MAX_PIXELS = 50_000_000
MAX_SIDE = 4096
QUALITY = 90
TOO_LARGE = 3


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
    """The pixels in their displayed orientation, without anything else from the file."""
    with Image.open(io.BytesIO(content), formats=[form]) as image:
        if image.width * image.height > MAX_PIXELS:
            sys.exit(TOO_LARGE)
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        image.thumbnail((MAX_SIDE, MAX_SIDE))
        ImageOps.exif_transpose(image, in_place=True)
        flat = _flattened(image)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def _flattened(image: Image.Image) -> Image.Image:
    """A new image on a white background: no metadata of the old one remains."""
    flat = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        flat.paste(seen, mask=seen)
    else:
        flat.paste(image.convert("RGB"))
    return flat


def _learn(form: str) -> None:
    """Load the decoder of `form`: after `confine` no file can be opened."""
    Image.preinit()
    import_module("PIL.TiffImagePlugin")  # reads EXIF
    if form == "WEBP":
        import_module("PIL.WebPImagePlugin")
    if form == "HEIF":
        import_module("pi_heif").register_heif_opener(thumbnails=False)


def main() -> None:
    _learn(sys.argv[1])
    Image.MAX_IMAGE_PIXELS = None  # MAX_PIXELS is stricter
    confine()
    sys.stdout.buffer.write(clean(sys.stdin.buffer.read(), sys.argv[1]))


if __name__ == "__main__":
    main()
