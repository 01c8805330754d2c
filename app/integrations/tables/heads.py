"""The head of a table: where it stands, and which column stands where."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from app.integrations.tables import faults
from app.integrations.tables.columns import Columns, plain_head
from app.integrations.tables.faults import TableError
from app.integrations.tables.rows import Cell, Row

DEEPEST_HEAD: Final = 40


class Basis(StrEnum):
    """Why a column stands at a place, where its head alone does not say so."""

    REQUEST = "request"
    REMEMBERED = "remembered"


def _recall_nothing(_: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What people chose by hand: the columns of places in this file, and of plain heads in earlier ones."""

    places: Mapping[int, str] = field(default_factory=dict)
    recall: Callable[[str], str | None] = _recall_nothing


NOTHING_CHOSEN: Final = Chosen()


@dataclass(frozen=True, slots=True)
class Head:
    """`last` is the number of the head's last row; `places` has the name of the column at each place.

    `mapped` has the places of what was chosen by hand, and `said` the plain head of each place in the request, if no
    other head is the same.
    """

    last: int
    places: Mapping[int, str]
    unknown: tuple[int, ...] = ()
    repeated: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    mapped: Mapping[int, Basis] = field(default_factory=dict)
    said: Mapping[int, str] = field(default_factory=dict, repr=False)


def find_head(rows: Sequence[Row], columns: Columns, chosen: Chosen = NOTHING_CHOSEN) -> Head:
    """The head among the first rows: that with the most known columns, the first of equals.

    Raises TableError where there is none, where it names a column twice, or lacks a required one; with the places
    among which somebody can choose.
    """
    head = best_head(rows, columns, chosen)
    if head is None:
        raise _not_found(chosen)
    if head.repeated:
        names = tuple(head.repeated)
        raise TableError(faults.COLUMN_TWICE, row=head.last, columns=names, choices=head.repeated)
    known = set(head.places.values())
    if missing := tuple(name for name in columns.required if name not in known):
        choices = dict.fromkeys(missing, head.unknown)
        raise TableError(faults.COLUMNS_MISSING, row=head.last, columns=missing, choices=choices)
    return head


def _not_found(chosen: Chosen) -> TableError:
    if chosen.places:
        return TableError(faults.MAPPED_PLACE_EMPTY, columns=tuple(chosen.places.values()))
    return TableError(faults.HEAD_NOT_FOUND, limit=DEEPEST_HEAD)


def best_head(rows: Sequence[Row], columns: Columns, chosen: Chosen = NOTHING_CHOSEN) -> Head | None:
    """The head as `find_head`, whatever it lacks; None without any known column."""
    found: list[Head] = []
    first = [row for row in rows if row.number <= DEEPEST_HEAD]
    for at, row in enumerate(first):
        found += _head(row.number, [(cell,) for cell in row.cells], columns, chosen)
        if at:
            found += _head(row.number, _below(first[at - 1].cells, row.cells), columns, chosen)
    best = max(found, key=lambda head: len(head.places), default=None)
    return best if best is not None and best.places else None


def _below(upper: Sequence[Cell], lower: Sequence[Cell]) -> list[tuple[Cell, ...]]:
    """The heads of a table whose head takes two rows: what stands below, above, and both together."""
    joined: list[tuple[Cell, ...]] = []
    group: Cell = None
    for at in range(max(len(upper), len(lower))):
        above = upper[at] if at < len(upper) else None
        below = lower[at] if at < len(lower) else None
        # A head merged over several columns stands in the first of them.
        group = above or group
        joined.append((f"{group or ''} {below or ''}", below) if below else (above,))
    return joined


def _head(number: int, texts: Sequence[tuple[Cell, ...]], columns: Columns, chosen: Chosen) -> Iterator[Head]:
    """The row as a head; nothing where it says nothing at a place that was chosen."""
    said = {at: plain for at, spellings in enumerate(texts) if (plain := _plain(spellings))}
    if not chosen.places.keys() <= said.keys():
        return
    remembered = _named(said, chosen.recall, chosen.places)
    by_hand = {**chosen.places, **remembered}
    places = by_hand | _named(said, columns.by_head.get, by_hand)
    names = Counter(places.values())
    firsts = Counter(plain[0] for plain in said.values())
    yield Head(
        number,
        dict(sorted(places.items())),
        unknown=tuple(at for at in said if at not in places),
        repeated={name: _places_of(name, places) for name, number in names.items() if number > 1},
        mapped=dict.fromkeys(chosen.places, Basis.REQUEST) | dict.fromkeys(remembered, Basis.REMEMBERED),
        said={at: said[at][0] for at in chosen.places if firsts[said[at][0]] == 1},
    )


def _plain(spellings: Sequence[Cell]) -> list[str]:
    return [plain for text in spellings if isinstance(text, str) and (plain := plain_head(text))]


def _named(
    said: Mapping[int, Sequence[str]], name_of: Callable[[str], str | None], settled: Mapping[int, str]
) -> dict[int, str]:
    """The columns of the places that are not settled yet, other than the settled ones."""
    taken, found = set(settled.values()), dict[int, str]()
    for at, plain in said.items():
        name = next(filter(None, map(name_of, plain)), None)
        if name is not None and at not in settled and name not in taken:
            found[at] = name
    return found


def _places_of(name: str, places: Mapping[int, str]) -> tuple[int, ...]:
    return tuple(sorted(at for at, each in places.items() if each == name))
