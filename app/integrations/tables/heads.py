"""The head of a table: where it stands, and which column stands where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.integrations.tables import faults
from app.integrations.tables.columns import Columns, plain_head
from app.integrations.tables.faults import TableError
from app.integrations.tables.rows import Cell, Row

DEEPEST_HEAD: Final = 40


@dataclass(frozen=True, slots=True)
class Head:
    """`last` is the number of the head's last row; `places` has the name of the column at each place."""

    last: int
    places: Mapping[int, str]
    unknown: tuple[int, ...] = ()
    repeated: tuple[str, ...] = field(default=())


def find_head(rows: Sequence[Row], columns: Columns) -> Head:
    """The head among the first rows: that with the most known columns, the first of equals.

    Raises TableError where there is none, where it names a column twice, or lacks a required one.
    """
    head = best_head(rows, columns)
    if head is None:
        raise TableError(faults.HEAD_NOT_FOUND, limit=DEEPEST_HEAD)
    if head.repeated:
        raise TableError(faults.COLUMN_TWICE, row=head.last, columns=head.repeated)
    known = set(head.places.values())
    if missing := tuple(name for name in columns.required if name not in known):
        raise TableError(faults.COLUMNS_MISSING, row=head.last, columns=missing)
    return head


def best_head(rows: Sequence[Row], columns: Columns) -> Head | None:
    """The head as `find_head`, whatever it lacks; None without any known column."""
    found: list[Head] = []
    first = [row for row in rows if row.number <= DEEPEST_HEAD]
    for at, row in enumerate(first):
        found.append(_head(row.number, [(cell,) for cell in row.cells], columns))
        if at:
            found.append(_head(row.number, _below(first[at - 1].cells, row.cells), columns))
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


def _head(number: int, texts: Sequence[tuple[Cell, ...]], columns: Columns) -> Head:
    places: dict[int, str] = {}
    unknown: list[int] = []
    for at, spellings in enumerate(texts):
        said = [plain_head(text) for text in spellings if isinstance(text, str)]
        name = next((columns.by_head[head] for head in said if head in columns.by_head), None)
        if name is not None:
            places[at] = name
        elif any(said):
            unknown.append(at)
    names = list(places.values())
    repeated = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    return Head(number, places, tuple(unknown), repeated)
