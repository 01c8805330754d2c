"""Which cells of one indicator stay hidden over a tree of units, so that none can be computed from those shown.

A hidden cell is safe if the cells hidden with it could all be other numbers without a sum changing that is shown:
one code more and another one less in a unit, the reverse in a unit beside it, and so on to the lowest units.
What hides is decided until each hidden cell lies on such a circuit, and until what is hidden of each line is at least 5
in sum. The circuit of a cell with somebody in it passes cells with somebody where it can: zeros are often known, as a
school without incidents has no person in any cell.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, Self
from uuid import UUID

LEAST_SHOWN: Final = 5
# What a circuit costs that passes a cell of nobody: who knows that it is 0 closes it.
NO_WAY: Final = 10**9


@dataclass(frozen=True, slots=True)
class Count:
    """How many persons, and of a share also how many others."""

    some: int
    others: int | None = None

    @classmethod
    def of(cls, numerator: int, denominator: int | None) -> Self:
        return cls(numerator, None if denominator is None else denominator - numerator)

    @property
    def is_small(self) -> bool:
        return self.some < LEAST_SHOWN or (self.others is not None and self.others < LEAST_SHOWN)


NOBODY: Final = Count(0)


@dataclass(frozen=True, slots=True)
class Tree:
    """Units and the unit above each; the children of each in a fixed order."""

    above: Mapping[UUID, UUID | None]
    below: Mapping[UUID, Sequence[UUID]] = field(init=False)
    # Each unit after the one above it.
    order: Sequence[UUID] = field(init=False)

    def __post_init__(self) -> None:
        below: dict[UUID, list[UUID]] = {unit: [] for unit in self.above}
        for unit in sorted(self.above):
            parent = self.above[unit]
            if parent is not None:
                below[parent].append(unit)
        order = [unit for unit in sorted(self.above) if self.above[unit] is None]
        for unit in order:  # it grows while it is read
            order += below[unit]
        object.__setattr__(self, "below", below)
        object.__setattr__(self, "order", order)

    def beside(self, unit: UUID) -> list[UUID]:
        parent = self.above[unit]
        return [] if parent is None else [each for each in self.below[parent] if each != unit]


def are_enough(counts: Iterable[Count]) -> bool:
    """Whether they are 5 in sum, of each part of a share."""
    known = list(counts)
    others = [count.others for count in known if count.others is not None]
    return sum(count.some for count in known) >= LEAST_SHOWN and (not others or sum(others) >= LEAST_SHOWN)


def hidden_totals(tree: Tree, totals: Mapping[UUID, Count], first: Iterable[UUID]) -> set[UUID]:
    """Units whose total is hidden: each family of a unit and those below it has none of them, or two."""
    hidden = {unit for unit, count in totals.items() if count.is_small}.union(first)
    while more := {each for parent in tree.order if (each := _another_total(tree, totals, hidden, parent))}:
        hidden |= more
    return hidden


def _another_total(tree: Tree, totals: Mapping[UUID, Count], hidden: set[UUID], parent: UUID) -> UUID | None:
    children = tree.below[parent]
    under = [child for child in children if child in hidden]
    shown = [child for child in children if child not in hidden]
    if parent in hidden:
        return min(shown, key=lambda child: totals[child].some) if shown and not under else None
    if not under or (len(under) > 1 and are_enough(totals[child] for child in under)):
        return None
    if shown:
        return min(shown, key=lambda child: totals[child].some)
    return parent if len(under) == 1 else None


class Breakdown:
    """The hidden cells of one breakdown of one indicator, over all units."""

    def __init__(
        self, tree: Tree, counts: Mapping[UUID, Mapping[str, Count]], codes: Sequence[str], whole: set[UUID]
    ) -> None:
        self.tree = tree
        self.counts = counts
        self.codes = codes
        # Of these units everything is hidden, the total too.
        self.whole = whole
        # Cells through which a circuit was closed, perhaps by way of a zero.
        self.closed = set[tuple[UUID, str]]()
        self.hidden: dict[UUID, set[str]] = {unit: self._small(unit) for unit in tree.order}

    def hide(self, cells: Iterable[tuple[UUID, str]]) -> None:
        for unit, code in cells:
            self.hidden[unit].add(code)

    def complete(self) -> None:
        """Hide more until no hidden cell can be computed; a single code is the total under another name."""
        while len(self.codes) > 1 and (self._widen() or self._close()):
            pass

    def _small(self, unit: UUID) -> set[str]:
        return set(self.codes) if unit in self.whole else {c for c in self.codes if self._count(unit, c).is_small}

    def _count(self, unit: UUID, code: str) -> Count:
        return self.counts[unit].get(code, NOBODY)

    def _widen(self) -> bool:
        """Hide one more cell of each line whose hidden cells are less than 5 in sum; whether there was one."""
        more = [*self._narrow_rows(), *self._narrow_columns()]
        self.hide(more)
        return bool(more)

    def _narrow_rows(self) -> Iterator[tuple[UUID, str]]:
        for unit in self.tree.order:
            hidden = self.hidden[unit]
            shown = [code for code in self.codes if code not in hidden]
            if hidden and shown and not are_enough(self._count(unit, code) for code in hidden):
                yield unit, min(shown, key=lambda code: self._count(unit, code).some)

    def _narrow_columns(self) -> Iterator[tuple[UUID, str]]:
        for parent in self.tree.order:
            for code in self.codes:
                if code not in self.hidden[parent] and (child := self._another_child(parent, code)):
                    yield child, code

    def _another_child(self, parent: UUID, code: str) -> UUID | None:
        hidden = [child for child in self.tree.below[parent] if code in self.hidden[child]]
        shown = [child for child in self.tree.below[parent] if code not in self.hidden[child]]
        if not hidden or not shown or are_enough(self._count(child, code) for child in hidden):
            return None
        return min(shown, key=lambda child: self._count(child, code).some)

    def _close(self) -> bool:
        """Close a circuit through each hidden cell that lies on none; whether there was one."""
        safe = self._on_circuits() | self.closed
        more = False
        for unit in self.tree.order:
            for code in self.codes:
                if code in self.hidden[unit] and unit not in self.whole and (unit, code) not in safe:
                    safe.update(self._circuit(unit, code))
                    more = True
        self.closed |= safe
        self.hide(safe)
        return more

    def _on_circuits(self) -> set[tuple[UUID, str]]:
        safe = set[tuple[UUID, str]]()
        for one, other in combinations(self.codes, 2):
            both = {unit for unit in self.tree.order if one in self.hidden[unit] and other in self.hidden[unit]}
            peopled = {unit for unit in both if self._count(unit, one).some and self._count(unit, other).some}
            for unit in self._carried(peopled):
                safe |= {(unit, one), (unit, other)}
            for unit in self._carried(both):
                safe |= {(unit, code) for code in (one, other) if not self._count(unit, code).some}
        return safe

    def _carried(self, both: set[UUID]) -> Iterator[UUID]:
        """Units from which a change of two codes goes on downwards to the lowest, and sideways or upwards."""
        down = set[UUID]()
        ends: dict[UUID, int] = {}
        for unit in reversed(self.tree.order):
            if unit in both and (not self.tree.below[unit] or ends.get(unit)):
                down.add(unit)
                parent = self.tree.above[unit]
                if parent is not None:
                    ends[parent] = ends.get(parent, 0) + 1
        up = set[UUID]()
        for unit in self.tree.order:
            parent = self.tree.above[unit]
            if parent is None or ends.get(parent, 0) > (unit in down) or (parent in both and parent in up):
                up.add(unit)
        yield from down & up

    def _circuit(self, unit: UUID, code: str) -> set[tuple[UUID, str]]:
        """The cells of the circuit through a cell that hides the fewest persons more."""
        circuits = (self._of_pair(unit, (code, other)) for other in self.codes if other != code)
        _, cells = min(circuits, key=lambda found: found[0])
        return cells

    def _of_pair(self, unit: UUID, pair: tuple[str, str]) -> tuple[int, set[tuple[UUID, str]]]:
        cost, units = self._downwards(unit, pair)
        further, beyond = self._onwards(unit, pair)
        return cost + further, {(each, code) for each in (*units, *beyond) for code in pair}

    def _downwards(self, unit: UUID, pair: tuple[str, str]) -> tuple[int, list[UUID]]:
        """From a unit to one of the lowest below it, always by the cheapest."""
        units, cost = [unit], self._cost(unit, pair)
        while children := self.tree.below[units[-1]]:
            units.append(min(children, key=lambda child: self._cost(child, pair)))
            cost += self._cost(units[-1], pair)
        return cost, units

    def _onwards(self, unit: UUID, pair: tuple[str, str]) -> tuple[int, list[UUID]]:
        """From a unit through one beside it, or through the one above it."""
        parent = self.tree.above[unit]
        if parent is None:
            return 0, []
        cost, units = self._onwards(parent, pair)
        upwards = (cost + self._cost(parent, pair), [parent, *units])
        beside = self.tree.beside(unit)
        if not beside:
            return upwards
        sideways = self._downwards(min(beside, key=lambda each: self._cost(each, pair)), pair)
        return min(sideways, upwards, key=lambda found: found[0])

    def _cost(self, unit: UUID, pair: tuple[str, str]) -> int:
        shown = sum(self._count(unit, code).some + 1 for code in pair if code not in self.hidden[unit])
        return shown + sum(NO_WAY for code in pair if not self._count(unit, code).some)
