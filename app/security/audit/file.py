"""An audit log as a file: lines of canonical JSON, the same bytes for the same log, to be verified without a database.

First what it is, then where each unit stands, then every block followed by the entries that claim it, and last the
entries that claim a block that is not there.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from app.security.audit.chain import canonical
from app.security.audit.verifier import BlockRow, Checkpoint, EntryRow, Verifier

HEAD = {"log": "athd-audit", "v": 1}
BLOCK, ENTRY = TypeAdapter(BlockRow), TypeAdapter(EntryRow)
Chapter = tuple[BlockRow, list[EntryRow]]


class NoExportError(Exception):
    """A file that no export wrote, or that was cut or garbled since."""


def beginning(unit_paths: Mapping[str, str]) -> Iterator[str]:
    yield canonical(HEAD)
    for unit, path in sorted(unit_paths.items()):
        yield canonical({"unit": unit, "path": path})


def chapter(block: BlockRow, entries: Iterable[EntryRow]) -> Iterator[str]:
    yield canonical({"block": asdict(block)})
    yield from ending(entries)


def ending(entries: Iterable[EntryRow]) -> Iterator[str]:
    for entry in entries:
        yield canonical({"entry": asdict(entry)})


class Export:
    """The lines of a file, read once: `homeless` and `unit_paths` are known as far as it was read."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = enumerate(lines, 1)
        self.unit_paths: dict[str, str] = {}
        self.homeless = 0

    def chapters(self) -> Iterator[Chapter]:
        """Every block with what claims to lie in it. Raises NoExportError."""
        block: BlockRow | None = None
        entries: list[EntryRow] = []
        if next(self._rows(), None) != HEAD:
            raise NoExportError("the file is no export of an audit log")
        for row in self._rows():
            if isinstance(row, BlockRow):
                if block is not None:
                    yield block, entries
                block, entries = row, []
            elif isinstance(row, EntryRow):
                self._place(row, block, entries)
            else:
                self.unit_paths[row["unit"]] = row["path"]
        if block is not None:
            yield block, entries

    def _place(self, entry: EntryRow, block: BlockRow | None, entries: list[EntryRow]) -> None:
        if block is not None and entry.block == block.number:
            entries.append(entry)
        else:
            self.homeless += 1

    def _rows(self) -> Iterator[Any]:
        for number, line in self._lines:
            try:
                yield _row(json.loads(line))
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                raise NoExportError(f"line {number} is of no export of an audit log") from error


def _row(told: Any) -> Any:  # noqa: ANN401 — what a line held
    if "block" in told:
        return BLOCK.validate_python(told["block"])
    if "entry" in told:
        return ENTRY.validate_python(told["entry"])
    return told if told == HEAD else {"unit": str(told["unit"]), "path": str(told["path"])}


def damages(lines: Iterable[bytes], public: str, checkpoints: Iterable[Checkpoint]) -> Iterator[str]:
    """What is wrong with an exported log, judged as the log itself is."""
    export = Export(lines)
    verifier = Verifier(public, checkpoints, export.unit_paths)
    yield from verifier.begin()
    try:
        for block, entries in export.chapters():
            yield from verifier.block(block, entries)
    except NoExportError as error:
        yield str(error)
    yield from verifier.end(export.homeless)
