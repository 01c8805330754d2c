"""Which office file an archive is: its main part is found by the relationships, whatever its name."""

import posixpath
from collections.abc import Collection, Iterator
from typing import Final
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from app.core.problems import Text
from app.security.files.contents import OPEN, Found

TYPES: Final = "[Content_Types].xml"
RELATIONSHIPS: Final = "_rels/.rels"
MAIN: Final = "/officeDocument"
MIMETYPE: Final = "mimetype"
MIMETYPE_BYTES: Final = 200
BINARY_MAIN: Final = "application/vnd.ms-excel.sheet.binary.macroenabled.main"
BY_TYPE: Final = {"wordprocessingml": "docx", "spreadsheetml": "xlsx", "presentationml": "pptx"}
MAIN_TYPES: Final = ("document.main+xml", "sheet.main+xml", "presentation.main+xml", "slideshow.main+xml")
TEMPLATE: Final = "template.main+xml"
OPEN_KINDS: Final = {f"{OPEN}.text": "odt", f"{OPEN}.spreadsheet": "ods", f"{OPEN}.presentation": "odp"}
# Where writers that state no relationship have the main part.
USUAL: Final = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
ZIPPED: Final = Found(
    "archive",
    Text(
        "tệp nén ZIP; hãy gửi từng tệp bên trong",
        "a ZIP archive; send each of its files instead",
    ),
)


def is_office(archive: ZipFile) -> bool:
    return not {TYPES, MIMETYPE}.isdisjoint(archive.namelist())


def office_kind(archive: ZipFile) -> str | Found:
    """The name of the kind, or what was found otherwise; the members were checked before. Raises ValueError."""
    names = archive.namelist()
    if MIMETYPE in names:
        with archive.open(MIMETYPE) as file:
            declared = file.read(MIMETYPE_BYTES).decode("ascii", "replace").strip()
        return OPEN_KINDS.get(declared.removesuffix("-template"), ZIPPED)
    return _main_kind(archive, names) or next((USUAL[name] for name in names if name in USUAL), ZIPPED)


def _main_kind(archive: ZipFile, names: Collection[str]) -> str:
    """The kind by the content type of the part that the package calls its main one."""
    if RELATIONSHIPS not in names:
        return ""
    folded = {f"/{name}".casefold() for name in names}
    types = dict(_types(archive))
    for target in _targets(archive):
        part = posixpath.normpath(posixpath.join("/", target)).casefold()
        if part in folded:
            return _by_type(types.get(part) or types.get(part.rpartition(".")[2], ""))
    return ""


def _by_type(media_type: str) -> str:
    """Ordinary documents and templates; the transitional and the strict kind have the same content types."""
    if media_type.casefold() == BINARY_MAIN:
        return "xlsb"
    if not media_type.endswith((*MAIN_TYPES, TEMPLATE)):
        return ""
    return next((kind for form, kind in BY_TYPE.items() if f".{form}." in media_type), "")


def _targets(archive: ZipFile) -> Iterator[str]:
    for element in _elements(archive, RELATIONSHIPS):
        if element.get("Type", "").endswith(MAIN) and element.get("TargetMode", "Internal") == "Internal":
            yield element.get("Target", "")


def _types(archive: ZipFile) -> Iterator[tuple[str, str]]:
    """Content types by part and by extension."""
    for element in _elements(archive, TYPES):
        key = element.get("PartName") or element.get("Extension") or ""
        yield key.casefold(), element.get("ContentType", "")


def _elements(archive: ZipFile, name: str) -> list[ET.Element]:
    try:
        return list(ET.fromstring(archive.read(name)))  # noqa: S314 — entities were refused before
    except (ET.ParseError, LookupError):
        # LookupError: it declares an encoding that there is not.
        raise ValueError(name) from None
