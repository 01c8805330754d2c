"""The kinds of files that are taken. A file is of the kind that its content shows, whatever it is declared or named."""

from dataclasses import dataclass
from typing import Final

from app.core.problems import Text

OFFICE: Final = "application/vnd.openxmlformats-officedocument"
OPEN: Final = "application/vnd.oasis.opendocument"


@dataclass(frozen=True, slots=True)
class Kind:
    """A file type. A `whole` one is loaded into memory, because its check needs all bytes."""

    name: str
    media_type: str
    extension: str
    whole: bool = False
    image: bool = False
    charset: str = ""

    @property
    def content_type(self) -> str:
        return f"{self.media_type}; charset={self.charset}" if self.charset else self.media_type

    @property
    def is_watched(self) -> bool:
        """Whether it is played piece by piece, for as long as it lasts."""
        return self.media_type.startswith(("video/", "audio/"))


def _picture(name: str, extension: str = "") -> Kind:
    return Kind(name, f"image/{name}", extension or name, image=True)


_ALL: Final = (
    _picture("jpeg", "jpg"),
    _picture("png"),
    _picture("webp"),
    _picture("heic"),
    _picture("avif"),
    _picture("gif"),
    _picture("bmp"),
    _picture("tiff", "tif"),
    _picture("jxl"),
    Kind("mp4", "video/mp4", "mp4"),
    Kind("mov", "video/quicktime", "mov"),
    Kind("3gp", "video/3gpp", "3gp"),
    Kind("webm", "video/webm", "webm"),
    Kind("mkv", "video/x-matroska", "mkv"),
    Kind("avi", "video/x-msvideo", "avi"),
    Kind("mpeg", "video/mpeg", "mpg"),
    Kind("mts", "video/mp2t", "mts"),
    Kind("wmv", "video/x-ms-asf", "wmv"),
    Kind("mp3", "audio/mpeg", "mp3"),
    Kind("m4a", "audio/mp4", "m4a"),
    Kind("aac", "audio/aac", "aac"),
    Kind("amr", "audio/amr", "amr"),
    Kind("ogg", "audio/ogg", "ogg"),
    Kind("wav", "audio/wav", "wav"),
    Kind("flac", "audio/flac", "flac"),
    Kind("caf", "audio/x-caf", "caf"),
    Kind("pdf", "application/pdf", "pdf"),
    Kind("text", "text/plain", "txt", charset="utf-8"),
    Kind("text16", "text/plain", "txt", charset="utf-16"),
    Kind("docx", f"{OFFICE}.wordprocessingml.document", "docx", whole=True),
    Kind("xlsx", f"{OFFICE}.spreadsheetml.sheet", "xlsx", whole=True),
    Kind("xlsb", "application/vnd.ms-excel.sheet.binary.macroenabled.12", "xlsb", whole=True),
    Kind("pptx", f"{OFFICE}.presentationml.presentation", "pptx", whole=True),
    Kind("odt", f"{OPEN}.text", "odt", whole=True),
    Kind("ods", f"{OPEN}.spreadsheet", "ods", whole=True),
    Kind("odp", f"{OPEN}.presentation", "odp", whole=True),
    Kind("doc", "application/msword", "doc", whole=True),
    Kind("xls", "application/vnd.ms-excel", "xls", whole=True),
)
KINDS: Final = {kind.name: kind for kind in _ALL}
BY_MEDIA_TYPE: Final = {kind.media_type: kind for kind in _ALL}
# A table as text, whatever its encoding: what is wrong with it is said row by row.
TABLE: Final = Kind("table", "text/csv", "csv")
# What begins like an archive or a compound file shows its kind in its members alone.
ARCHIVE: Final = Kind("archive", "application/zip", "zip", whole=True)
COMPOUND: Final = Kind("compound", "application/x-ole-storage", "ole", whole=True)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is recognised and not taken."""

    name: str
    text: Text
