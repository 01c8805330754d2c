"""Whether an audit log is whole, judged by its public key and by checkpoints kept elsewhere. No database is asked.

What lies beside an entry's signed body must say what the body says: a column or a subject changed alone would mislead
whoever reads by it. `path` alone may differ, where the actor's unit moved: then it is where that unit stands today.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.security.audit.chain import NOTHING_BEFORE, block_hash, digest, is_signed, leaf, root

BESIDE = ("id", "at", "actor", "role", "unit", "about", "subjects")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the log at a moment, to be kept off the machine: a log cut off later does not match it."""

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
    """An entry as its columns and subjects tell it, and the body that is judged."""

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
    """Is shown the blocks in order, each with what claims to lie in it. `unit_paths` are where units stand today."""

    def __init__(self, public: str, checkpoints: Iterable[Checkpoint], unit_paths: Mapping[str, str]) -> None:
        self._public = public
        self._kept = {each.block: each for each in checkpoints}
        self._unit_paths = unit_paths
        self._previous, self._expected, self._total = NOTHING_BEFORE, 1, 0

    def begin(self) -> Iterator[str]:
        for each in self._kept.values():
            if not is_signed(f"{each.block}|{each.hash}|{each.entries}", each.signature, self._public):
                yield f"checkpoint of block {each.block}: not signed by this key"

    def block(self, block: BlockRow, entries: list[EntryRow]) -> Iterator[str]:
        yield from self._in_chain(block)
        yield from self._within(block, entries)
        self._total += block.count
        point = self._kept.pop(block.number, None)
        if point and (point.hash, point.entries) != (block.hash, self._total):
            yield f"block {block.number} is not what the checkpoint saw"
        self._previous, self._expected = block.hash, block.number + 1

    def end(self, homeless: int) -> Iterator[str]:
        """`homeless` is how many entries claim a block that is not there."""
        for number in self._kept:
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
            told = json.loads(entry.body)
            said = [told[name] for name in BESIDE]
            path = self._unit_paths.get(entry.unit) if entry.unit else told["path"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        return (
            said == [getattr(entry, name) for name in BESIDE]
            and path == entry.path
            and digest(entry.body) == entry.digest
        )
