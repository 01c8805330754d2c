"""How a figure is made of those below it, in plain words: what the sums of the database are held against.

Nothing is imputed: what is missing below makes the coverage partial. `not_applicable` below is no zero, and is left out
of what is owed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.schemas.reports.definitions import IndicatorItem, RollUp
from app.services.reports.figures.values import NOTHING, Value


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
