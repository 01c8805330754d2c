"""Natural keys of rows that stand twice, in one file or in two: compared by keyed digests, a few bytes for each."""

import hashlib
import json
from array import array
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


def repeated(parts: Sequence[bytes]) -> Iterator[tuple[KeyedRow, int]]:
    """Each row whose key stands in another row too, with the number of that row."""
    shorts = array("Q", (int.from_bytes(entry[:SHORT_BYTES], "big") for entry in _entries(parts)))
    candidates = {first for first, second in pairwise(sorted(shorts)) if first == second}
    groups = defaultdict[bytes, list[KeyedRow]](list)
    for entry in _entries(parts):
        if int.from_bytes(entry[:SHORT_BYTES], "big") in candidates:
            found = KeyedRow.read(entry)
            groups[found.digest].append(found)
    for rows in groups.values():
        numbers = sorted({each.row for each in rows})
        if len(numbers) > 1:
            yield from ((each, numbers[each.row == numbers[0]]) for each in rows)


def in_both(own: Sequence[bytes], other: Sequence[bytes]) -> Iterator[tuple[KeyedRow, KeyedRow]]:
    """Each row of a file whose key stands in another file too, with the row of that."""
    known = {int.from_bytes(entry[:SHORT_BYTES], "big") for entry in _entries(own)}
    found = dict[bytes, KeyedRow]()
    for entry in _entries(other):
        if int.from_bytes(entry[:SHORT_BYTES], "big") in known:
            found.setdefault(entry[:DIGEST_BYTES], KeyedRow.read(entry))
    if found:
        rows = (KeyedRow.read(entry) for entry in _entries(own) if entry[:DIGEST_BYTES] in found)
        yield from ((row, found[row.digest]) for row in rows)


def _entries(parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        for at in range(0, len(part), ENTRY_BYTES):
            yield part[at : at + ENTRY_BYTES]
