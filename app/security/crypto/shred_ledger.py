"""The shred ledger: the destroyed data keys, stored outside the database and its backups.

A restored backup contains destroyed keys again; the replay of the ledger before the start destroys them. Each line is
a JSON object, chained to the previous line by SHA-256 and flushed to disk before the key is destroyed. Lines contain
ids, codes and times, and no personal data.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from app.security.crypto.key_files import locked, sync

LEDGER = "shred-ledger.jsonl"
START = "0" * 64


class LedgerDamagedError(Exception):
    """A line is missing, altered or out of order."""


@dataclass(frozen=True, slots=True)
class Shred:
    """One key to destroy, and the kind of record that it sealed."""

    key_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class Order:
    """Why a group of keys is destroyed; enough to recreate the certificate."""

    certificate_id: UUID
    unit_id: UUID
    class_code: str
    basis: str
    request_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """The lines of one order, from `first` to `last`; `head` is the hash of the last."""

    order: Order
    number: str
    shreds: tuple[Shred, ...]
    first: int
    last: int
    head: str


@dataclass(frozen=True, slots=True)
class _End:
    """The end of the verified part: position and hash of the last line, and its size in bytes."""

    position: int = 0
    head: str = START
    size: int = 0


BEGINNING = _End()


class ShredLedger:
    """Append-only under a lock, for any number of processes."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = directory / LEDGER
        self._known, self._file = BEGINNING, 0
        self._is_named = False

    def append(self, order: Order, shreds: Sequence[Shred]) -> Stretch:
        """Write one line for each key and flush to disk. Raises OSError."""
        with locked(self._path.parent):
            position, previous = self._end()
            self._cut_torn_line()
            first, lines = position + 1, []
            number = f"{order.at.year}-{first:06d}"
            for position, shred in enumerate(shreds, first):
                body = _body(position, number, order, shred, previous)
                previous = _hash(body)
                lines.append(json.dumps({**body, "hash": previous}, separators=(",", ":"), sort_keys=True) + "\n")
            self._write("".join(lines).encode())
        return Stretch(order, number, tuple(shreds), first, position, previous)

    @property
    def last(self) -> int:
        """The position of the last line; 0 for an empty ledger."""
        return self._end()[0]

    def stretches(self) -> Iterator[Stretch]:
        """All orders, oldest first. Raises LedgerDamagedError if the chain is broken."""
        lines: list[dict[str, Any]] = []
        for line in self._checked():
            if lines and lines[0]["certificate"] != line["certificate"]:
                yield _stretch(lines)
                lines = []
            lines.append(line)
        if lines:
            yield _stretch(lines)

    def _checked(self, after: _End = BEGINNING) -> Iterator[dict[str, Any]]:
        position, previous = after.position, after.head
        for raw in self._whole_lines(after.size):
            position += 1
            try:
                line: dict[str, Any] = json.loads(raw)
                claimed = line.pop("hash")
            except (ValueError, KeyError, AttributeError) as error:
                raise LedgerDamagedError(f"line {position}") from error
            if line.get("position") != position or line.get("previous") != previous or _hash(line) != claimed:
                raise LedgerDamagedError(f"line {position}")
            previous = claimed
            yield {**line, "hash": claimed, "size": len(raw)}

    def _whole_lines(self, offset: int) -> Iterator[bytes]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(offset)
            # A line without a newline was interrupted by a power loss: its key is not destroyed yet.
            yield from (line for line in file if line.endswith(b"\n"))

    def _end(self) -> tuple[int, str]:
        """Position and hash of the last line. While the file only grows, the verified part is not read again."""
        stamp = self._path.stat() if self._path.exists() else None
        if stamp is None or stamp.st_ino != self._file or stamp.st_size < self._known.size:
            self._known, self._file = BEGINNING, stamp.st_ino if stamp else 0
        for line in self._checked(self._known):
            self._known = _End(line["position"], line["hash"], self._known.size + line["size"])
        return self._known.position, self._known.head

    def _cut_torn_line(self) -> None:
        """Under the lock, after `_end`: an incomplete last line was never acknowledged."""
        if self._path.exists() and self._path.stat().st_size > self._known.size:
            os.truncate(self._path, self._known.size)

    def _write(self, content: bytes) -> None:
        with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not self._is_named:
            # Once per process: the creator of the file may have died before its directory entry reached the disk.
            sync(self._path.parent)
            self._is_named = True


def _body(position: int, number: str, order: Order, shred: Shred, previous: str) -> dict[str, Any]:
    facts = {name: str(value) if isinstance(value, UUID) else value for name, value in asdict(order).items()}
    facts["certificate"], facts["at"] = facts.pop("certificate_id"), order.at.isoformat()
    return {
        "v": 1,
        "position": position,
        "number": number,
        "key_id": str(shred.key_id),
        "kind": shred.kind,
        "previous": previous,
        **facts,
    }


def _hash(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, separators=(",", ":"), sort_keys=True).encode()).hexdigest()


def _stretch(lines: list[dict[str, Any]]) -> Stretch:
    head, end = lines[0], lines[-1]
    order = Order(
        certificate_id=UUID(head["certificate"]),
        unit_id=UUID(head["unit_id"]),
        class_code=head["class_code"],
        basis=head["basis"],
        request_id=UUID(head["request_id"]) if head["request_id"] else None,
        at=datetime.fromisoformat(head["at"]),
    )
    shreds = tuple(Shred(UUID(line["key_id"]), line["kind"]) for line in lines)
    return Stretch(order, head["number"], shreds, head["position"], end["position"], end["hash"])
