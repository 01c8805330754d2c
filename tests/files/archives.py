"""Office files that reach outside themselves or hold macros without saying so, each with the code of its refusal."""

import gzip
import io
import stat
import struct
import zipfile
from collections.abc import Callable
from functools import partial

from app.security.files.contents import OFFICE, OPEN
from tests.files.bombs import word
from tests.files.compounds import EQUATION, OLDER_WITH_MACROS, PACKAGE, compound
from tests.files.samples import BINARY_WORKBOOK, OFFICE_DOCUMENT, office, open_document, related

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
VBA = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
TEMPLATE = (
    b'<Types><Default Extension="xml" ContentType="%s.wordprocessingml.template.main+xml"/></Types>' % OFFICE.encode()
)
UNSAFE, MACROS, DAMAGED = "archive_unsafe", "macros_refused", "file_refused"
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


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    **{name: (partial(with_member, where), UNSAFE) for name, where in OUTSIDE.items()},
    "a link to the outside": (lambda: link_to("/etc/passwd"), UNSAFE),
    "a link to the inside": (lambda: link_to("../document.xml"), UNSAFE),
    "a device": (lambda: link_to("", stat.S_IFCHR), UNSAFE),
    "a pipe": (lambda: link_to("", stat.S_IFIFO), UNSAFE),
    "a second name outside": (lambda: named_twice("../../dich"), UNSAFE),
    "a name that ends early": (lambda: ending_early("word/a.png"), UNSAFE),
    "two members of one name but for case": (lambda: with_member("Word/Document.xml"), UNSAFE),
    "an encrypted member": (lambda: encrypted(0x1), UNSAFE),
    "a strongly encrypted member": (lambda: encrypted(0x41), UNSAFE),
    "an OLE object": (lambda: office("xl/workbook.xml", **{"xl/activeX/activeX1.bin": OLE}), UNSAFE),
    "a letter with macros in a type without": (lambda: word(**{"word/vbaProject.bin": OLE}), MACROS),
    "a sheet with macros in a type without": (
        lambda: office("xl/workbook.xml", **{"xl/VBAPROJECT.BIN": b"x"}),
        MACROS,
    ),
    "macros under another name": (
        lambda: word(
            **{"word/_rels/document.xml.rels": related("media/image1.png", VBA), "word/media/image1.png": b"x"}
        ),
        MACROS,
    ),
    "macros in character references": (
        lambda: word(
            **{"word/_rels/document.xml.rels": related("a.bin", VBA.replace("vba", "&#118;&#x0062;a")), "a.bin": b"x"}
        ),
        MACROS,
    ),
    "macros in UTF-16": (
        lambda: word(**{"word/_rels/document.xml.rels": related("a.bin", VBA).decode().encode("utf-16")}),
        MACROS,
    ),
    "macros declared in the types": (
        lambda: word(
            types=b'<Types><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
        ),
        MACROS,
    ),
    "a type with macros": (
        lambda: word(types=b'<Types><Override ContentType="x.macroEnabled.main+xml"/></Types>'),
        MACROS,
    ),
    "types in an encoding that there is not": (
        lambda: word(types=b'<?xml version="1.0" encoding="dich"?><Types/>'),
        DAMAGED,
    ),
    "relationships in an encoding that is no text": (
        lambda: word(**{"_rels/.rels": b'<?xml version="1.0" encoding="hex"?><Relationships/>'}),
        DAMAGED,
    ),
    "a macro sheet of Excel 4": (
        lambda: office("xl/workbook.xml", **{"xl/macrosheets/sheet1.xml": b"<xm:macrosheet/>"}),
        MACROS,
    ),
    "a macro in an embedded sheet": (
        lambda: word(**{"word/embeddings/a.xlsx": office("xl/workbook.xml", **{"xl/vbaProject.bin": OLE})}),
        MACROS,
    ),
    "a macro in an embedded older document": (
        lambda: word(**{"word/embeddings/a.doc": OLDER_WITH_MACROS["a letter with a project"]}),
        MACROS,
    ),
    "a step upwards in an embedded sheet": (
        lambda: word(**{"word/embeddings/a.xlsx": office("xl/workbook.xml", **{"../../dich": b"x"})}),
        UNSAFE,
    ),
    "a packaged file": (
        lambda: word(**{"word/embeddings/o.bin": compound(PACKAGE, **{"_1/\x01Ole10Native": b"x"})}),
        UNSAFE,
    ),
    "macros of an OpenDocument": (
        lambda: open_document(f"{OPEN}.text", **{"Basic/Standard/Module1.xml": b"<module/>"}),
        MACROS,
    ),
    "scripts of an OpenDocument": (
        lambda: open_document(f"{OPEN}.spreadsheet", **{"Scripts/python/a.py": b"x"}),
        MACROS,
    ),
    **{name: (partial(bytes, content), MACROS) for name, content in OLDER_WITH_MACROS.items()},
    "an older letter under a password": (lambda: compound(EncryptedPackage=b"x", EncryptionInfo=b"x"), UNSAFE),
    "a letter cut short": (lambda: word()[:-40], "file_refused"),
}


