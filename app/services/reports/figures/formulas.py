"""Figures that are formulas of other figures of the same report. Nothing is imputed."""

from collections.abc import Sequence
from graphlib import TopologicalSorter

from app.schemas.reports.definitions import Definition, Formula, IndicatorItem, codes_of_cell
from app.services.reports.figures.values import NOTHING, Key, Value, Values


def recomputed(definition: Definition, values: Values) -> dict[Key, Value]:
    """The figures that are formulas, totals and cells, of a report's other figures; each after those that it names."""
    indicators = definition.indicators()
    formulas = {code: item.formula for code, item in indicators.items() if item.formula is not None}
    named = {code: formula.operands for code, formula in formulas.items()}
    found: dict[Key, Value] = {}
    for code in TopologicalSorter(named).static_order():
        if code in formulas:
            known = {**values, **found}
            cells = _cells(indicators[code], named[code], known)
            found |= {(code, cell): apply_formula(formulas[code], cell, known) for cell in cells}
    return found


def _cells(item: IndicatorItem, named: Sequence[str], values: Values) -> list[str]:
    """The total, and the cells of the item's breakdowns that what it names has."""
    kinds = [sorted(breakdown) for breakdown in item.breakdowns]
    cells = dict.fromkeys(cell for code, cell in values if code in named and cell)
    return ["", *(cell for cell in cells if list(codes_of_cell(cell)) in kinds)]


def apply_formula(formula: Formula, cell: str, values: Values) -> Value:
    """One figure of others. Without one of them it is missing; where none of a part applies, neither does it.

    A `change` has this year's sum as numerator and last year's as denominator, so that nothing is rounded:
    `change_permille` of app/core/proportions.py makes the percentage that is shown. Without last year's it is missing;
    last year's zero is a denominator of zero, and no percentage.
    """
    upper, lower = (_applying(codes, cell, values) for codes in (formula.numerator, formula.denominator))
    if not upper or (formula.denominator and not lower):
        return Value(status="not_applicable")
    if not all(part.is_known for part in (*upper, *lower)):
        return NOTHING
    numerator = sum(part.numerator or 0 for part in upper)
    if formula.kind == "change":
        before = _previous(upper)
        return NOTHING if before is None else Value(numerator, before)
    return Value(numerator, sum(part.numerator or 0 for part in lower) if formula.kind == "quotient" else None)


def _applying(codes: Sequence[str], cell: str, values: Values) -> list[Value]:
    found = (values.get((code, cell), NOTHING) for code in codes)
    return [value for value in found if value.status != "not_applicable"]


def _previous(known: Sequence[Value]) -> int | None:
    """A sum over some of the units would be compared with one over all of them."""
    previous = [value.previous for value in known if value.previous is not None]
    return sum(previous) if len(previous) == len(known) else None
