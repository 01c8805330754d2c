"""How a figure above is made of those below, and a formula of other figures."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.proportions import change_permille, permille
from app.schemas.reports.definitions import IndicatorItem
from app.services.reports.figures.formulas import apply_formula, recomputed
from app.services.reports.figures.values import Value
from tests.reports.consolidation.plain_roll_up import rolled
from tests.reports.templates.definitions import definition, indicator, ratio

MISSING, ABSENT = Value(status="missing"), Value(status="not_applicable")


def item(**members: Any) -> IndicatorItem:
    return IndicatorItem.model_validate(indicator("A", **members))


SUM = item()
RATIO = item(measure="ratio", roll_up="ratio")
YES_NO = item(measure="yes_no", roll_up="count_units")


def test_a_sum_adds_up_with_last_years() -> None:
    made = rolled(SUM, [Value(2, previous=1), Value(3, previous=4)])
    assert (made.value, made.owed, made.reported) == (Value(5, previous=5), 2, 2)
    assert not made.is_partial


def test_last_years_sum_of_some_units_is_no_last_year_of_all() -> None:
    assert rolled(SUM, [Value(2, previous=1), Value(3)]).value == Value(5)


def test_a_ratio_is_that_of_the_sums_not_a_mean_of_ratios() -> None:
    made = rolled(RATIO, [Value(1, 2), Value(90, 100)])
    assert made.value == Value(91, 102)


def test_what_is_missing_makes_it_partial_and_is_not_imputed() -> None:
    made = rolled(SUM, [Value(2), MISSING, Value(9, status="hidden")])
    assert (made.value.numerator, made.owed, made.reported, made.is_partial) == (2, 3, 1, True)


def test_what_does_not_apply_is_not_owed_and_no_zero() -> None:
    made = rolled(SUM, [Value(2), ABSENT])
    assert (made.value.numerator, made.owed, made.reported) == (2, 1, 1)
    assert rolled(SUM, [ABSENT, ABSENT]).value == ABSENT
    assert rolled(RATIO, [Value(0, 5), ABSENT]).value == Value(0, 5)


@pytest.mark.parametrize("kind", [SUM, RATIO, YES_NO])
def test_without_any_report_the_figure_is_missing(kind: IndicatorItem) -> None:
    assert rolled(kind, []).value == MISSING
    assert rolled(kind, [MISSING, ABSENT]).value == MISSING


def test_units_that_said_yes_are_counted_of_those_that_answered() -> None:
    assert rolled(YES_NO, [Value(1), Value(0), Value(1), MISSING]).value == Value(2, 3)


def test_units_are_counted_through_the_levels_between() -> None:
    bureaus = [rolled(YES_NO, [Value(1), Value(0)]).value, rolled(YES_NO, [Value(1)]).value]
    assert rolled(YES_NO, [*bureaus, Value(1)]).value == Value(3, 4)


def test_units_that_counted_anything_are_counted_once_each() -> None:
    counted = item(roll_up="count_units")
    below = rolled(counted, [Value(7), Value(0)]).value
    assert below == Value(1, 2)
    assert rolled(counted, [below, Value(3)]).value == Value(2, 3)


@pytest.mark.parametrize(
    "kind",
    [
        item(roll_up="distinct", awaits="learners"),
        item(measure="duration", roll_up="median", awaits="content_alerts"),
        item(roll_up="none"),
        item(roll_up="recomputed", formula={"kind": "sum", "numerator": ["B"]}),
    ],
)
def test_what_is_no_function_of_those_below_has_a_coverage_but_no_value(kind: IndicatorItem) -> None:
    made = rolled(kind, [Value(2), Value(3), MISSING])
    assert (made.value, made.owed, made.reported) == (MISSING, 3, 2)


values = st.builds(Value, st.integers(0, 10**9), st.integers(0, 10**9))


@given(st.lists(st.lists(values, min_size=1, max_size=4), min_size=1, max_size=5))
def test_sums_and_ratios_do_not_depend_on_the_levels_between(bureaus: list[list[Value]]) -> None:
    for kind in (SUM, RATIO, YES_NO):
        over_levels = rolled(kind, [rolled(kind, schools).value for schools in bureaus]).value
        assert over_levels == rolled(kind, [school for schools in bureaus for school in schools]).value


FORM = definition(
    indicator("A", breakdowns=[["sex"]]),
    indicator("B", breakdowns=[["sex"]]),
    ratio("Q", roll_up="recomputed", formula={"kind": "quotient", "numerator": ["A"], "denominator": ["S"]}),
    indicator(
        "S", roll_up="recomputed", formula={"kind": "sum", "numerator": ["A", "B"]}, breakdowns=[["sex"], ["form"]]
    ),
    ratio("C", roll_up="recomputed", formula={"kind": "change", "numerator": ["A"]}, breakdowns=[["sex"]]),
)


def test_formulas_are_computed_after_what_they_name() -> None:
    made = recomputed(FORM, {("A", ""): Value(3, previous=2), ("B", ""): Value(4)})
    assert made == {("S", ""): Value(7), ("Q", ""): Value(3, 7), ("C", ""): Value(3, 2)}


def test_a_formula_is_computed_for_the_cells_of_its_breakdowns() -> None:
    cells = {("A", "sex=female"): Value(1, previous=4), ("B", "sex=female"): Value(2)}
    made = recomputed(FORM, {("A", ""): Value(3, previous=2), ("B", ""): Value(4), **cells})
    assert made["S", "sex=female"] == Value(3)
    assert made["C", "sex=female"] == Value(1, 4)
    assert ("Q", "sex=female") not in made


def test_a_formula_lacks_what_one_of_its_figures_lacks() -> None:
    made = recomputed(FORM, {("A", ""): Value(3), ("B", ""): MISSING})
    assert set(made.values()) == {MISSING}


def test_a_formula_leaves_out_what_does_not_apply() -> None:
    made = recomputed(FORM, {("A", ""): Value(3, previous=2), ("B", ""): ABSENT})
    assert made["S", ""] == Value(3)
    assert recomputed(FORM, {("A", ""): ABSENT, ("B", ""): ABSENT})["S", ""] == ABSENT
    assert recomputed(FORM, {("A", ""): ABSENT, ("B", ""): Value(2)})["Q", ""] == ABSENT


def test_a_quotient_over_nothing_is_shown_as_none() -> None:
    formula = FORM.indicators()["Q"].formula
    assert formula is not None
    assert apply_formula(formula, "", {("A", ""): Value(3), ("S", ""): ABSENT}) == ABSENT
    assert permille(0, 0) is None


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [(3, 2, 500), (2, 3, -333), (1, 8, -875), (2, 2, 0), (0, 5, -1000), (5, 0, None), (1, 3, -667)],
)
def test_a_change_is_shown_in_tenths_of_a_percent(now: int, before: int, shown: int | None) -> None:
    assert change_permille(now, before) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(1, 3, 333), (2, 3, 667), (1, 2000, 1), (1, 2001, 0), (4, 4, 1000)]
)
def test_a_share_is_rounded_half_up(part: int, whole: int, shown: int) -> None:
    assert permille(part, whole) == shown
