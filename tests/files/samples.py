"""Small invented files of every accepted kind, with canaries in their metadata."""

import io
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from app.security.files.contents import OFFICE, OPEN
from tests.files.compounds import DOC, XLS

CANARIES = (b"ZQMAKEZQ", b"ZQGPSZQ", b"ZQXMPZQ", b"ZQTEXTZQ", b"ZQTAILZQ")
OFFICE_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>ZQXMPZQ</x:xmpmeta>"
HEIC = Path(__file__).with_name("mau.heic").read_bytes()
TEXT = "Chuyện bịa để thử, dòng một.\nDòng hai.\n".encode()
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\0" * 64
M4A = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom" + b"\0" * 64
MP3 = b"\xff\xfb\x90\x64" + b"\0" * 413
OGG = b"OggS\x00\x02" + b"\0" * 20 + b"\x01\x13OpusHead" + b"\0" * 64
BINARY_WORKBOOK = (
    b'<Types><Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'
)
FILMS_AND_VOICES = {
    "mp4": MP4,
    "mov": b"\0\0\0\x14ftypqt  \0\0\0\0qt  \0\0\0\x08wide" + b"\0" * 64,
    "3gp": b"\0\0\0\x18ftyp3gp4\0\0\0\x013gp43gp6" + b"\0" * 64,
    "webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm" + b"\0" * 64,
    "mkv": b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\x82\x88matroska" + b"\0" * 64,
    "avi": b"RIFF\x40\0\0\0AVI LIST" + b"\0" * 64,
    "mpeg": b"\0\0\1\xba\x44" + b"\0" * 64,
    "mts": (b"G" + b"\0" * 187) * 5,
    "wmv": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + b"\0" * 64,
    "mp3": MP3,
    "m4a": M4A,
    "aac": b"\xff\xf1\x50\x80\x02\x1f\xfc" + b"\0" * 64,
    "amr": b"#!AMR\n\x3c" + b"\0" * 64,
    "ogg": OGG,
    "wav": b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 64,
    "flac": b"fLaC\0\0\0\x22" + b"\0" * 64,
    "caf": b"caff\0\1\0\0desc" + b"\0" * 64,
}


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


def related(target: str, kind: str) -> bytes:
    return f'<Relationships><Relationship Id="r1" Type="{kind}" Target="{target}"/></Relationships>'.encode()


def types_of(main_part: str) -> bytes:
    """The list of content types of an office file, which states that of its main part."""
    form = {"word": "wordprocessingml.document", "xl": "spreadsheetml.sheet", "ppt": "presentationml.presentation"}
    stated = f"{OFFICE}.{form.get(main_part.split('/', maxsplit=1)[0], 'none')}.main+xml"
    return f'<Types><Override PartName="/{main_part}" ContentType="{stated}"/></Types>'.encode()


def office(main_part: str, **more: bytes) -> bytes:
    """A whole office file of one main part and whatever else it is to hold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", more.pop("types", types_of(main_part)))
        if "_rels/.rels" not in more:
            archive.writestr("_rels/.rels", related(main_part, OFFICE_DOCUMENT))
        archive.writestr(main_part, more.pop("main", "<doc>Chuyện bịa</doc>".encode()))
        for name, content in more.items():
            archive.writestr(name, content)
    return out.getvalue()


def drawn(form: str, mode: str = "RGB", **how: Any) -> bytes:
    """The picture without metadata, in a form and mode of Pillow."""
    out = io.BytesIO()
    picture().convert(mode).save(out, form, **how)
    return out.getvalue()


def open_document(media_type: str, **more: bytes) -> bytes:
    """A whole OpenDocument: its type is its first member, unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", media_type, zipfile.ZIP_STORED)
        for name, content in {"content.xml": "<doc>Chuyện bịa</doc>".encode(), **more}.items():
            archive.writestr(name, content)
    return out.getvalue()


def samples() -> dict[str, bytes]:
    """By kind."""
    return {
        "jpeg": jpeg(),
        "png": png(),
        "webp": webp(),
        "heic": HEIC,
        "avif": drawn("AVIF"),
        "gif": drawn("GIF", "P"),
        "bmp": drawn("BMP"),
        "tiff": drawn("TIFF"),
        "jxl": b"\xff\x0a" + b"\x10" * 64,
        **FILMS_AND_VOICES,
        "pdf": PDF,
        "text": TEXT,
        "text16": TEXT.decode().encode("utf-16"),
        "docx": office("word/document.xml"),
        "xlsx": office("xl/workbook.xml"),
        "xlsb": office("xl/workbook.bin", types=BINARY_WORKBOOK),
        "pptx": office("ppt/presentation.xml"),
        "odt": open_document(f"{OPEN}.text"),
        "ods": open_document(f"{OPEN}.spreadsheet"),
        "odp": open_document(f"{OPEN}.presentation"),
        "doc": DOC,
        "xls": XLS,
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
