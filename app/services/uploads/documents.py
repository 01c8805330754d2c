"""Documents of uploads: templates of datasets, and the rows with errors for the account that uploaded them."""

import csv
import io
from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.problems import FORBIDDEN, NOT_FOUND
from app.core.text import plain_cell
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.faults import text_of
from app.integrations.tables.kinds import CodeOf, OneOf
from app.integrations.tables.reading import TypedRows
from app.integrations.tables.rows import Cell, Row
from app.models.uploads.rows import UploadFault
from app.repositories.uploads.rows import UploadFaultRepository, UploadPartRepository
from app.repositories.uploads.uploads import UploadRepository
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.uploads.contract import Dataset
from app.services.uploads.datasets.all import dataset_of
from app.services.uploads.sources import Layout, Source, lists_of, source_of, typed_rows

MARK: Final = "\ufeff"
ERROR_HEADS: Final = ("Lỗi (errors)", "Dòng (row)", "Gợi ý (proposal)")
REQUIRED_NOTE, OPTIONAL_NOTE = "bắt buộc", "không bắt buộc"
# A longer list is not written into a note.
FEW: Final = 15


async def template(work: UnitOfWork, dataset: type[Dataset]) -> str:
    """A CSV with the heads, a note of what each column takes, and an example: both are skipped when it comes back."""
    columns = dataset.columns.all
    notes = [await _note(work, column) for column in columns]
    example = [dataset.example.get(column.name, "") for column in columns]
    rows = [[column.head.vi for column in columns], _marked(notes), _marked(example)]
    return MARK + "".join(_line(row, ",") for row in rows)


def _marked(cells: Sequence[str]) -> list[str]:
    return [f"# {cells[0]}", *cells[1:]]


async def _note(work: UnitOfWork, column: Column) -> str:
    need = REQUIRED_NOTE if column.is_required else OPTIONAL_NOTE
    if isinstance(column.kind, OneOf):
        return f"{need}: {' | '.join(spellings[0] for _, spellings in column.kind.options)}"
    if not isinstance(column.kind, CodeOf):
        return need
    entries = await CodeListService(work).entries(column.kind.list, work.today)
    labels = " | ".join(dict.fromkeys(entry.label_vi for entry in entries))
    return f"{need}: {labels}" if len(entries) <= FEW else f"{need}: danh mục {column.kind.list}"


@dataclass(frozen=True, slots=True)
class ErrorDocument:
    """The rows of a file that have errors, with the errors in the first column: mended, they come back as a file."""

    source: Source
    layout: Layout
    columns: Columns
    typed: TypedRows
    faults: Mapping[int, Sequence[UploadFault]]
    starts: Sequence[tuple[int, int]]

    async def lines(self) -> AsyncIterator[str]:
        """Uses no database: the parts of the file with an error are read again."""
        delimiter = self.layout.get("delimiter", ",")
        head = await self._head()
        yield MARK + _line([*ERROR_HEADS, *head], delimiter)
        if not (numbers := sorted(self.faults)):
            return
        for at, (first, at_byte) in enumerate(self.starts):
            stop = self.starts[at + 1][0] if at + 1 < len(self.starts) else numbers[-1] + 1
            if bisect_left(numbers, first) == bisect_left(numbers, stop):
                continue
            part = await self.source.part(self.layout, self.columns, at_byte, first)
            for row in part.rows:
                if row.number in self.faults:
                    yield _line([*self._said(row), *map(_shown, row.cells)], delimiter)

    async def _head(self) -> list[str]:
        """The names of the columns where they stand in the file, so that the document is read as the file was."""
        places = {int(at): name for at, name in self.layout["places"].items()}
        width = max([*places, *self.layout["unknown"]], default=-1) + 1
        return [self.columns.by_name[places[at]].head.vi if at in places else "" for at in range(width)]

    def _said(self, row: Row) -> tuple[str, str, str]:
        proposals = {fault.column: fault.proposal for fault in self.typed.read(row).faults if fault.proposal}
        texts = (_text(self.columns, fault) for fault in self.faults[row.number])
        proposed = (f"{self._label(name)}: {said}" for name, said in proposals.items())
        return "; ".join(texts), str(row.number), plain_cell("; ".join(proposed))

    def _label(self, name: str | None) -> str:
        return self.columns.by_name[name].head.vi if name else ""


async def error_document(work: UnitOfWork, upload_id: UUID) -> ErrorDocument:
    """For the account that uploaded the file.

    Raises `not_found` (404), `forbidden` (403) for anybody else, `upload_file_gone` (410) after the file's period.
    """
    upload = await UploadRepository(work.session).known(upload_id)
    if upload.created_by != work.actor.id:
        raise FORBIDDEN()
    if upload.layout is None:
        raise NOT_FOUND()
    columns = dataset_of(upload.dataset).columns
    faults = defaultdict[int, list[UploadFault]](list)
    for fault in await UploadFaultRepository(work.session).of_upload(upload.id):
        faults[fault.row_number].append(fault)
    starts = await UploadPartRepository(work.session).starts(upload.id)
    typed = typed_rows(upload.layout, columns, await lists_of(work, columns))
    source = await source_of(work, upload)
    return ErrorDocument(source, upload.layout, columns, typed, dict(faults), sorted(starts.items()))


def _text(columns: Columns, fault: UploadFault) -> str:
    text = text_of(fault.code, fault.limit_number, fault.other_row)
    label = f"{columns.by_name[fault.column_name].head.vi}: " if fault.column_name else ""
    return f"{label}{text.vi} ({text.en})"


def _shown(cell: Cell) -> str:
    return "" if cell is None else plain_cell(str(cell))


def _line(cells: Iterable[str], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerow(cells)
    return out.getvalue()
