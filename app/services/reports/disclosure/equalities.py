"""What the equalities between figures reveal of what is hidden, over a tree of units and all documents of a year.

The sums of one indicator are safe by how its cells are hidden; here are the others: rules of equality and formulas
between indicators, and the terms that make up a school year, of which earlier documents are issued already.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from app.schemas.reports.definitions import Definition, Sensitivity
from app.services.reports.disclosure.linear_forms import Form, Part, linear_forms
from app.services.reports.disclosure.placed import Placed
from app.services.reports.disclosure.small_cells import LEAST_SHOWN, NOBODY, Count
from app.services.reports.figures.values import Key

TERMS: Final = frozenset({"first", "second"})
PARTS: Final[tuple[Part, ...]] = ("some", "others")


class Figure(NamedTuple):
    """A part of one figure of one report. `rest`: what of a year no document of a term says."""

    report: UUID
    item: str
    cell: str
    part: str = "some"


Equality: TypeAlias = Mapping[Figure, int]


class Equalities:
    def __init__(self, reports: Sequence[Placed], issued: Sequence[Placed], guarded: Collection[str]) -> None:
        self.placed = {each.report_id: each for each in (*reports, *issued)}
        self.now = {each.report_id for each in reports}
        self.forms = {id(each.definition): linear_forms(each.definition) for each in self.placed.values()}
        linked = {term.item for forms in self.forms.values() for form in forms for term in form}
        # The sums of one indicator alone are safe already.
        self.items = set(guarded) if issued else linked & set(guarded)
        self.rests = dict[Figure, int]()

    def made(self, hidden: Mapping[UUID, Collection[Key]]) -> list[Equality]:
        """All of them; a cell that nobody has and that is not hidden is a zero that everybody sees."""
        if not self.items:
            return []
        found = list[Equality]()
        for report, placed in self.placed.items():
            cells = self._cells(placed, hidden.get(report, ()))
            found += self._breakdowns(placed, cells)
            found += self._tree(placed, cells)
            found += (form for each in self.forms[id(placed.definition)] for form in self._form(placed, each))
        return [*found, *self._years(hidden)]

    def _cells(self, placed: Placed, hidden: Iterable[Key]) -> dict[str, set[str]]:
        """By indicator with a total: the cells that the report has or hides."""
        found = {item: {""} for item, cell in placed.counts if not cell and item in self.items}
        for item, cell in (*placed.counts, *hidden):
            if item in found:
                found[item].add(cell)
        return found

    def _breakdowns(self, placed: Placed, cells: Mapping[str, Collection[str]]) -> Iterator[Equality]:
        for item, of_item in cells.items():
            by_dimension: dict[str, list[str]] = {}
            for cell in of_item:
                if cell and ";" not in cell:
                    by_dimension.setdefault(cell.partition("=")[0], []).append(cell)
            for codes in by_dimension.values():
                yield from self._sums(Figure(placed.report_id, item, ""), [(placed.report_id, c) for c in codes])

    def _tree(self, placed: Placed, cells: Mapping[str, Collection[str]]) -> Iterator[Equality]:
        for item, of_item in cells.items():
            below = [each for each in self._below.get(placed.report_id, ()) if (item, "") in self.placed[each].counts]
            for cell in of_item if below else ():
                yield from self._sums(Figure(placed.report_id, item, cell), [(each, cell) for each in below])

    def _sums(self, whole: Figure, parts: Sequence[tuple[UUID, str]]) -> Iterator[Equality]:
        for part in PARTS if self.count(whole).others is not None else PARTS[:1]:
            yield {whole._replace(part=part): -1} | {Figure(report, whole.item, c, part): 1 for report, c in parts}

    def _form(self, placed: Placed, form: Form) -> Iterator[Equality]:
        if all((term.item, "") in placed.counts for term in form):
            yield {Figure(placed.report_id, *term): factor for term, factor in form.items()}

    def _years(self, hidden: Mapping[UUID, Collection[Key]]) -> Iterator[Equality]:
        """A year is the sum of its terms; where a document of one is not issued, the rest is what it will say."""
        for by_term in self._of_units.values():
            year, terms = by_term.get(None), [each for term, each in by_term.items() if term]
            if year is None or not terms:
                continue
            cells = {cell for each in (year, *terms) for cell in (*each.counts, *hidden.get(each.report_id, ()))}
            for item, cell in cells:
                if item in self.items and all((item, "") in each.counts for each in (year, *terms)):
                    yield self._year(year, terms, item, cell)

    def _year(self, year: Placed, terms: Sequence[Placed], item: str, cell: str) -> Equality:
        whole = Figure(year.report_id, item, cell)
        parts = [Figure(each.report_id, item, cell) for each in terms]
        if len(parts) < len(TERMS):
            rest = whole._replace(part="rest")
            self.rests[rest] = self.count(whole).some - sum(self.count(part).some for part in parts)
            parts.append(rest)
        return {whole: -1} | dict.fromkeys(parts, 1)

    def count(self, figure: Figure) -> Count:
        return self.placed[figure.report].counts.get((figure.item, figure.cell), NOBODY)

    def is_small(self, figure: Figure) -> bool:
        """Whether nobody may compute it: a small number, a cell of which totals alone are issued, a small rest."""
        if figure.part == "rest":
            return 0 < self.rests[figure] < LEAST_SHOWN
        item = self.placed[figure.report].definition.indicators().get(figure.item)
        totals_only = item is not None and item.sensitivity is Sensitivity.TOTALS_ONLY
        return self.count(figure).is_small or bool(figure.cell and totals_only)

    @cached_property
    def _below(self) -> dict[UUID, list[UUID]]:
        found: dict[UUID, list[UUID]] = {}
        for report, placed in self.placed.items():
            if placed.above is not None:
                found.setdefault(placed.above, []).append(report)
        return found

    @cached_property
    def _of_units(self) -> dict[UUID, dict[str | None, Placed]]:
        found: dict[UUID, dict[str | None, Placed]] = {}
        for placed in self.placed.values():
            if placed.unit_id is not None:
                found.setdefault(placed.unit_id, {})[placed.term] = placed
        return found


def tied_items(definition: Definition, persons: Collection[str]) -> set[str]:
    """Indicators that an equality ties to those of persons, by however many steps: the others give them away."""
    forms = [{term.item for term in form} for form in linear_forms(definition)]
    found = set(persons)
    while more := {item for items in forms if not items.isdisjoint(found) for item in items} - found:
        found |= more
    return found
