"""Which unknowns a set of linear equalities determines, by exact elimination modulo a prime."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Final, Generic, TypeVar

V = TypeVar("V", bound=Hashable)
# Coefficients are small, so that what holds modulo it holds.
PRIME: Final = 2**61 - 1


def determined(equalities: Iterable[Mapping[V, int]]) -> set[V]:
    """The unknowns that have one value by the equalities; what is known of them is left out of each."""
    rows = [{name: factor % PRIME for name, factor in each.items() if factor} for each in equalities]
    core, peeled = _peeled([row for row in rows if row])
    span = Span[V]()
    for row in sorted(core, key=len):
        span.add(row)
    for row, alone in reversed(peeled):
        span.add(row, alone)
    return {pivot for pivot, row in span.rows.items() if len(row) == 1}


def _peeled(rows: list[dict[V, int]]) -> tuple[list[dict[V, int]], list[tuple[dict[V, int], V]]]:
    """Rows with an unknown that no row left has, in the order in which they are found, and the rest.

    In reverse order, none of their unknowns has to be eliminated from a row before.
    """
    columns: dict[V, set[int]] = {}
    for number, row in enumerate(rows):
        for name in row:
            columns.setdefault(name, set()).add(number)
    alone = [name for name, numbers in columns.items() if len(numbers) == 1]
    peeled: dict[int, V] = {}
    for name in alone:  # it grows while it is read
        if not columns[name]:
            continue
        (number,) = columns[name]
        peeled[number] = name
        for other in rows[number]:
            columns[other].discard(number)
            if len(columns[other]) == 1:
                alone.append(other)
    core = [row for number, row in enumerate(rows) if number not in peeled]
    return core, [(rows[number], name) for number, name in peeled.items()]


class Span(Generic[V]):
    """Reduced rows by their pivots: no row has the pivot of another one."""

    def __init__(self) -> None:
        self.rows: dict[V, dict[V, int]] = {}
        self._having: dict[V, set[V]] = {}

    def add(self, row: Mapping[V, int], pivot: V | None = None) -> None:
        left = dict(row)
        for name in [name for name in row if name in self.rows]:
            _subtract(left, left[name], self.rows[name])
        if not left:
            return
        if pivot is None:
            pivot = min(left, key=lambda name: len(self._having.get(name, ())))
        inverse = pow(left[pivot], -1, PRIME)
        left = {name: factor * inverse % PRIME for name, factor in left.items()}
        for other in self._having.pop(pivot, set()):
            self._change(other, left, pivot)
        self.rows[pivot] = left
        for name in left.keys() - {pivot}:
            self._having.setdefault(name, set()).add(pivot)

    def _change(self, other: V, row: Mapping[V, int], pivot: V) -> None:
        """Eliminate a pivot from the row of another one."""
        changed = self.rows[other]
        _subtract(changed, changed[pivot], row)
        for name in row.keys() - {pivot}:
            if name in changed:
                self._having.setdefault(name, set()).add(other)
            else:
                self._having[name].discard(other)


def _subtract(row: dict[V, int], times: int, other: Mapping[V, int]) -> None:
    for name, factor in other.items():
        left = (row.get(name, 0) - times * factor) % PRIME
        if left:
            row[name] = left
        else:
            row.pop(name, None)
