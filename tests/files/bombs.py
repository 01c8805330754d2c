"""Files that harm the program that opens them. They are harmless here."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

from tests.files.samples import HEIC, jpeg, office

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


def flood_in_heic() -> bytes:
    """Coded size and crop say 200 megapixels."""
    raw, width, height = bytearray(HEIC), 16_320, 12_240
    size, crop = raw.find(b"ispe") + 8, raw.find(b"clap") + 4
    raw[size : size + 8] = struct.pack(">II", width, height)
    raw[crop : crop + 32] = struct.pack(">8I", width, 1, height, 1, 0, 1, 0, 1)
    return bytes(raw)


def zipped() -> bytes:
    """An archive of plain files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("anh.txt", "Chuyện bịa")
    return out.getvalue()


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


BOMBS: dict[str, Callable[[], bytes]] = {
    "three thousand members": many_members,
    "a directory of megabytes": huge_directory,
    "a member packed a thousand to one": lambda: word(**{"word/big.xml": b" " * (60 * MIB)}),
    "more than may be unpacked": lambda: office("xl/workbook.xml", main=b" " * (200 * MIB)),
    "a size that lies": lying_about_its_size,
    "members that overlap": overlapping,
    "an archive within": lambda: word(**{"word/embeddings/a.zip": zipped()}),
    "an archive within an embedded document": lambda: word(
        **{"word/embeddings/a.xlsx": office("xl/workbook.xml", **{"xl/embeddings/b.docx": word()})}
    ),
    "an archive within under another name": lambda: office("xl/workbook.xml", **{"xl/a.png": word()}),
    "a packed picture without end": lambda: word(**{"word/media/image1.emz": gzip.compress(b"\0" * (250 * MIB))}),
    "an archive in a packed picture": lambda: word(**{"word/media/image1.emz": gzip.compress(zipped())}),
    "an OLE object": lambda: word(**{"word/embeddings/o.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}),
    "a billion laughs": lambda: word(main=LAUGHS),
    "a billion laughs in UTF-16": lambda: office("xl/workbook.xml", main=LAUGHS.decode().encode("utf-16")),
    "entities beyond the first step": lambda: word(main=b" " * 65_530 + LAUGHS),
    "an archive that is no office file": zipped,
    "an office file cut short": lambda: word()[:-40],
    "an archive behind something else": lambda: b"MZ\0" + word(),
    "an image that is none": lambda: b"\xff\xd8\xff\xe0" + b"x" * 1000,
    "a HEIC of nothing": lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\0" * 100,
    "a page that says it is text": lambda: b"\0\0<html>",
    "text in no known encoding": lambda: b"Tr\xfb\xbe\xfd",
    "text that ends as none": lambda: b"a" * 100_000 + b"\xff",
    "a program": lambda: b"MZ\x90\0" + b"\0" * 100,
    "nothing at all": lambda: b"",
}
# Taken as evidence, and not opened by anyone here: no copy is made of them, with the state that says why.
WITHOUT_COPY: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a flood of pixels in a PNG": ("too_large", flood("PNG")),
    "a flood of pixels in a JPEG": ("cut", flood("JPEG")),
    "a flood of pixels in a HEIC": ("too_large", flood_in_heic),
    "a comment without end": ("unreadable", endless_text_chunk),
    "a PDF cut short": ("not_for_kind", lambda: b"%PDF-1.7\n1 0 obj\n"),
}
