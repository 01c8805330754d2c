"""What each report of a tree must say, in plain words: an account of its own, without the product's functions."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID

from tests.factories.units import StaffedUnit
from tests.reports.templates.definitions import indicator, narrative, ratio

Key = tuple[str, str]
Parts = tuple[int | None, int | None]
SUMS, UNITS, FORMULAS = ("A", "B", "R"), ("Y", "K"), ("S", "Q", "C")
SECTION: dict[str, Any] = {
    "code": "figures",
    "label_vi": "Số liệu",
    "label_en": "Figures",
    "items": [
        indicator("A", breakdowns=[["sex"]], is_required=False),
        indicator("B", breakdowns=[["sex"]], is_required=False, not_for_levels=["nursery"]),
        ratio("R", is_required=False),
        indicator("Y", measure="yes_no", roll_up="count_units", is_required=False),
        indicator("K", roll_up="count_units", is_required=False),
        indicator("N", roll_up="none", is_required=False),
        indicator("V", source="incidents_violence", breakdowns=[["location"]]),
        indicator("D", source="persons_disciplined", roll_up="distinct", sensitivity="persons"),
        indicator("M", source="referral_delay_median", measure="duration", roll_up="median", is_required=False),
        indicator("S", roll_up="recomputed", breakdowns=[["sex"]], formula={"kind": "sum", "numerator": ["A", "B"]}),
        ratio("Q", roll_up="recomputed", formula={"kind": "quotient", "numerator": ["A"], "denominator": ["S"]}),
        ratio("C", roll_up="recomputed", formula={"kind": "change", "numerator": ["A"]}),
        narrative("T"),
    ],
}
FORM: dict[str, Any] = {"sections": [SECTION], "rules": []}


class Figure(NamedTuple):
    status: str
    numerator: int | None = None
    denominator: int | None = None

    @property
    def is_known(self) -> bool:
        return self.status in {"computed", "declared"}


MISSING, ABSENT = Figure("missing"), Figure("not_applicable")


@dataclass(frozen=True)
class Fact:
    """An incident, the event that it describes, and what hangs on it."""

    id: UUID
    unit_id: UUID
    event: UUID
    location: str
    disciplined: int
    delays: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Version:
    """What was submitted: the figures, the versions that they were made of, and the incidents in them."""

    number: int
    digest: str
    shown: Mapping[Key, Figure]
    parts: Sequence["Version"]
    facts: frozenset[Fact]


@dataclass(eq=False)
class Node:
    unit: StaffedUnit
    above: "Node | None"
    levels: tuple[str, ...] = ()
    below: list["Node"] = field(default_factory=list)
    path: str = ""
    state: str = "owed"
    held: list[Fact] = field(default_factory=list)
    # As it was counted last, and of which versions and incidents.
    computed: dict[Key, Parts] = field(default_factory=dict)
    overlaps: dict[Key, int] = field(default_factory=dict)
    parts: list[Version] = field(default_factory=list)
    facts: frozenset[Fact] = frozenset()
    declared: dict[Key, dict[str, Any]] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    accepted: Version | None = None
    # Another version than the one that was counted has been accepted below, or none any more.
    is_stale: bool = False

    def in_line(self) -> "list[Node]":
        """Itself and all below it."""
        return [self, *(each for child in self.below for each in child.in_line())]

    def accepted_below(self) -> list[Version]:
        return [child.accepted for child in self.below if child.accepted is not None]

    def accept(self, version: Version | None) -> None:
        self.accepted = version
        if self.above is not None:
            self.above.is_stale = self.above.state != "owed"

    def count(self) -> None:
        """Its own incidents and the accepted versions, less what they have in common; the median of its whole range."""
        self.parts, self.is_stale = self.accepted_below(), False
        self.facts = frozenset(self.held).union(*(part.facts for part in self.parts))
        self.computed, self.overlaps = {}, {}
        self._count_events()
        self.computed["D", ""] = (self._below("D", "") + sum(fact.disciplined for fact in self.held), None)
        delays = [delay for node in self.in_line() for fact in node.held for delay in fact.delays]
        self.computed["M", ""] = (round(median(delays)) if delays else None, None)
        keys = {key for part in self.parts for key, figure in part.shown.items() if figure.is_known}
        self.computed |= {key: self._summed(key) for key in keys if key[0] in SUMS}
        self.computed |= {key: self._units(key) for key in keys if key[0] in UNITS}

    def _count_events(self) -> None:
        whole, own = places(self.facts), places(self.held)
        known = {cell for part in self.parts for item, cell in part.shown if item == "V"}
        for cell in known | own.keys() | {""}:
            key = ("V", cell)
            twice = sum(places(part.facts)[cell] for part in self.parts) + own[cell] - whole[cell]
            total = self._below("V", cell) + own[cell] - twice
            if cell == "" or own[cell] or self._known(key):
                self.computed[key] = (max(0, total), None)
            if twice:
                self.overlaps[key] = twice

    def _known(self, key: Key) -> list[Figure]:
        found = [part.shown.get(key, MISSING) for part in self.parts]
        return [figure for figure in found if figure.is_known]

    def _below(self, item: str, cell: str) -> int:
        return sum(figure.numerator or 0 for figure in self._known((item, cell)))

    def _summed(self, key: Key) -> Parts:
        denominators = [figure.denominator for figure in self._known(key) if figure.denominator is not None]
        return self._below(*key), sum(denominators) if denominators else None

    def _units(self, key: Key) -> Parts:
        """Units that said yes or counted anything, of those that answered; a bureau passes on what it counted."""
        known = self._known(key)
        yes = sum((f.numerator or 0) if f.denominator is not None else min(f.numerator or 0, 1) for f in known)
        return yes, sum(1 if f.denominator is None else f.denominator for f in known)

    def shown(self) -> dict[Key, Figure]:
        found = {(item, ""): MISSING for item in (*SUMS, *UNITS, "N", "V", "D", "M")}
        for key in self.computed.keys() | self.declared.keys():
            found[key] = self._figure(key)
        if self.levels == ("nursery",) and ("B", "") not in self.declared:
            found["B", ""] = ABSENT
        return found | recomputed(found, self.declared)

    def _figure(self, key: Key) -> Figure:
        given, (numerator, denominator) = self.declared.get(key, {}), self.computed.get(key, (None, None))
        if given.get("not_applicable"):
            return ABSENT
        if given.get("numerator") is not None:
            return Figure("declared", given["numerator"], given.get("denominator", denominator))
        if key in self.computed and ((numerator, denominator) == (None, None) or denominator == 0):
            return ABSENT
        if numerator is None:
            return MISSING
        return Figure("computed", max(0, numerator + (given.get("adjustment") or 0)), denominator)


def places(facts: Collection[Fact]) -> Counter[str]:
    """Events by cell, each once: by the incident that survives or, without it, by the first."""
    of_event: dict[UUID, list[Fact]] = {}
    for fact in facts:
        of_event.setdefault(fact.event, []).append(fact)
    stand = [min(each, key=lambda fact: (fact.id != fact.event, fact.id)) for each in of_event.values()]
    return Counter({"": len(stand)} if stand else {}) + Counter(f"location={fact.location}" for fact in stand)


def recomputed(shown: Mapping[Key, Figure], declared: Mapping[Key, dict[str, Any]]) -> dict[Key, Figure]:
    """S = A + B, also by sex; Q = A of S; C = A against the year before."""
    cells = {cell for item, cell in shown if item in {"A", "B"}}
    found = {("S", cell): _added([shown.get((item, cell), MISSING) for item in ("A", "B")]) for cell in cells}
    a, s = shown["A", ""], found["S", ""]
    before = declared.get(("A", ""), {}).get("previous_numerator")
    found["Q", ""] = found["C", ""] = ABSENT if a == ABSENT else MISSING
    if a.is_known and s.is_known:
        found["Q", ""] = Figure("computed", a.numerator, s.numerator)
    if a.is_known and before is not None:
        found["C", ""] = Figure("computed", a.numerator, before)
    return found


def _added(figures: Iterable[Figure]) -> Figure:
    applying = [figure for figure in figures if figure != ABSENT]
    if not applying:
        return ABSENT
    if not all(figure.is_known for figure in applying):
        return MISSING
    return Figure("computed", sum(figure.numerator or 0 for figure in applying))
