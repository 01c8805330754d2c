"""Which rules figures break, of a definition and of every figure."""

from typing import Any

import pytest

from app.services.reports.figures.rules import broken_rules
from app.services.reports.figures.values import Value
from tests.reports.templates.definitions import definition, indicator, ratio, rule

COMPARED = definition(indicator("A"), indicator("B"), rules=(rule("a_within_b", ["A"], "le", ["B"]),))


def codes(form: object, values: object, **more: bool) -> list[str]:
    return [broken.code for broken in broken_rules(form, values, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("comparison", "holding"),
    [("eq", {2}), ("le", {1, 2}), ("lt", {1}), ("ge", {2, 3}), ("gt", {3})],
)
def test_a_comparison_is_broken_where_it_is_false(comparison: str, holding: set[int]) -> None:
    form = definition(indicator("A"), rules=(rule("compared", ["A"], comparison, 2),))
    unbroken = {number for number in (1, 2, 3) if codes(form, {("A", ""): Value(number)}) == []}
    assert unbroken == holding


@pytest.mark.parametrize("status", ["missing", "hidden", "not_applicable"])
def test_a_rule_is_not_asked_where_a_figure_has_no_value(status: str) -> None:
    known = {("A", ""): Value(3), ("B", ""): Value(2)}
    assert codes(COMPARED, known) == ["a_within_b"]
    assert codes(COMPARED, known | {("B", ""): Value(2, status=status)}) == []  # type: ignore[arg-type]
    assert codes(COMPARED, {("A", ""): Value(3)}) == []


def test_a_declared_figure_counts_as_a_computed_one() -> None:
    assert codes(COMPARED, {("A", ""): Value(3, status="declared"), ("B", ""): Value(2)}) == ["a_within_b"]


def test_a_side_adds_up_its_items_and_its_constant() -> None:
    left = {"items": ["A", "B"], "constant": 1}
    form = definition(indicator("A"), indicator("B"), rules=(rule("sum", left, "le", 5),))
    assert codes(form, {("A", ""): Value(2), ("B", ""): Value(2)}) == []
    assert codes(form, {("A", ""): Value(2), ("B", ""): Value(3)}) == ["sum"]


def test_a_side_reads_a_cell_a_denominator_or_last_year() -> None:
    girls = rule("girls", {"items": ["A"], "cell": "sex=female"}, "le", 1)
    whole = rule("whole", {"items": ["R"], "part": "denominator"}, "ge", 10)
    rose = rule("rose", ["A"], "le", {"items": ["A"], "part": "previous"}, strength="explain")
    form = definition(indicator("A", breakdowns=[["sex"]]), ratio("R"), rules=(girls, whole, rose))
    values = {("A", ""): Value(2, previous=1), ("A", "sex=female"): Value(2), ("R", ""): Value(1, 9)}
    assert [(each.code, each.strength) for each in broken_rules(form, values)] == [
        ("girls", "error"),
        ("whole", "error"),
        ("rose", "explain"),
    ]
    assert codes(form, {("A", ""): Value(2)}) == [], "without last year nothing rose"


def test_a_rule_with_a_condition_is_asked_only_where_that_is_true() -> None:
    nil = {"when": {"left": {"items": ["NIL"]}, "comparison": "eq", "right": {"constant": 1}}}
    form = definition(indicator("A"), indicator("NIL"), rules=(rule("nil", ["A"], "eq", 0, **nil),))
    assert codes(form, {("A", ""): Value(3), ("NIL", ""): Value(0)}) == []
    assert codes(form, {("A", ""): Value(3)}) == []
    assert codes(form, {("A", ""): Value(3), ("NIL", ""): Value(1)}) == ["nil"]


def test_a_rule_of_single_reports_is_not_asked_of_consolidated_ones() -> None:
    for reports, in_single, in_consolidated in (("single", 1, 0), ("consolidated", 0, 1), ("all", 1, 1)):
        form = definition(indicator("A"), rules=(rule("zero", ["A"], "eq", 0, asked_of=reports),))
        assert len(codes(form, {("A", ""): Value(1)})) == in_single
        assert len(codes(form, {("A", ""): Value(1)}, is_consolidated=True)) == in_consolidated


def test_no_part_of_a_figure_is_below_zero() -> None:
    form = definition(indicator("A", breakdowns=[["form"]]), ratio("R"))
    values = {("A", ""): Value(-1), ("A", "form=drugs"): Value(-2), ("R", ""): Value(0, -1)}
    assert codes(form, values) == ["negative:A", "negative:A:form=drugs", "negative:R", "share:R"]


def test_a_share_is_at_most_one_and_a_change_is_not() -> None:
    change = ratio("C", roll_up="recomputed", formula={"kind": "change", "numerator": ["A"]})
    form = definition(indicator("A"), ratio("R"), change)
    assert codes(form, {("R", ""): Value(5, 4), ("C", ""): Value(5, 4)}) == ["share:R"]
    assert codes(form, {("R", ""): Value(0, 0)}) == []
    assert codes(form, {("R", ""): Value(1, 0)}) == ["share:R"]


def test_yes_and_no_are_one_and_zero_in_one_report_and_units_in_several() -> None:
    form = definition(indicator("Y", measure="yes_no", roll_up="count_units"))
    assert [codes(form, {("Y", ""): Value(number)}) for number in (0, 1, 2)] == [[], [], ["share:Y"]]
    assert codes(form, {("Y", ""): Value(3, 4)}) == []
    assert codes(form, {("Y", ""): Value(5, 4)}) == ["share:Y"]


def test_the_cells_of_a_breakdown_add_up_to_the_total() -> None:
    form = definition(indicator("A", breakdowns=[["sex"], ["sex", "school_level"]]))
    cells = {("A", "sex=female"): Value(1), ("A", "sex=male"): Value(1)}
    assert codes(form, {("A", ""): Value(2), **cells}) == []
    assert codes(form, {("A", ""): Value(3), **cells}) == ["total:A:sex"]
    crossed = {("A", "school_level=primary;sex=female"): Value(1)}
    assert codes(form, {("A", ""): Value(2), **cells, **crossed}) == ["total:A:school_level+sex"]


@pytest.mark.parametrize("cells", [("computed", "computed"), ("computed", "declared")])
def test_a_declared_total_needs_its_cells_only_where_one_is_declared(cells: tuple[Any, Any]) -> None:
    """Its reason is due anyway, where it differs; who declares cells makes them add up."""
    form = definition(indicator("A", breakdowns=[["sex"]]))
    values = {
        ("A", ""): Value(3, status="declared"),
        ("A", "sex=female"): Value(1, status=cells[0]),
        ("A", "sex=male"): Value(1, status=cells[1]),
    }
    [broken] = broken_rules(form, values)
    assert broken.strength == ("error" if "declared" in cells else "warning")
    for text in (broken.text_vi, broken.text_en):
        assert "sex=female, sex=male" in text
    assert broken.text_en.endswith("make 2, the total is 3")


def test_a_breakdown_is_not_asked_where_it_is_empty_or_a_cell_is_missing() -> None:
    form = definition(indicator("A", breakdowns=[["sex"]]))
    assert codes(form, {("A", ""): Value(2)}) == []
    assert codes(form, {("A", ""): Value(2), ("A", "sex=male"): Value(status="missing")}) == []
    partial = {("A", "sex=male"): Value(1), ("A", "sex=female"): Value(status="missing")}
    assert codes(form, {("A", ""): Value(2), **partial}) == []
    assert codes(form, {("A", "sex=male"): Value(2)}) == [], "without a total there is nothing to add up to"


def test_what_does_not_apply_adds_nothing_to_a_total() -> None:
    form = definition(indicator("A", breakdowns=[["school_level"]]))
    values = {("A", "school_level=nursery"): Value(status="not_applicable"), ("A", "school_level=primary"): Value(2)}
    assert codes(form, {("A", ""): Value(2), **values}) == []
    assert codes(form, {("A", ""): Value(1), **values}) == ["total:A:school_level"]


def test_both_parts_of_a_ratio_add_up() -> None:
    form = definition(ratio("R", breakdowns=[["sex"]]))
    cells = {("R", "sex=female"): Value(1, 2), ("R", "sex=male"): Value(2, 2)}
    assert codes(form, {("R", ""): Value(3, 4), **cells}) == []
    assert codes(form, {("R", ""): Value(3, 5), **cells}) == ["total:R:sex"]


def test_an_event_of_several_forms_is_in_several_cells_and_in_none_more_often_than_in_all() -> None:
    form = definition(indicator("A", breakdowns=[["form"]]))
    cells = {("A", "form=physical_violence"): Value(2), ("A", "form=online_violence"): Value(2)}
    assert codes(form, {("A", ""): Value(2), **cells}) == []
    assert codes(form, {("A", ""): Value(1), **cells}) == ["total:A:form"]


def test_a_person_counted_once_has_several_roles_but_one_sex() -> None:
    form = definition(indicator("P", roll_up="distinct", awaits="learners", breakdowns=[["role"], ["sex"]]))
    roles = {("P", "role=victim"): Value(1), ("P", "role=perpetrator"): Value(1)}
    assert codes(form, {("P", ""): Value(1), **roles}) == []
    sexes = {("P", "sex=female"): Value(1), ("P", "sex=male"): Value(1)}
    assert codes(form, {("P", ""): Value(1), **sexes}) == ["total:P:sex"]


def test_times_of_cells_do_not_add_up() -> None:
    form = definition(
        indicator("T", measure="duration", roll_up="median", awaits="content_alerts", breakdowns=[["severity"]])
    )
    assert codes(form, {("T", ""): Value(5), ("T", "severity=high"): Value(9)}) == []


def test_a_broken_rule_names_its_indicator_in_both_languages() -> None:
    [broken] = broken_rules(definition(ratio("R")), {("R", ""): Value(5, 4)})
    assert broken.text_vi == "R Chỉ tiêu R: tử số không được lớn hơn mẫu số"
    assert broken.text_en == "R Indicator R has a numerator of at most its denominator"
