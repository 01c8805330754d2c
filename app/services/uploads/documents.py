"""The rows of an upload that have errors, as a document for the account that uploaded them: CSV or a workbook."""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from app.core.problems import FORBIDDEN, NOT_FOUND, Text
from app.core.text import plain_cell
from app.documents.uploads.workbooks import Field, Mended, render_errors
from app.integrations.children import Room
from app.integrations.tables.columns import Columns
from app.integrations.tables.faults import text_of
from app.integrations.tables.reading import TypedRows
from app.integrations.tables.rows import Cell, Row
from app.models.uploads.rows import UploadFault
from app.repositories.uploads.rows import UploadFaultRepository, UploadPartRepository
from app.repositories.uploads.uploads import UploadRepository
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.contract import Policy
from app.services.uploads.datasets.all import dataset_of
from app.services.uploads.problems import ERROR_WORKBOOK_TOO_LARGE
from app.services.uploads.sources import ERROR_HEADS, Layout, Source, lists_of, source_of, typed_rows
from app.services.uploads.templates import MARK, csv_line, fields_of

UPLOADER_ALONE: Final = Text(
    "Chỉ tài khoản đã tải tệp lên mới lấy được các dòng của tệp",
    "Only the account that uploaded the file gets its rows",
)
WAIT_S: Final = 20.0
# What a workbook may hold, as all of it is in memory at once.
MOST_CELLS: Final = 400_000
MOST_CHARACTERS: Final = 8_000_000


class Drawing:
    """Workbooks are drawn one after the other: each is in memory as a whole."""

    def __init__(self) -> None:
        self.room = Room(1)


@dataclass(frozen=True, slots=True)
class ErrorDocument:
    """The rows of a file that have errors, with the errors in the first column: mended, they come back as a file."""

    source: Source
    layout: Layout
    columns: Columns
    typed: TypedRows
    faults: Mapping[int, Sequence[UploadFault]]
    starts: Sequence[tuple[int, int]]

    @property
    def former(self) -> int:
        """How many first columns a former error document put into the file; they are left out."""
        return int(self.layout["errors"])

    async def lines(self) -> AsyncIterator[str]:
        """As CSV. Uses no database: the parts of the file with an error are read again."""
        delimiter = self.layout.get("delimiter", ",")
        yield MARK + csv_line([*ERROR_HEADS, *self.heads()], delimiter)
        async for row, said in self._refused():
            yield csv_line([*said, *map(_shown, row.cells[self.former :])], delimiter)

    async def workbook(self, fields: Mapping[str, Field], day: date) -> bytes:
        """As a workbook with marked cells, as `lines` otherwise.

        Raises `error_workbook_too_large` (409) where CSV alone can hold it.
        """
        heads = self.heads()
        if len(self.faults) * (len(heads) + len(ERROR_HEADS)) > MOST_CELLS:
            raise ERROR_WORKBOOK_TOO_LARGE()
        rows, characters = list[Mended](), 0
        async for row, said in self._refused():
            cells = row.cells[self.former :]
            characters += sum(len(cell) for cell in cells if isinstance(cell, str))
            if characters > MOST_CHARACTERS:
                raise ERROR_WORKBOOK_TOO_LARGE()
            rows.append(Mended(said, cells, self._marks(row)))
        names = self._places()
        known = [fields[names[at]] if at in names else Field(head) for at, head in enumerate(heads)]
        return await asyncio.to_thread(render_errors, ERROR_HEADS, known, rows, day)

    async def _refused(self) -> AsyncIterator[tuple[Row, tuple[str, str, str]]]:
        """Each row with errors and what is said of it."""
        if not (numbers := sorted(self.faults)):
            return
        for at, (first, at_byte) in enumerate(self.starts):
            stop = self.starts[at + 1][0] if at + 1 < len(self.starts) else numbers[-1] + 1
            if bisect_left(numbers, first) == bisect_left(numbers, stop):
                continue
            part = await self.source.part(self.layout, self.columns, at_byte, first)
            for row in part.rows:
                if row.number in self.faults:
                    yield row, self._said(row)

    def heads(self) -> list[str]:
        """The names of the columns where they stand in the file, so that the document is read as the file was.

        What a column is called that is not read is stored nowhere; it has a head, or its cells were too many.
        """
        names = {at: self.columns.by_name[name].head.vi for at, name in self._places().items()}
        unread = (at - self.former for at in self.layout["unknown"] if at >= self.former)
        names |= {at: f"Cột không đọc {number} (not read)" for number, at in enumerate(unread, 1)}
        return [names.get(at, "") for at in range(max(names, default=-1) + 1)]

    def _places(self) -> dict[int, str]:
        return {int(at) - self.former: name for at, name in self.layout["places"].items()}

    def _said(self, row: Row) -> tuple[str, str, str]:
        proposals = self._proposals(row)
        texts = (_text(self.columns, fault) for fault in self.faults[row.number])
        proposed = (f"{self._label(name)}: {said}" for name, said in proposals.items())
        return "; ".join(texts), str(row.number), plain_cell("; ".join(proposed))

    def _marks(self, row: Row) -> dict[int, str]:
        """What is wrong with a cell, and what it may have meant, by its place."""
        places = {name: at for at, name in self._places().items()}
        proposals, marks = self._proposals(row), dict[int, str]()
        for fault in self.faults[row.number]:
            if fault.column_name in places:
                text = text_of(fault.code, fault.limit_number, fault.other_row)
                proposed = proposals.get(fault.column_name)
                hint = f"\n→ {proposed}" if proposed else ""
                marks[places[fault.column_name]] = f"{text.vi} ({text.en}){hint}"
        return marks

    def _proposals(self, row: Row) -> dict[str | None, str]:
        return {fault.column: fault.proposal for fault in self.typed.read(row).faults if fault.proposal}

    def _label(self, name: str | None) -> str:
        return self.columns.by_name[name].head.vi if name else ""