def letter() -> bytes:
    """An honest letter as programs write it: folders, relationships, an outward link, and talk of macros."""
    parts = {
        "_rels/.rels": related("word/document.xml", OFFICE_DOCUMENT),
        "word/": b"",
        "word/_rels/document.xml.rels": related("https://truong.example/b%C3%A0i%20vi%E1%BA%BFt", "x/hyperlink"),
        "word/media/image1.png": b"\x89PNG",
        "docProps/app.xml": "<Properties>Trường mẫu</Properties>".encode(),
    }
    return word(main="<doc>vbaProject và macroEnabled chỉ là chữ</doc>".encode(), **parts)


def renamed() -> bytes:
    """As Word on the web writes it: the main part has another name, and relationships start from the package."""
    return office("word/document2.xml", **{"_rels/.rels": related("/word/document2.xml", OFFICE_DOCUMENT)})


def strict() -> bytes:
    """ISO/IEC 29500 Strict: other names of relationships."""
    return word(
        **{
            "_rels/.rels": related(
                "word/document.xml", "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
            )
        }
    )


CHART = {
    "word/charts/chart1.xml": b"<c:chartSpace/>",
    "word/charts/_rels/chart1.xml.rels": related("../embeddings/Microsoft_Excel_Sheet.xlsx", "x/package"),
}
HONEST: dict[str, tuple[Callable[[], bytes], str]] = {
    "a letter with links and talk of macros": (letter, "docx"),
    "a main part under another name": (renamed, "docx"),
    "a strict document": (strict, "docx"),
    "a main part without a relationship": (
        lambda: word(types=b"<Types/>", **{"_rels/.rels": b"<Relationships/>"}),
        "docx",
    ),
    "a chart with its data": (
        lambda: word(**CHART, **{"word/embeddings/Microsoft_Excel_Sheet.xlsx": office("xl/workbook.xml")}),
        "docx",
    ),
    "a chart with its data in a binary workbook": (
        lambda: word(**CHART, **{"word/embeddings/a.xlsb": office("xl/workbook.bin", types=BINARY_WORKBOOK)}),
        "docx",
    ),
    "a packed picture": (
        lambda: office("xl/workbook.xml", **{"xl/media/image1.emz": gzip.compress(b"\1\0\0\0" + b"\0" * 100)}),
        "xlsx",
    ),
    "an equation": (lambda: word(**{"word/embeddings/oleObject1.bin": EQUATION}), "docx"),
    "an OpenDocument with lists of no macros": (
        lambda: open_document(
            f"{OPEN}.text", **{"Basic/script-lc.xml": b"<l/>", "Basic/Standard/script-lb.xml": b"<l/>"}
        ),
        "odt",
    ),
    "a template": (
        lambda: word(types=TEMPLATE),
        "docx",
    ),
}
