"""Pictures as telephones, scanners and programs write them, with what each shows."""

import io
import struct
from collections.abc import Callable

from PIL import Image, ImageDraw

from tests.files.samples import drawn, picture

END = b"\xff\xd9"


def with_a_second_inside() -> bytes:
    """A JPEG with another behind it and the index of both (CIPA DC-007), as most telephones write it."""
    out = io.BytesIO()
    picture().save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (32, 24), "blue")])
    return out.getvalue()


def sixteen_bits(form: str = "PNG", mode: str = "I;16", most: int = 0xFFFF) -> bytes:
    """A ramp from black to white, of 256 columns."""
    row = [shade * most // 255 for shade in range(256)]
    raw = b"".join(struct.pack("<H" if mode == "I;16" else "<I", shade) for shade in row) * 16
    out = io.BytesIO()
    Image.frombytes(mode, (256, 16), raw).save(out, form)
    return out.getvalue()


def floats() -> bytes:
    out = io.BytesIO()
    raw = b"".join(struct.pack("<f", shade / 255) for shade in range(256)) * 16
    Image.frombytes("F", (256, 16), raw).save(out, "TIFF")
    return out.getvalue()


def light_on_nothing() -> bytes:
    """White strokes without a background, as of a signature."""
    image = Image.new("RGBA", (64, 48), (255, 255, 255, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 31, 23), fill="white")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def moving(form: str) -> bytes:
    out = io.BytesIO()
    picture().save(out, form, save_all=True, append_images=[Image.new("RGB", (64, 48), "blue")])
    return out.getvalue()


def large_jpeg(width: int, height: int) -> bytes:
    """Its upper left quarter is dark."""
    image = Image.new("L", (width, height), "white")
    image.paste(0, (0, 0, width // 2, height // 2))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=30)
    return out.getvalue()


SHOWN_RED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a second picture inside": ("jpeg", with_a_second_inside),
    "progressive": ("jpeg", lambda: drawn("JPEG", progressive=True)),
    "four colours of print": ("jpeg", lambda: drawn("JPEG", "CMYK")),
    "a palette": ("png", lambda: drawn("PNG", "P")),
    "a layer of transparency": ("png", lambda: drawn("PNG", "RGBA")),
    "a moving PNG": ("png", lambda: moving("PNG")),
    "a moving GIF": ("gif", lambda: moving("GIF")),
    "a moving WebP": ("webp", lambda: moving("WEBP")),
    "pages of a TIFF": ("tiff", lambda: moving("TIFF")),
    "a packed TIFF": ("tiff", lambda: drawn("TIFF", compression="tiff_lzw")),
    "an AVIF": ("avif", lambda: drawn("AVIF")),
    "a BMP": ("bmp", lambda: drawn("BMP")),
    "without its end marker": ("jpeg", lambda: drawn("JPEG").removesuffix(END)),
    "without half its end marker": ("jpeg", lambda: drawn("JPEG").removesuffix(END[1:])),
    "progressive without its end marker": ("jpeg", lambda: drawn("JPEG", progressive=True).removesuffix(END)),
    "a PNG without its last chunk": ("png", lambda: drawn("PNG")[:-12]),
    "data after the end": ("jpeg", lambda: drawn("JPEG") + b"SEFT" * 100),
}
RAMPS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a PNG of twelve bits": ("png", lambda: sixteen_bits(most=0xFFF)),
    "a PNG of 16 bits": ("png", sixteen_bits),
    "a TIFF of 16 bits": ("tiff", lambda: sixteen_bits("TIFF")),
    "a TIFF of 32 bits": ("tiff", lambda: sixteen_bits("TIFF", "I")),
    "a TIFF of fractions": ("tiff", floats),
}


def noise() -> bytes:
    """A picture that its last bytes change."""
    out = io.BytesIO()
    Image.effect_noise((256, 256), 90).save(out, "JPEG", quality=95)
    return out.getvalue()


def cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def progressive_noise() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((256, 256), 90).save(out, "JPEG", quality=95, progressive=True)
    return out.getvalue()
