"""The sealed file of an upload as a table: its layout, and its rows part by part."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.problems import NOT_FOUND
from app.core.text import fold
from app.integrations.files import StoredObject
from app.integrations.tables.columns import Columns, plain_head
from app.integrations.tables.decoding import Encoding
from app.integrations.tables.delimited import MOST_ROW_BYTES, Dialect
from app.integrations.tables.heads import NOTHING_CHOSEN, Chosen, Head
from app.integrations.tables.json_lines import JsonLines, SheetRows
from app.integrations.tables.kinds import CodeOf, Lists
from app.integrations.tables.reading import TypedRows, find_dialect, find_table_head
from app.integrations.tables.rows import Cell, Row
from app.models.uploads.uploads import Upload, UploadFile
from app.repositories.uploads.uploads import UploadFileRepository
from app.security.crypto.streams import StreamKey
from app.services.platform.reception import Place, store_problems
from app.services.platform.unit_of_work import Runtime, UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.uploads.orders import JSON_LINES
from app.services.uploads.problems import UPLOAD_FILE_GONE

Layout = dict[str, Any]
CSV: Final = "csv"
SHEET: Final = "sheet"
# A school year above the head, as in "Năm học 2026 – 2027".
YEARS: Final = re.compile(r"\b(20\d\d)\s*[-–—/]\s*(20\d\d)\b")
# Words above the head that may be the code of a unit, and how many of them are looked up.
WORDS: Final = re.compile(r"[\w.\-]{2,32}")
MOST_WORDS: Final = 200
ORIGINS: Final = {
    **dict.fromkeys(("ma truong", "ma don vi", "ma co so giao duc", "school code", "unit code"), "unit"),
    **dict.fromkeys(("nam hoc", "school year"), "year"),
}
# The first columns of an error document; those of a document that comes back are not in the next one.
ERROR_HEADS: Final = ("Lỗi (errors)", "Dòng (row)", "Gợi ý (proposal)")
# How much is read for the head of a table, and for each part of its rows.
PART_BYTES: Final = MOST_ROW_BYTES
# SQLite has one writer, and others wait for each part: there parts are smaller.
SMALLER_BY: Final = 4


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a part of the file, and where the next part begins; `is_last` has no next one."""

    rows: Sequence[Row]
    at_byte: int
    next_byte: int
    is_last: bool

    @property
    def is_nothing(self) -> bool:
        """Whether what was read ends within its first row."""
        return not self.rows and not self.is_last


@dataclass(frozen=True, slots=True)
class Content:
    """Some bytes of the file; the last of it where `is_last`."""

    data: bytes = field(repr=False)
    is_last: bool


class Source:
    """The content of one upload's file. It uses no database."""

    def __init__(self, runtime: Runtime, file: UploadFile) -> None:
        if file.keys is None:
            raise UPLOAD_FILE_GONE()
        self._runtime = runtime
        self._part_bytes = PART_BYTES if runtime.settings.is_postgres else PART_BYTES // SMALLER_BY
        self._is_sheet = file.shared_object is not None
        variant = "shared" if self._is_sheet else "original"
        name, size = (file.shared_object, file.shared_size) if self._is_sheet else (file.object_name, file.size)
        self._stored = StoredObject(str(name), StreamKey.read(file.keys[variant]), size or 0)
        place = Place(UploadFile.__tablename__, Upload.__tablename__, file.upload_id)
        self._aad = place.aad(file.id, variant)

    async def layout(self, columns: Columns, kind: str, chosen: Chosen = NOTHING_CHOSEN) -> tuple[Layout, int]:
        """How the table is to be read, and the first byte below its head. Raises TableError."""
        data = await self._read(0, PART_BYTES)
        is_all = len(data) >= self._stored.size
        if self._is_sheet:
            return await asyncio.to_thread(_layout_of_sheet, data, columns, chosen, is_all=is_all)
        if kind == JSON_LINES:
            return _layout_of_lines(columns), 0
        return await asyncio.to_thread(_layout_of_text, data, columns, chosen, is_all=is_all)

    async def part(self, layout: Layout, columns: Columns, at_byte: int, first_row: int) -> Part:
        """The rows from a byte on. Raises TableError."""
        part = await self._part(await self.content(at_byte), layout, columns, at_byte, first_row)
        if part.is_nothing:
            part = await self._part(await self.longest(at_byte), layout, columns, at_byte, first_row)
        return part

    async def _part(self, content: Content, layout: Layout, columns: Columns, at_byte: int, first_row: int) -> Part:
        return await asyncio.to_thread(part_of, content, layout, columns, at_byte, first_row)

    async def content(self, at_byte: int) -> Content:
        """As much as is read at once."""
        return await self._content(at_byte, self._part_bytes)

    async def longest(self, at_byte: int) -> Content:
        """As much as one row may take."""
        return await self._content(at_byte, PART_BYTES)

    async def _content(self, at_byte: int, size: int) -> Content:
        data = await self._read(at_byte, size)
        return Content(data, at_byte + len(data) >= self._stored.size)

    async def _read(self, start: int, size: int) -> bytes:
        stop = min(start + size, self._stored.size)
        with store_problems():
            return b"".join([piece async for piece in self._runtime.files.read(self._stored, self._aad, start, stop)])


