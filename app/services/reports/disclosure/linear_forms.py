"""The linear equalities between figures that a template states: its rules of equality, with formulas written out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from app.schemas.reports.definitions import Definition, IndicatorItem, Rule, Side

Part: TypeAlias = Literal["some", "others"]


class Term(NamedTuple):
    """A part of a figure: how many, or of a share how many others."""

    item: str
    cell: str
    part: Part = "some"


# Terms with their factors, which make a constant; which one does not matter.
Form: TypeAlias = Mapping[Term, int]


def linear_forms(definition: Definition) -> list[Form]:
    """The equalities of at least two figures.

    A rule with a condition counts as if it were always asked, unless it states a constant: that nothing happened is no
    small number.
    """
    known = definition.indicators()
    forms = [_form(rule, known) for rule in definition.rules if _is_stated(rule)]
    return [form for form in forms if len(form) > 1]


def _is_stated(rule: Rule) -> bool:
    sides = (rule.left, rule.right)
    if rule.comparison != "eq" or any(side.part == "previous" for side in sides):
        return False
    return rule.when is None or all(side.items for side in sides)


def _form(rule: Rule, known: Mapping[str, IndicatorItem]) -> Form:
    found = Counter[Term]()
    for side, sign in ((rule.left, 1), (rule.right, -1)):
        for term in _terms(side, known):
            found[term] += sign
    return {term: factor for term, factor in found.items() if factor}


def _terms(side: Side, known: Mapping[str, IndicatorItem]) -> Iterator[Term]:
    for code in side.items:
        yield from _written_out(code, side.cell or "", side.part, known)


def _written_out(code: str, cell: str, part: str, known: Mapping[str, IndicatorItem]) -> Iterator[Term]:
    item = known.get(code)
    if item is None:
        return
    if item.formula is None:
        yield Term(code, cell)
        if part == "denominator":
            yield Term(code, cell, "others")
        return
    for each in item.formula.denominator if part == "denominator" else item.formula.numerator:
        yield from _written_out(each, cell, "numerator", known)