async def error_document(work: UnitOfWork, upload_id: UUID) -> ErrorDocument:
    """For the account that uploaded the file.

    Raises `not_found` (404), `forbidden` (403) for anybody else, `upload_file_gone` (410) after the file's period.
    """
    upload = await UploadRepository(work.session).known(upload_id)
    if upload.created_by != work.actor.id:
        raise FORBIDDEN(UPLOADER_ALONE)
    if upload.layout is None:
        raise NOT_FOUND()
    columns = dataset_of(upload.dataset).columns_of(Policy(upload.policy))
    faults = defaultdict[int, list[UploadFault]](list)
    for fault in await UploadFaultRepository(work.session).of_upload(upload.id):
        faults[fault.row_number].append(fault)
    starts = await UploadPartRepository(work.session).starts(upload.id)
    typed = typed_rows(upload.layout, columns, await lists_of(work, columns))
    source = await source_of(work, upload)
    return ErrorDocument(source, upload.layout, columns, typed, dict(faults), sorted(starts.items()))


async def error_workbook(work: UnitOfWork, upload_id: UUID) -> bytes:
    """As `error_document`, and raises `error_workbook_too_large` (409)."""
    document = await error_document(work, upload_id)
    fields = await fields_of(work, dataset_of((await UploadRepository(work.session).known(upload_id)).dataset))
    async with work.runtime.cache(Drawing).room.place(WAIT_S):
        return await document.workbook(fields, work.today)


def _text(columns: Columns, fault: UploadFault) -> str:
    text = text_of(fault.code, fault.limit_number, fault.other_row)
    label = f"{columns.by_name[fault.column_name].head.vi}: " if fault.column_name else ""
    return f"{label}{text.vi} ({text.en})"


def _shown(cell: Cell) -> str:
    return "" if cell is None else plain_cell(str(cell))
