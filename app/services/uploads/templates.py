"""Templates of datasets to fill in: heads, what each column takes, and an example. Notes and example may stay."""

import asyncio
import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from app.core.text import fold
from app.documents.uploads.workbooks import Field, render_template
from app.integrations.tables.columns import Column
from app.integrations.tables.kinds import CodeOf, Lists, OneOf, Whole
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.uploads.contract import Dataset
from app.services.uploads.sources import lists_of

MARK: Final = "\ufeff"
REQUIRED_NOTE, OPTIONAL_NOTE = "bắt buộc", "không bắt buộc"
# A longer list is not written into a note.
FEW: Final = 15


async def template(work: UnitOfWork, dataset: type[Dataset]) -> str:
    """As CSV with the note and the example in rows that are skipped when it comes back."""
    columns = dataset.columns.all
    fields = await fields_of(work, dataset)
    rows = [
        [column.head.vi for column in columns],
        _marked([fields[column.name].note for column in columns]),
        _marked([fields[column.name].example for column in columns]),
    ]
    return MARK + "".join(csv_line(row, ",") for row in rows)


async def template_workbook(work: UnitOfWork, dataset: type[Dataset]) -> bytes:
    """As a workbook with the closed lists as drop-downs."""
    fields = await fields_of(work, dataset)
    return await asyncio.to_thread(render_template, list(fields.values()), work.today)


async def fields_of(work: UnitOfWork, dataset: type[Dataset]) -> dict[str, Field]:
    """The columns of a dataset as people fill them in, in the order of the template."""
    lists = await lists_of(work, dataset.columns)
    return {
        column.name: Field(
            head=column.head.vi,
            note=_note(column, choices := await _choices(work, column, lists)),
            example=dataset.example.get(column.name, ""),
            choices=choices,
            is_required=column.is_required,
            is_text=not isinstance(column.kind, Whole),
        )
        for column in dataset.columns.all
    }


async def _choices(work: UnitOfWork, column: Column, lists: Lists) -> list[str]:
    """What a closed list takes: labels, and the code of an entry whose label names two."""
    if isinstance(column.kind, OneOf):
        return [spellings[0] for _, spellings in column.kind.options]
    if not isinstance(column.kind, CodeOf):
        return []
    known = lists[column.kind.list]
    entries = await CodeListService(work).entries(column.kind.list, work.today)
    is_known = {entry.code: known.get(fold(entry.label_vi)) == entry.code for entry in entries}
    return [entry.label_vi if is_known[entry.code] else entry.code for entry in entries]


def _note(column: Column, choices: Sequence[str]) -> str:
    need = REQUIRED_NOTE if column.is_required else OPTIONAL_NOTE
    if not choices:
        return need
    if len(choices) > FEW and isinstance(column.kind, CodeOf):
        return f"{need}: danh mục {column.kind.list}"
    return f"{need}: {' | '.join(choices)}"


def _marked(cells: Sequence[str]) -> list[str]:
    return [f"# {cells[0]}", *cells[1:]]


def csv_line(cells: Iterable[str], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerow(cells)
    return out.getvalue()
