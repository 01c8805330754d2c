"""The audit log as a file: deterministic lines of canonical JSON, verifiable without a database.

The order is: header, unit paths, each block with the entries that claim it, then entries that claim a missing block.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from app.core.canonical_json import canonical
from app.security.audit.verifier import BlockRow, Checkpoint, EntryRow, Verifier

HEAD = {"log": "athd-audit", "v": 1}
BLOCK, ENTRY = TypeAdapter(BlockRow), TypeAdapter(EntryRow)
Chapter = tuple[BlockRow, list[EntryRow]]


class NoExportError(Exception):
    """The file is not an export of an audit log, or is truncated or corrupted."""


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
    """The lines of a file, read once: `homeless` and `unit_paths` are complete only after the last line."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = enumerate(lines, 1)
        self.unit_paths: dict[str, str] = {}
        self.homeless = 0

    def chapters(self) -> Iterator[Chapter]:
        """Each block with the entries that claim it. Raises NoExportError."""
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


def _row(line: Any) -> Any:  # noqa: ANN401 — any JSON value
    if "block" in line:
        return BLOCK.validate_python(line["block"])
    if "entry" in line:
        return ENTRY.validate_python(line["entry"])
    return line if line == HEAD else {"unit": str(line["unit"]), "path": str(line["path"])}


def damages(lines: Iterable[bytes], public: str, checkpoints: Iterable[Checkpoint]) -> Iterator[str]:
    """The damages of an exported log, found by the same verifier as for the database."""
    export = Export(lines)
    verifier = Verifier(public, checkpoints, export.unit_paths)
    yield from verifier.begin()
    try:
        for block, entries in export.chapters():
            yield from verifier.block(block, entries)
    except NoExportError as error:
        yield str(error)
    yield from verifier.end(export.homeless)
