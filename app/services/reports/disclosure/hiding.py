"""What of a report is issued beyond the official chain: no small number of persons, and nothing that gives one away.

Decided once for a whole tree of reports, so that no document of one unit betrays what another's hides (issue of numbers
of persons: domain notes, "Cells 1–4 with persons are suppressed"). Hidden: counts of persons from 0 to 4, totals too,
with what they could be computed from; everything but the total of the most sensitive figures; every figure of persons
by two dimensions at once. What is hidden has no number, in no column.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final
from uuid import UUID

from app.schemas.reports.definitions import Definition, IndicatorItem, Rule, Sensitivity, Side, cell_key, codes_of_cell
from app.schemas.reports.snapshots import Snapshot, SnapshotFigure, SnapshotRule
from app.services.reports.disclosure.equalities import Equalities, tied_items
from app.services.reports.disclosure.own_parts import own_parts
from app.services.reports.disclosure.placed import Hidden, Placed
from app.services.reports.disclosure.revealed import revealed
from app.services.reports.disclosure.small_cells import Breakdown, Count, Tree, hidden_totals
from app.services.reports.figures.values import Key

NUMBERED: Final = frozenset({"computed", "declared"})
NO_EARLIER: Final[Hidden] = {}
# Beside a figure of persons they would say what the figure or last year's edition hides.
BESIDE: Final = (
    "computed_numerator", "computed_denominator", "overlap", "adjustment", "previous_numerator", "previous_denominator",
    "outside", "outside_source", "outside_on", "reason", "comment",
)  # fmt: skip
IN_A_FIGURE: Final = ("numerator", "denominator", *BESIDE)


def published(snapshot: Snapshot, hidden: Collection[Key]) -> Snapshot:
    """The snapshot as it is issued beyond the official chain; `hidden` as `decide` gives it for this report.

    The digests of the versions below go too: with few possible numbers, a digest says which one is right.
    """
    guarded = guarded_items(snapshot.definition)
    closed = {*hidden, *_made_of_hidden(snapshot, guarded, {item for item, cell in hidden if not cell})}
    figures = [_issued(figure, guarded, closed) for figure in snapshot.figures]
    known = {(figure.item, figure.cell) for figure in figures}
    figures += [SnapshotFigure(item=item, cell=cell, status="hidden") for item, cell in sorted(closed - known)]
    covered = snapshot.coverage
    return snapshot.model_copy(
        update={
            "figures": figures,
            "broken_rules": [rule for rule in snapshot.broken_rules if not _names(rule, snapshot.definition, guarded)],
            "coverage": covered and covered.model_copy(update={"versions": []}),
        }
    )


def decide(
    reports: Sequence[Placed], earlier: Hidden = NO_EARLIER, issued: Sequence[Placed] = ()
) -> dict[UUID, frozenset[Key]]:
    """What each report of a tree hides. What an earlier decision hid stays hidden.

    `issued`: reports of other parts of the school year whose documents are there already; what they hide is in
    `earlier`, and does not change any more.
    """
    known = {each.report_id for each in reports}
    reports = [*reports, *own_parts(reports)]
    decided = Decision(reports, earlier).made()
    equalities = Equalities(reports, issued, _all_guarded((*reports, *issued)))
    printed = {each.report_id: earlier.get(each.report_id, frozenset()) for each in issued}
    while more := revealed(equalities, {**decided, **printed}):
        wider = {report: cells.union(more.get(report, ())) for report, cells in decided.items()}
        decided = Decision(reports, wider).made()
    return {report: cells for report, cells in decided.items() if report in known}


def _all_guarded(reports: Iterable[Placed]) -> set[str]:
    """Without formulas, which the equalities write out."""
    definitions = {id(each.definition): each.definition for each in reports}.values()
    return {code for each in definitions for code, item in guarded_items(each).items() if not item.formula}


def guarded_items(definition: Definition) -> dict[str, IndicatorItem]:
    """Indicators that count persons, those tied to them by an equality, and those made of them by formulas."""
    known = definition.indicators()
    persons = {code for code, item in known.items() if item.sensitivity is not Sensitivity.OPEN}
    persons = tied_items(definition, persons)
    guarded = persons | _made_of(known, persons)
    return {code: item for code, item in known.items() if code in guarded}


def _issued(figure: SnapshotFigure, guarded: Mapping[str, IndicatorItem], hidden: set[Key]) -> SnapshotFigure:
    if figure.item not in guarded:
        return figure
    if figure.status not in NUMBERED:
        return figure.model_copy(update=dict.fromkeys(IN_A_FIGURE))
    if (figure.item, figure.cell) in hidden:
        return SnapshotFigure(item=figure.item, cell=figure.cell, status="hidden")
    return figure.model_copy(update=dict.fromkeys(BESIDE))


def _made_of_hidden(snapshot: Snapshot, guarded: Mapping[str, IndicatorItem], hidden: Collection[str]) -> Iterator[Key]:
    """Of a figure made of persons its total alone is issued: not where a part is hidden or of the year before."""
    formulas = {code: item.formula for code, item in guarded.items() if item.formula is not None}
    changes = {code for code, formula in formulas.items() if formula.kind == "change"}
    closed = changes | _made_of(guarded, hidden)
    for figure in snapshot.figures:
        if figure.item in formulas and (figure.cell or figure.item in closed):
            yield figure.item, figure.cell


def _made_of(known: Mapping[str, IndicatorItem], parts: Collection[str]) -> set[str]:
    """The indicators whose formula leads to one of some others, by however many steps."""
    operands = {code: item.formula.operands for code, item in known.items() if item.formula}
    found = set[str]()
    ahead = set(parts)
    while ahead:
        ahead = {code for code in operands if code not in found and not ahead.isdisjoint(operands[code])}
        found |= ahead
    return found


def _names(broken: SnapshotRule, definition: Definition, guarded: Mapping[str, IndicatorItem]) -> bool:
    """Whether a broken rule is about persons, or about nothing that is known."""
    rule = next((each for each in definition.rules if each.code == broken.code), None)
    return rule is None or not guarded.keys().isdisjoint((*rule.left.items, *rule.right.items))


class Decision:
    """The decision for one tree, indicator by indicator."""

    def __init__(self, reports: Sequence[Placed], earlier: Hidden) -> None:
        self.above = {each.report_id: each.above for each in reports}
        self.hidden: dict[UUID, set[Key]] = {report: set(earlier.get(report, ())) for report in self.above}
        self.items: dict[str, IndicatorItem] = {}
        # An indicator that is a cell of another one.
        self.same: dict[str, Key] = {}
        for definition in {id(each.definition): each.definition for each in reports}.values():
            self._read(definition)
        # By indicator and report, every number that either has.
        self.counts = {code: dict[UUID, dict[str, Count]]() for code in self.items}
        for each in reports:
            for (code, cell), count in each.counts.items():
                if code in self.counts:
                    self.counts[code].setdefault(each.report_id, {})[cell] = count

    def made(self) -> dict[UUID, frozenset[Key]]:
        for code in sorted(self.items, key=lambda code: code in self.same):
            self._count(code)
        return {report: frozenset(cells) for report, cells in self.hidden.items()}

    def _read(self, definition: Definition) -> None:
        """The strictest sensitivity counts where reports of two templates have an indicator in common."""
        for code, item in guarded_items(definition).items():
            if not item.formula and (code not in self.items or item.sensitivity is Sensitivity.TOTALS_ONLY):
                self.items[code] = item
        for rule in definition.rules:
            self.same.update(_same(rule, self.items))

    def _count(self, code: str) -> None:
        """Hide of an indicator its totals, then the cells of each breakdown."""
        known = self.counts[code]
        counts = {report: numbers for report, numbers in known.items() if "" in numbers}
        for report in known.keys() - counts.keys():
            self._hide(report, code, known[report])
        tree = Tree({report: above if (above := self.above[report]) in counts else None for report in counts})
        totals = {report: numbers[""] for report, numbers in counts.items()}
        whole = self._whole(code, tree, totals)
        for dimensions, cells in _by_dimensions((*counts.values(), self._twins(code))).items():
            for report, hidden in self._lines(code, dimensions, cells, tree, counts, whole).items():
                self._hide(report, code, hidden)
        for report in whole:
            self._hide(report, code, [""])

    def _whole(self, code: str, tree: Tree, totals: Mapping[UUID, Count]) -> set[UUID]:
        if code in self.same:
            return {report for report in totals if self.same[code] in self.hidden[report]}
        return hidden_totals(tree, totals, {report for report in totals if (code, "") in self.hidden[report]})

    def _lines(
        self,
        code: str,
        dimensions: frozenset[str],
        cells: Sequence[str],
        tree: Tree,
        counts: Mapping[UUID, Mapping[str, Count]],
        whole: set[UUID],
    ) -> Mapping[UUID, Iterable[str]]:
        if len(dimensions) > 1 or self.items[code].sensitivity is Sensitivity.TOTALS_ONLY:
            return dict.fromkeys(counts, cells)
        breakdown = Breakdown(tree, counts, cells, whole)
        breakdown.hide(self._hidden_before(code, cells, counts))
        breakdown.complete()
        return breakdown.hidden

    def _hidden_before(
        self, code: str, cells: Sequence[str], counts: Mapping[UUID, Mapping[str, Count]]
    ) -> Iterator[tuple[UUID, str]]:
        """Cells that an earlier decision hid, and those that another indicator names by itself and that are small."""
        twins = self._twins(code)
        for report in counts:
            for cell in cells:
                twin = twins.get(cell)
                if (code, cell) in self.hidden[report] or (twin and self._is_hidden(report, twin)):
                    yield report, cell

    def _twins(self, code: str) -> dict[str, str]:
        """The cells of an indicator that other ones name by themselves."""
        return {cell: twin for twin, (item, cell) in self.same.items() if item == code}

    def _is_hidden(self, report: UUID, code: str) -> bool:
        total = self.counts[code].get(report, {}).get("")
        return (code, "") in self.hidden[report] or (total is not None and total.is_small)

    def _hide(self, report: UUID, code: str, cells: Iterable[str]) -> None:
        self.hidden[report].update((code, cell) for cell in cells)


def _by_dimensions(counts: Iterable[Iterable[str]]) -> dict[frozenset[str], list[str]]:
    """Every combination of the codes that any report has, by what is broken down by.

    Where a report lacks one, it counts nobody; where all reports but one lack it, leaving it out would say so.
    """
    seen = {tuple(codes_of_cell(cell).items()) for cells in counts for cell in cells if cell}
    by_dimension: dict[str, set[str]] = {}
    for name, code in (each for parts in seen for each in parts):
        by_dimension.setdefault(name, set()).add(code)
    found: dict[frozenset[str], list[str]] = {}
    for names in sorted({tuple(sorted(name for name, _ in parts)) for parts in seen}):
        combined = product(*(sorted(by_dimension[name]) for name in names))
        found[frozenset(names)] = [cell_key(dict(zip(names, codes, strict=True))) for codes in combined]
    return found


def _same(rule: Rule, guarded: Mapping[str, IndicatorItem]) -> Iterator[tuple[str, Key]]:
    """The indicator that is a cell of another one by a rule, such as girls of pupils."""
    sides = (rule.left, rule.right)
    if rule.comparison != "eq" or rule.when is not None or not all(_is_one(side, guarded) for side in sides):
        return
    for total, part in (sides, sides[::-1]):
        if not total.cell and part.cell:
            yield total.items[0], (part.items[0], part.cell)


def _is_one(side: Side, guarded: Mapping[str, IndicatorItem]) -> bool:
    return len(side.items) == 1 and side.items[0] in guarded and side.part == "numerator" and not side.constant
