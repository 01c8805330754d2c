"""How a unit's figure is made of those below it. Nothing is imputed: what is missing below makes the coverage partial.

`not_applicable` below is no zero, and is left out of what is owed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from app.schemas.reports.definitions import Definition, Formula, IndicatorItem, RollUp
from app.services.reports.values import NOTHING, Key, Value, Values


@dataclass(frozen=True, slots=True)
class Rolled:
    """The figure above, and for how many of the reports below to which the item applies there is a value."""

    value: Value
    owed: int
    reported: int

    @property
    def is_partial(self) -> bool:
        return self.reported < self.owed


def rolled(item: IndicatorItem, below: Sequence[Value]) -> Rolled:
    """The figure made of those of the reports below, each of which is there, also as `missing`.

    Distinct counts, medians and formulas are no function of them, so their value is `missing` here: the source or
    `recomputed` gives it, and the coverage stands.
    """
    owing = [value for value in below if value.status != "not_applicable"]
    known = [value for value in owing if value.is_known]
    if below and not owing:
        return Rolled(Value(status="not_applicable"), 0, 0)
    made = _made(item, known) if known else NOTHING
    return Rolled(made, len(owing), len(known))


def _made(item: IndicatorItem, known: Sequence[Value]) -> Value:
    if item.roll_up in {RollUp.SUM, RollUp.RATIO}:
        return _added(known)
    return _units(known) if item.roll_up is RollUp.COUNT_UNITS else NOTHING


def _added(known: Sequence[Value]) -> Value:
    """Sums of both parts, so that a ratio is that of the whole; of last year's only where each has it."""
    numerators = [value.numerator for value in known if value.numerator is not None]
    denominators = [value.denominator for value in known if value.denominator is not None]
    return Value(sum(numerators), sum(denominators) if denominators else None, _previous(known))


def _previous(known: Sequence[Value]) -> int | None:
    """A sum over some of the units would be compared with one over all of them."""
    previous = [value.previous for value in known if value.previous is not None]
    return sum(previous) if len(previous) == len(known) else None


def _units(known: Sequence[Value]) -> Value:
    """How many units said yes, or counted anything, of those that answered. What is itself so made is added up."""
    yes = sum(_yes(value) for value in known)
    return Value(yes, sum(1 if value.denominator is None else value.denominator for value in known))


def _yes(value: Value) -> int:
    numerator = value.numerator or 0
    return numerator if value.denominator is not None else min(numerator, 1)


def recomputed(definition: Definition, values: Values) -> dict[Key, Value]:
    """The figures that are formulas, totals and cells, of a report's other figures; each after those that it names."""
    indicators = definition.indicators()
    formulas = {code: item.formula for code, item in indicators.items() if item.formula is not None}
    named = {code: (*formula.numerator, *formula.denominator) for code, formula in formulas.items()}
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
    return ["", *(cell for cell in cells if [part.partition("=")[0] for part in cell.split(";")] in kinds)]


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
