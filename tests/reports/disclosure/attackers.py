"""An attacker with all documents of a tree of reports: every sum is an equation, solved exactly."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from app.schemas.reports.snapshots import Snapshot
from app.services.reports.disclosure.placed import Placed
from app.services.reports.disclosure.small_cells import Count


@dataclass(frozen=True, slots=True)
class Filed:
    """A report in its tree."""

    snapshot: Snapshot
    above: UUID | None

    @property
    def placed(self) -> Placed:
        counts = {
            (figure.item, figure.cell): Count.of(figure.numerator, figure.denominator)
            for figure in self.snapshot.figures
            if figure.numerator is not None
        }
        return Placed(self.snapshot.report_id, self.above, self.snapshot.definition, counts)


Variable = tuple[UUID, str, str]
Equation = dict[Variable, int]


def numbers(snapshots: Iterable[Snapshot]) -> dict[Variable, int]:
    return {
        (each.report_id, figure.item, figure.cell): figure.numerator
        for each in snapshots
        for figure in each.figures
        if figure.numerator is not None
    }


def sums(
    reports: Sequence[Filed], same: Mapping[str, tuple[str, str]], issued: Iterable[Snapshot]
) -> Iterator[Equation]:
    """Cells that make up a total or a margin, units that make up the one above, and indicators that are a cell."""
    named = {(figure.item, figure.cell) for each in issued for figure in each.figures}
    true = numbers(each.snapshot for each in reports)
    cells = {item: sorted(cell for of, cell in named if of == item) for _, item, _ in true}
    with_totals = [(each, item) for each in reports for item in cells if (each.snapshot.report_id, item, "") in true]
    for each, item in with_totals:
        report = each.snapshot.report_id
        for whole in cells[item]:
            yield from (
                {(report, item, whole): -1} | dict.fromkeys(parts, 1)
                for parts in _parts(report, item, whole, cells[item])
            )
        below = [b.snapshot.report_id for b, of in with_totals if of == item and b.above == report]
        for cell in cells[item] if below else ():
            yield {(report, item, cell): -1} | {(child, item, cell): 1 for child in below}
        if item in same:
            yield {(report, item, ""): -1, (report, *same[item]): 1}


def _parts(report: UUID, item: str, whole: str, cells: Sequence[str]) -> Iterator[list[Variable]]:
    """The cells with one dimension more, for each such dimension."""
    known = set(filter(None, whole.split(";")))
    finer = [
        cell for cell in cells if cell and known < (parts := set(cell.split(";"))) and len(parts) == len(known) + 1
    ]
    dimensions = {cell: next(iter(set(cell.split(";")) - known)).partition("=")[0] for cell in finer}
    for dimension in sorted(set(dimensions.values())):
        yield [(report, item, cell) for cell in finer if dimensions[cell] == dimension]


def recovered(equations: Iterable[Equation], shown: Mapping[Variable, int]) -> dict[Variable, Fraction]:
    """Every number that the equations determine and that is not shown."""
    rows: dict[Variable, tuple[dict[Variable, Fraction], Fraction]] = {}
    for equation in equations:
        row = {name: Fraction(factor) for name, factor in equation.items() if name not in shown}
        rest = -Fraction(sum(factor * shown[name] for name, factor in equation.items() if name in shown))
        for pivot in [name for name in row if name in rows]:
            row, rest = _less(row, rest, row[pivot], *rows[pivot])
        if row:
            pivot = min(row)
            factor = row[pivot]
            row, rest = {name: each / factor for name, each in row.items()}, rest / factor
            rows = {
                name: _less(*found, found[0][pivot], row, rest) if pivot in found[0] else found
                for name, found in rows.items()
            }
            rows[pivot] = (row, rest)
    return {pivot: rest for pivot, (row, rest) in rows.items() if len(row) == 1}


def _less(
    row: Mapping[Variable, Fraction], rest: Fraction, times: Fraction, other: Mapping[Variable, Fraction], of: Fraction
) -> tuple[dict[Variable, Fraction], Fraction]:
    left = {name: row.get(name, Fraction()) - times * other.get(name, Fraction()) for name in row.keys() | other.keys()}
    return {name: factor for name, factor in left.items() if factor}, rest - times * of