async def source_of(work: UnitOfWork, upload: Upload) -> Source:
    """Raises `upload_file_gone` (410) once the file was deleted."""
    file = await UploadFileRepository(work.session).of_upload(upload.id)
    if file is None:
        raise NOT_FOUND()
    return Source(work.runtime, file)


def part_of(content: Content, layout: Layout, columns: Columns, at_byte: int, first_row: int) -> Part:
    """Raises TableError."""
    window = reader_of(layout, columns).window(content.data, first_row, is_last=content.is_last)
    return Part(window.rows, at_byte, at_byte + window.consumed, content.is_last)


def reader_of(layout: Layout, columns: Columns) -> Dialect | JsonLines | SheetRows:
    if layout["reader"] == JSON_LINES:
        return JsonLines(_names(columns))
    if layout["reader"] == SHEET:
        return SheetRows()
    return Dialect(Encoding(layout["codec"], layout["mark"]), layout["delimiter"])


def head_of(layout: Layout) -> Head:
    places = {int(at): name for at, name in layout["places"].items()}
    return Head(layout["last"], places, tuple(layout["unknown"]))


def _names(columns: Columns) -> tuple[str, ...]:
    return tuple(column.name for column in columns.all)


def _layout_of_lines(columns: Columns) -> Layout:
    """Each line has the columns by name, in whatever order."""
    places = {str(at): name for at, name in enumerate(_names(columns))}
    nothing: Layout = {"unknown": [], "mapped": {}, "said": {}, "years": [], "words": [], "origin": {}, "errors": 0}
    return {"reader": JSON_LINES, "last": 0, "places": places, **nothing}


def _layout_of_sheet(data: bytes, columns: Columns, chosen: Chosen, *, is_all: bool) -> tuple[Layout, int]:
    reader = SheetRows()
    rows = reader.window(data, 1, is_last=is_all).rows
    head = find_table_head(rows, columns, chosen)
    return {"reader": SHEET, **_head_layout(head, rows)}, reader.length(data, head.last)


def _layout_of_text(data: bytes, columns: Columns, chosen: Chosen, *, is_all: bool) -> tuple[Layout, int]:
    dialect = find_dialect(data, columns, is_all=is_all, chosen=chosen)
    encoding = dialect.encoding
    below_mark = data[encoding.mark :]
    rows = dialect.window(below_mark, 1, is_last=is_all).rows
    head = find_table_head(rows, columns, chosen)
    read = {"reader": CSV, "codec": encoding.codec, "mark": encoding.mark, "delimiter": dialect.delimiter}
    return read | _head_layout(head, rows), encoding.mark + dialect.length(below_mark, head.last, is_last=is_all)


def _head_layout(head: Head, rows: Sequence[Row]) -> Layout:
    places = {str(at): name for at, name in head.places.items()}
    texts = [cell for row in rows if row.number < head.last for cell in row.cells if isinstance(cell, str)]
    years = {f"{first}-{second}" for text in texts for first, second in YEARS.findall(text)}
    return {
        "last": head.last,
        "places": places,
        "unknown": list(head.unknown),
        "mapped": {str(at): basis for at, basis in head.mapped.items()},
        "said": {str(at): said for at, said in head.said.items()},
        "years": sorted(years),
        "words": [word for text in texts for word in WORDS.findall(text)][:MOST_WORDS],
        "origin": _origin(head, rows),
        "errors": _error_columns(head, rows),
    }


def _cells_of(head: Head, rows: Sequence[Row]) -> Sequence[Cell]:
    return next(row.cells for row in rows if row.number == head.last)


def _error_columns(head: Head, rows: Sequence[Row]) -> int:
    """How many of the first columns are those of an error document."""
    said = [cell for cell in _cells_of(head, rows)[: len(ERROR_HEADS)] if isinstance(cell, str)]
    is_document = [plain_head(cell) for cell in said] == [plain_head(each) for each in ERROR_HEADS]
    return len(ERROR_HEADS) if is_document else 0


def _origin(head: Head, rows: Sequence[Row]) -> dict[str, int]:
    """Where the rows say of which unit and of which year they are: columns of no dataset."""
    cells = _cells_of(head, rows)
    said = {at: plain_head(cell) for at, cell in enumerate(cells) if at in head.unknown and isinstance(cell, str)}
    return {ORIGINS[text]: at for at, text in said.items() if text in ORIGINS}


async def lists_of(work: UnitOfWork, columns: Columns) -> Lists:
    """The codes of today of each closed list of the columns, by code and by plain label."""
    names = tuple({column.kind.list for column in columns.all if isinstance(column.kind, CodeOf)})
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    twice = set[tuple[str, str]]()
    entries = await CodeListService(work).of_lists(names, work.today) if names else ()
    for entry in entries:
        for said in {fold(entry.label_vi), fold(entry.label_en)}:
            if found[entry.list].setdefault(said, entry.code) != entry.code:
                twice.add((entry.list, said))
    for name, said in twice:
        del found[name][said]
    for entry in entries:
        found[entry.list][fold(entry.code)] = entry.code
    return found


def typed_rows(layout: Layout, columns: Columns, lists: Mapping[str, Mapping[str, str]]) -> TypedRows:
    return TypedRows(head_of(layout), columns, lists)
