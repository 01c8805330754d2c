"""Office files that reach outside themselves or hold macros without saying so, each with the code of its refusal."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from functools import partial

from tests.files.bombs import DOCX, XLSX, word
from tests.files.samples import office

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
VBA = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
UNSAFE, MACROS = "archive_unsafe", "macros_refused"
OUTSIDE = {
    "a step upwards": "../../home/dich/.profile",
    "a step upwards within": "word/media/../../../dich",
    "a root": "/etc/cron.d/dich",
    "a drive": "C:/Windows/dich.dll",
    "a drive without a root": "c:dich",
    "a share": "\\\\may-chu\\dich",
    "backslashes": "word\\..\\..\\dich",
    "steps in percent signs": "word/%2e%2e/%2E%2e/dich",
    "a step that Windows shortens": "word/.. /dich",
    "an empty step": "word//dich",
    "a stream": "word/document.xml:dich",
    "a line break": "word/a\nb",
}


def with_member(name: str, content: bytes = b"x", **header: int) -> bytes:
    """A whole letter with one more member, whose header fields are given."""
    out = io.BytesIO(word())
    with zipfile.ZipFile(out, "a") as archive:
        member = zipfile.ZipInfo("doi-ten-sau.bin")
        member.filename = name
        for part, value in header.items():
            setattr(member, part, value)
        archive.writestr(member, content)
    return out.getvalue()


def link_to(target: str, kind: int = stat.S_IFLNK) -> bytes:
    return with_member("word/media/anh.png", target.encode(), create_system=3, external_attr=(kind | 0o777) << 16)


def named_twice(name: str) -> bytes:
    """The header says one name and the Unicode Path field another."""
    out = io.BytesIO(word())
    with zipfile.ZipFile(out, "a") as archive:
        member = zipfile.ZipInfo("word/media/anh.png")
        second = struct.pack("<BI", 1, 0) + name.encode()
        member.extra = struct.pack("<HH", 0x7075, len(second)) + second
        archive.writestr(member, b"x")
    return out.getvalue()


def ending_early(name: str) -> bytes:
    """A name with a zero byte, at which some programs stop reading."""
    padded = name + "#dich"
    return with_member(padded).replace(padded.encode(), padded.replace("#", "\0").encode())


def encrypted(flag: int) -> bytes:
    """A member that the directory calls encrypted."""
    raw = bytearray(word())
    directory = raw.rfind(b"PK\x01\x02")
    raw[directory + 8 : directory + 10] = flag.to_bytes(2, "little")
    return bytes(raw)


def related(target: str, kind: str = VBA) -> bytes:
    return f'<Relationships><Relationship Id="r1" Type="{kind}" Target="{target}"/></Relationships>'.encode()


ARCHIVES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    **{name: (DOCX, partial(with_member, where), UNSAFE) for name, where in OUTSIDE.items()},
    "a link to the outside": (DOCX, lambda: link_to("/etc/passwd"), UNSAFE),
    "a link to the inside": (DOCX, lambda: link_to("../document.xml"), UNSAFE),
    "a device": (DOCX, lambda: link_to("", stat.S_IFCHR), UNSAFE),
    "a pipe": (DOCX, lambda: link_to("", stat.S_IFIFO), UNSAFE),
    "a second name outside": (DOCX, lambda: named_twice("../../dich"), UNSAFE),
    "a name that ends early": (DOCX, lambda: ending_early("word/a.png"), UNSAFE),
    "two members of one name but for case": (DOCX, lambda: with_member("Word/Document.xml"), UNSAFE),
    "an encrypted member": (DOCX, lambda: encrypted(0x1), UNSAFE),
    "a strongly encrypted member": (DOCX, lambda: encrypted(0x41), UNSAFE),
    "an OLE object": (XLSX, lambda: office("xl/workbook.xml", **{"xl/activeX/activeX1.bin": OLE}), UNSAFE),
    "a letter with macros in a type without": (DOCX, lambda: word(**{"word/vbaProject.bin": OLE}), MACROS),
    "a sheet with macros in a type without": (
        XLSX,
        lambda: office("xl/workbook.xml", **{"xl/VBAPROJECT.BIN": b"x"}),
        MACROS,
    ),
    "macros under another name": (
        DOCX,
        lambda: word(**{"word/_rels/document.xml.rels": related("media/image1.png"), "word/media/image1.png": b"x"}),
        MACROS,
    ),
    "macros in character references": (
        DOCX,
        lambda: word(
            **{"word/_rels/document.xml.rels": related("a.bin", VBA.replace("vba", "&#118;&#x0062;a")), "a.bin": b"x"}
        ),
        MACROS,
    ),
    "macros in UTF-16": (
        DOCX,
        lambda: word(**{"word/_rels/document.xml.rels": related("a.bin").decode().encode("utf-16")}),
        MACROS,
    ),
    "macros declared in the types": (
        DOCX,
        lambda: word(
            types=b'<Types><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
        ),
        MACROS,
    ),
    "a type with macros": (
        DOCX,
        lambda: word(types=b'<Types><Override ContentType="x.macroEnabled.main+xml"/></Types>'),
        MACROS,
    ),
    "a macro sheet of Excel 4": (
        XLSX,
        lambda: office("xl/workbook.xml", **{"xl/macrosheets/sheet1.xml": b"<xm:macrosheet/>"}),
        MACROS,
    ),
    "a spreadsheet that says it is a letter": (DOCX, lambda: office("xl/workbook.xml"), "content_mismatch"),
    "a letter cut short": (DOCX, lambda: word()[:-40], "file_refused"),
}


def letter() -> bytes:
    """An honest letter as programs write it: folders, relationships, an outward link, and talk of macros."""
    parts = {
        "_rels/.rels": related("word/document.xml", "http://schemas.openxmlformats.org/officeDocument"),
        "word/": b"",
        "word/_rels/document.xml.rels": related("https://truong.example/b%C3%A0i%20vi%E1%BA%BFt", "x/hyperlink"),
        "word/media/image1.png": b"\x89PNG",
        "docProps/app.xml": "<Properties>Trường mẫu</Properties>".encode(),
    }
    return word(main="<doc>vbaProject và macroEnabled chỉ là chữ</doc>".encode(), **parts)
