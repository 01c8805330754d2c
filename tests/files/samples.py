"""Small invented files of every accepted kind, with canaries in their metadata."""

import io
import zipfile
from pathlib import Path

from PIL import Image, PngImagePlugin

from app.security.files.contents import OFFICE

CANARIES = (b"ZQMAKEZQ", b"ZQGPSZQ", b"ZQXMPZQ", b"ZQTEXTZQ", b"ZQTAILZQ")
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>ZQXMPZQ</x:xmpmeta>"
HEIC = Path(__file__).with_name("mau.heic").read_bytes()
TEXT = "Chuyện bịa để thử, dòng một.\nDòng hai.\n".encode()
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\0" * 64
M4A = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom" + b"\0" * 64
MP3 = b"\xff\xfb\x90\x64" + b"\0" * 413
OGG = b"OggS\x00\x02" + b"\0" * 20 + b"\x01\x13OpusHead" + b"\0" * 64


def picture(width: int = 64, height: int = 48) -> Image.Image:
    """Its upper left quarter is red, so that one sees how it was turned."""
    image = Image.new("RGB", (width, height), "white")
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    return image


def metadata() -> bytes:
    """EXIF with a maker, a place and a thumbnail's canary; turned a quarter clockwise to be looked at."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x9286] = "ZQMAKEZQ", 6, b"ASCII\0\0\0ZQTEXTZQ"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[29] = "N", (10.0, 14.0, 30.0), "ZQGPSZQ"
    return exif.tobytes()


def jpeg(width: int = 64, height: int = 48) -> bytes:
    out = io.BytesIO()
    picture(width, height).save(out, "JPEG", exif=metadata(), xmp=XMP, comment=b"ZQTEXTZQ")
    return out.getvalue() + b"ZQTAILZQ"


def png() -> bytes:
    out, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Comment", "ZQTEXTZQ")
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    picture().convert("RGBA").save(out, "PNG", exif=metadata(), pnginfo=info)
    return out.getvalue() + b"ZQTAILZQ"


def webp() -> bytes:
    out = io.BytesIO()
    picture().save(out, "WEBP", exif=metadata(), xmp=XMP)
    return out.getvalue()


def office(main_part: str, **more: bytes) -> bytes:
    """A whole office file of one main part and whatever else it is to hold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", more.pop("types", b"<Types/>"))
        archive.writestr(main_part, more.pop("main", "<doc>Chuyện bịa</doc>".encode()))
        for name, content in more.items():
            archive.writestr(name, content)
    return out.getvalue()


def samples() -> dict[str, bytes]:
    """By media type."""
    return {
        "image/jpeg": jpeg(),
        "image/png": png(),
        "image/webp": webp(),
        "image/heic": HEIC,
        "application/pdf": PDF,
        "video/mp4": MP4,
        "audio/mpeg": MP3,
        "audio/mp4": M4A,
        "audio/ogg": OGG,
        "text/plain": TEXT,
        f"{OFFICE}.wordprocessingml.document": office("word/document.xml"),
        f"{OFFICE}.spreadsheetml.sheet": office("xl/workbook.xml"),
    }


def box(name: bytes, content: bytes) -> bytes:
    """One box of an MP4 (ISO/IEC 14496-12)."""
    return (len(content) + 8).to_bytes(4, "big") + name + content


def samples_with_metadata() -> dict[str, bytes]:
    """By media type, for kinds without a metadata-free copy; each has a canary as its location."""
    place = b"ZQGPSZQ"
    film = box(b"moov", box(b"udta", box(b"\xa9xyz", b"\x00\x07\x15\xc7" + place)))
    sound = box(b"moov", box(b"udta", box(b"loci", b"\0" * 6 + place)))
    tag = b"TXXX" + (len(place) + 1).to_bytes(4, "big") + b"\0\0\0" + place
    properties = b"<cp:coreProperties><dc:creator>" + place + b"</dc:creator></cp:coreProperties>"
    parts = {"docProps/core.xml": properties}
    return {
        "video/mp4": MP4 + film,
        "audio/mp4": M4A + sound,
        "audio/mpeg": b"ID3\x03\0\0\0\0\0" + bytes([len(tag)]) + tag + MP3,
        "audio/ogg": OGG + b"OpusTags" + place,
        "application/pdf": PDF.replace(b"trailer<<", b"trailer<</Info<</Author(" + place + b")>>"),
        f"{OFFICE}.wordprocessingml.document": office("word/document.xml", **parts),
        f"{OFFICE}.spreadsheetml.sheet": office("xl/workbook.xml", **parts),
        "text/plain": TEXT + place,
    }
