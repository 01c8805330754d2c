"""What the reader of tables makes of a file, without a database: `python -m tests.uploads.corpus.judged` writes it."""

import asyncio
import csv
import resource
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from app.core.problems import Problem
from app.core.text import fold
from app.integrations.tables.faults import TableError
from app.integrations.tables.workbooks import WorkbookReader
from app.security.files.contents import TABLE
from app.security.files.problems import NOT_A_TABLE
from app.security.files.recognition import HEAD_BYTES, recognise_table, settle
from app.services.uploads.datasets.learners import Learners
from app.services.uploads.opening import WORKBOOKS
from app.services.uploads.sources import CSV, PART_BYTES, SMALLER_BY, Source, typed_rows
from tests.uploads.corpus.sheets import SHEETS
from tests.uploads.corpus.texts import TEXTS

OUTCOMES = Path(__file__).with_name("outcomes.txt")
CORPUS = {f"text, {name}": made for name, made in TEXTS.items()} | {
    f"book, {name}": made for name, made in SHEETS.items()
}
LISTS_FILE = Path(__file__).parents[3] / "app" / "reference" / "code_lists.csv"
COLUMNS = Learners.columns


class Bare(Source):
    """A table in memory, as it is."""

    def __init__(self, content: bytes, *, is_sheet: bool) -> None:
        self._whole = content
        self._is_sheet = is_sheet
        self._part_bytes = PART_BYTES // SMALLER_BY
        self._stored: Any = SimpleNamespace(size=len(content))

    async def _read(self, start: int, size: int) -> bytes:
        return self._whole[start : start + size]


def lists() -> dict[str, dict[str, str]]:
    found = defaultdict[str, dict[str, str]](dict)
    with LISTS_FILE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for said in (row["code"], row["label_vi"], row["label_en"]):
                found[row["list"]][fold(said)] = row["code"]
    return dict(found)


LISTS = lists()


async def judged(content: bytes) -> str:
    """The code of the problem or of the file's fault, or how many rows are right and what is wrong with the others."""
    try:
        return await _rows(await _table(content))
    except Problem as problem:
        return f"problem {problem}"
    except TableError as error:
        return f"file {error.code}"


async def _table(content: bytes) -> Bare:
    kind = recognise_table(content[:HEAD_BYTES])
    if kind is TABLE:
        return Bare(content, is_sheet=False)
    settled = settle(kind, content)
    if settled.name not in WORKBOOKS:
        raise NOT_A_TABLE()

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    found = [piece async for piece in WorkbookReader().rows(pieces(), settled.name)]
    return Bare(b"".join(found), is_sheet=True)


async def _rows(source: Bare) -> str:
    layout, at_byte = await source.layout(Learners.columns, CSV)
    reader = typed_rows(layout, COLUMNS, LISTS)
    at_row, is_last, fates = layout["last"] + 1, False, Counter[str]()
    while not is_last:
        part = await source.part(layout, COLUMNS, at_byte, at_row)
        for row in map(reader.read, part.rows):
            kind = "blank" if row.is_blank else "note" if row.is_note else "right"
            fates[kind if not row.faults else "+".join(sorted({fault.code for fault in row.faults}))] += 1
        at_byte, at_row, is_last = part.next_byte, at_row + len(part.rows), part.is_last
    return "rows " + (", ".join(f"{number} {fate}" for fate, number in sorted(fates.items())) or "none")


def known() -> dict[str, str]:
    lines = OUTCOMES.read_text("utf-8").splitlines()
    return dict(line.rsplit(" → ", 1) for line in lines)


async def main() -> None:
    lines = [f"{name} → {await judged(made())}" for name, made in CORPUS.items()]
    OUTCOMES.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    peaks = [resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"{len(lines)} files; most memory: {peaks[0]} MiB here, {peaks[1]} MiB in a child")


if __name__ == "__main__":
    asyncio.run(main())
