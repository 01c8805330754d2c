"""Verifies an audit log by its public key and by external checkpoints, without a database.

The columns and subjects of an entry must equal its signed body: a change of a column alone would mislead its readers.
Only `path` may differ, after a move of the actor's unit: then it is the present path of that unit.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.security.audit.chain import NOTHING_BEFORE, block_hash, digest, is_signed, leaf, root

BESIDE = ("id", "at", "actor", "role", "unit", "about", "subjects")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the log at one time, stored on another machine: a later truncated log does not match it."""

    block: int
    hash: str
    entries: int
    signature: str


@dataclass(frozen=True, slots=True)
class BlockRow:
    number: int
    previous: str
    root: str
    count: int
    sealed_at: str
    signature: str

    @property
    def hash(self) -> str:
        return block_hash(self.number, self.previous, self.root, self.count, self.sealed_at)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """The columns and subjects of an entry, and its signed body."""

    id: str
    at: str
    actor: str | None
    role: str | None
    unit: str | None
    path: str
    about: str
    subjects: list[str]
    body: str
    digest: str
    block: int | None
    position: int | None


class Verifier:
    """Receives the blocks in order, each with the entries that claim it. `unit_paths` are the present unit paths."""

    def __init__(self, public: str, checkpoints: Iterable[Checkpoint], unit_paths: Mapping[str, str]) -> None:
        self._public = public
        self._checkpoints = {each.block: each for each in checkpoints}
        self._unit_paths = unit_paths
        self._previous, self._expected, self._total = NOTHING_BEFORE, 1, 0

    def begin(self) -> Iterator[str]:
        for each in self._checkpoints.values():
            if not is_signed(f"{each.block}|{each.hash}|{each.entries}", each.signature, self._public):
                yield f"checkpoint of block {each.block}: not signed by this key"

    def block(self, block: BlockRow, entries: list[EntryRow]) -> Iterator[str]:
        yield from self._in_chain(block)
        yield from self._within(block, entries)
        self._total += block.count
        point = self._checkpoints.pop(block.number, None)
        if point and (point.hash, point.entries) != (block.hash, self._total):
            yield f"block {block.number} is not what the checkpoint saw"
        self._previous, self._expected = block.hash, block.number + 1

    def end(self, homeless: int) -> Iterator[str]:
        """`homeless` is the number of entries that claim a missing block."""
        for number in self._checkpoints:
            yield f"block {number} of a checkpoint is gone: the log was cut off"
        if homeless:
            yield f"{homeless} entries claim blocks that are not there"

    def _in_chain(self, block: BlockRow) -> Iterator[str]:
        if block.number != self._expected:
            yield f"block {self._expected} is missing"
        if block.previous != self._previous:
            yield f"block {block.number} does not follow the one before"
        if not is_signed(block.hash, block.signature, self._public):
            yield f"block {block.number} is not signed by this key"

    def _within(self, block: BlockRow, entries: list[EntryRow]) -> Iterator[str]:
        if [entry.position for entry in entries] != list(range(block.count)):
            yield f"block {block.number} has {len(entries)} entries, not {block.count} in order"
        elif not entries or root([leaf(entry.body) for entry in entries]).hex() != block.root:
            yield f"block {block.number} does not hold these entries"
        for entry in entries:
            if not self._is_whole(entry):
                yield f"entry {entry.id} was changed"

    def _is_whole(self, entry: EntryRow) -> bool:
        try:
            signed = json.loads(entry.body)
            values = [signed[name] for name in BESIDE]
            path = self._unit_paths.get(entry.unit) if entry.unit else signed["path"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        return (
            values == [getattr(entry, name) for name in BESIDE]
            and path == entry.path
            and digest(entry.body) == entry.digest
        )
