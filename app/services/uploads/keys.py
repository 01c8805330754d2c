"""Natural keys that occur twice, in one file or in two, found by keyed digests of a few bytes."""

import hashlib
import json
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from app.services.uploads.contract import Fate

DIGEST_BYTES: Final = 16
ROW_BYTES: Final = 4
ENTRY_BYTES: Final = DIGEST_BYTES + ROW_BYTES + 1
SHORT_BYTES: Final = 8
FATES: Final = tuple(Fate)
WRITTEN: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class KeyedRow:
    """A row with the digest of one of its keys, and the fate that it has so far."""

    digest: bytes
    row: int
    fate: Fate

    def packed(self) -> bytes:
        return self.digest + self.row.to_bytes(ROW_BYTES, "big") + bytes([FATES.index(self.fate)])

    @classmethod
    def read(cls, entry: bytes) -> "KeyedRow":
        row = int.from_bytes(entry[DIGEST_BYTES : DIGEST_BYTES + ROW_BYTES], "big")
        return cls(entry[:DIGEST_BYTES], row, FATES[entry[-1]])


def digest_of(secret: bytes, key: Mapping[str, str]) -> bytes:
    said = WRITTEN.encode(key).encode()
    return hashlib.blake2b(said, key=secret, digest_size=DIGEST_BYTES).digest()


class Shorts:
    """The beginnings of all digests of a file, in eight bytes each: a set of them takes eight times as many."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._pieces = [array("Q") for _ in range(256)]
        for entry in _entries(parts):
            self._pieces[entry[0]].append(_short(entry))
        for piece in self._pieces:
            piece[:] = array("Q", sorted(piece))

    def __contains__(self, short: int) -> bool:
        piece = self._pieces[short >> 8 * (SHORT_BYTES - 1)]
        at = bisect_left(piece, short)
        return at < len(piece) and piece[at] == short

    def twice(self) -> set[int]:
        return {first for piece in self._pieces for first, second in pairwise(piece) if first == second}


def repeated(parts: Sequence[bytes]) -> Iterator[tuple[KeyedRow, int]]:
    """Each row whose key stands in another row too, with the number of that row."""
    candidates = Shorts(parts).twice()
    groups = defaultdict[bytes, list[KeyedRow]](list)
    for entry in _entries(parts):
        if _short(entry) in candidates:
            found = KeyedRow.read(entry)
            groups[found.digest].append(found)
    for rows in groups.values():
        numbers = sorted({each.row for each in rows})
        if len(numbers) > 1:
            yield from ((each, numbers[each.row == numbers[0]]) for each in rows)


def in_both(own: Sequence[bytes], other: Sequence[bytes]) -> Iterator[tuple[KeyedRow, KeyedRow]]:
    """Each row of a file whose key occurs in another file too, with the row there."""
    known = Shorts(own)
    found = dict[bytes, KeyedRow]()
    for entry in _entries(other):
        if _short(entry) in known:
            found.setdefault(entry[:DIGEST_BYTES], KeyedRow.read(entry))
    if found:
        rows = (KeyedRow.read(entry) for entry in _entries(own) if entry[:DIGEST_BYTES] in found)
        yield from ((row, found[row.digest]) for row in rows)


def _short(entry: bytes) -> int:
    return int.from_bytes(entry[:SHORT_BYTES], "big")


def _entries(parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        for at in range(0, len(part), ENTRY_BYTES):
            yield part[at : at + ENTRY_BYTES]
