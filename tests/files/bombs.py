"""Files that harm the program that opens them, each with its declared type. They are harmless here."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

from app.security.files.contents import OFFICE
from tests.files.samples import jpeg, office

DOCX, XLSX = f"{OFFICE}.wordprocessingml.document", f"{OFFICE}.spreadsheetml.sheet"
MIB = 1024 * 1024
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>'


def word(**more: bytes) -> bytes:
    return office("word/document.xml", **more)


def many_members() -> bytes:
    return word(**{f"word/{number}.xml": b"" for number in range(3000)})


def huge_directory() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", b"")
        for number in range(60):
            archive.writestr("n" * 60_000 + str(number), b"")
    return out.getvalue()


def overlapping() -> bytes:
    """Many entries of the directory that name one and the same packed kernel (Fifield 2019)."""
    raw = word(**{"word/media/kernel.bin": b"\0" * MIB})
    out = io.BytesIO(raw)
    with zipfile.ZipFile(out, "a") as archive:
        kernel = archive.getinfo("word/media/kernel.bin")
        for number in range(50):
            twin = zipfile.ZipInfo(f"word/media/{number}.bin")
            twin.header_offset, twin.compress_type = kernel.header_offset, kernel.compress_type
            twin.compress_size, twin.file_size, twin.CRC = kernel.compress_size, kernel.file_size, kernel.CRC
            archive.filelist.append(twin)
        archive._didModify = True  # type: ignore[attr-defined]
    return out.getvalue()


def lying_about_its_size() -> bytes:
    """Says 100 bytes, unpacks to 60 MiB."""
    raw = bytearray(word(**{"word/big.xml": b" " * (60 * MIB)}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        position = raw.find(b"word/big.xml", raw.find(mark)) if mark == b"PK\x03\x04" else raw.rfind(mark)
        header = raw.rfind(mark, 0, position + 1) if mark == b"PK\x03\x04" else position
        raw[header + at : header + at + 4] = (100).to_bytes(4, "little")
    return bytes(raw)


def flood(form: str) -> Callable[[], bytes]:
    """An image of few bytes and 900 million pixels."""

    def made() -> bytes:
        if form == "PNG":
            head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
            return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")
        raw = bytearray(jpeg())
        frame = raw.find(b"\xff\xc0")
        raw[frame + 5 : frame + 9] = struct.pack(">HH", 30_000, 30_000)
        return bytes(raw)

    return made


def endless_text_chunk() -> bytes:
    """A PNG whose comment unpacks to 200 MiB."""
    packed = zlib.compress(b"\0" * (200 * MIB), 9)
    body = _chunk(b"zTXt", b"Comment\0\0" + packed)
    out = io.BytesIO()
    Image.new("1", (8, 8)).save(out, "PNG")
    raw = out.getvalue()
    return raw[:33] + body + raw[33:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "three thousand members": (DOCX, many_members),
    "a directory of megabytes": (DOCX, huge_directory),
    "a member packed a thousand to one": (DOCX, lambda: word(**{"word/big.xml": b" " * (60 * MIB)})),
    "more than may be unpacked": (XLSX, lambda: office("xl/workbook.xml", main=b" " * (80 * MIB))),
    "a size that lies": (DOCX, lying_about_its_size),
    "members that overlap": (DOCX, overlapping),
    "an archive within": (DOCX, lambda: word(**{"word/embeddings/a.xlsx": office("xl/workbook.xml")})),
    "an archive within under another name": (XLSX, lambda: office("xl/workbook.xml", **{"xl/a.png": word()})),
    "an OLE object": (DOCX, lambda: word(**{"word/embeddings/o.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"})),
    "a billion laughs": (DOCX, lambda: word(main=LAUGHS)),
    "a billion laughs in UTF-16": (XLSX, lambda: office("xl/workbook.xml", main=LAUGHS.decode().encode("utf-16"))),
    "entities beyond the first step": (DOCX, lambda: word(main=b" " * 65_530 + LAUGHS)),
    "an archive that is no office file": (DOCX, lambda: office("evil.exe")),
    "a spreadsheet that says it is a letter": (DOCX, lambda: office("xl/workbook.xml")),
    "an office file cut short": (DOCX, lambda: word()[:-40]),
    "an archive behind something else": (DOCX, lambda: b"MZ" + word()),
    "a flood of pixels in a PNG": ("image/png", flood("PNG")),
    "a flood of pixels in a JPEG": ("image/jpeg", flood("JPEG")),
    "a comment without end": ("image/png", endless_text_chunk),
    "an image that is none": ("image/jpeg", lambda: b"\xff\xd8\xff\xe0" + b"x" * 1000),
    "a HEIC of nothing": ("image/heic", lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\0" * 100),
    "a PDF cut short": ("application/pdf", lambda: b"%PDF-1.7\n1 0 obj\n"),
    "a page that says it is text": ("text/plain", lambda: b"\0\0<html>"),
    "text in no known encoding": ("text/plain", lambda: b"Tr\xfb\xbe\xfd"),
    "a program that says it is a picture": ("image/jpeg", lambda: b"MZ\x90\0" + b"\0" * 100),
    "a picture that says it is a video": ("video/mp4", jpeg),
    "an archive that says it is a picture": ("image/png", word),
    "a picture that says it is sound": ("audio/mpeg", jpeg),
    "nothing at all": ("application/pdf", lambda: b""),
}
