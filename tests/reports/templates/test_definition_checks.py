"""Every fault of a definition is named at once, each with its place."""

from typing import Any

import pytest

from app.core.vocabulary import Dimension
from app.services.reports.templates.definition_checks import MOST_CELLS
from app.services.reports.templates.known import Counted, Known
from app.services.reports.templates.rule_checks import check_definition
from tests.reports.templates.definitions import definition, indicator, narrative, ratio, rule

KNOWN = Known(
    {
        "incidents": Counted(frozenset({Dimension.SEX, Dimension.SCHOOL_LEVEL})),
        "persons": Counted(frozenset(), of_persons=True),
        "pupils": Counted(frozenset({Dimension.SEX})),
        "share": Counted(frozenset(), has_denominator=True),
        "delay": Counted(frozenset(), is_median=True),
    },
    {
        "sex": frozenset({"female", "male"}),
        "school_level": frozenset({"nursery", "primary"}),
        "incident_form": frozenset(f"form_{n}" for n in range(MOST_CELLS // 2 + 1)),
    },
)
ITEM = "/definition/sections/0/items/0"


def faults(*items: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> list[tuple[str, str]]:
    found = check_definition(definition(*items, rules=rules), KNOWN)
    return [(each.pointer, each.code) for each in found]


def test_a_sound_definition_has_no_fault() -> None:
    assert (
        faults(
            narrative(),
            indicator("A", source="incidents", breakdowns=[["sex"], ["school_level"], ["sex", "school_level"]]),
            ratio("R", source="incidents", denominator="pupils", target_percent=90, not_for_levels=["nursery"]),
            ratio("S", source="share"),
            ratio("D", awaits="learners", denominator="pupils"),
            indicator("P", roll_up="distinct", awaits="learners"),
            indicator("Y", measure="yes_no", roll_up="count_units", target_percent=100),
            indicator("T", measure="duration", roll_up="median", source="delay"),
            ratio("C", roll_up="recomputed", formula={"kind": "change", "numerator": ["A"]}),
            ratio("Q", roll_up="recomputed", formula={"kind": "quotient", "numerator": ["A"], "denominator": ["P"]}),
            {
                "kind": "table",
                "code": "B",
                "label_vi": "Bảng",
                "label_en": "Table",
                "rows": "sex",
                "columns": ["A"],
            },
            rules=(
                rule("girls", {"items": ["A"], "cell": "sex=female"}, "le", ["A"]),
                rule("crossed", {"items": ["A"], "cell": "school_level=primary;sex=female"}, "le", ["A"]),
                rule("whole", {"items": ["R"], "part": "denominator"}, "ge", 1),
            ),
        )
        == []
    )


def test_every_fault_of_the_document_is_named_in_one_pass() -> None:
    found = faults(
        indicator("A", source="nonsense", breakdowns=[["grade"]]),
        indicator("A", roll_up="ratio"),
        rules=(rule("r", ["Z"], "le", 1), rule("r", 1, "le", 2)),
    )
    assert found == [
        (f"{ITEM}/code", "duplicate_code"),
        ("/definition/sections/0/items/1/code", "duplicate_code"),
        ("/definition/rules/0/code", "duplicate_code"),
        ("/definition/rules/1/code", "duplicate_code"),
        (f"{ITEM}/breakdowns/0", "unknown_code_list"),
        (f"{ITEM}/source", "unknown_source"),
        ("/definition/sections/0/items/1/roll_up", "roll_up_does_not_fit"),
        ("/definition/rules/0/left/items/0", "unknown_item"),
        ("/definition/rules/1", "rule_without_items"),
    ]


@pytest.mark.parametrize(
    ("item", "place", "code"),
    [
        (indicator("A", breakdowns=[["sex"], ["sex"]]), "/breakdowns/1", "duplicate_code"),
        (indicator("A", breakdowns=[["sex", "sex"]]), "/breakdowns/0", "breakdown_not_a_set"),
        (indicator("A", breakdowns=[[]]), "/breakdowns/0", "breakdown_not_a_set"),
        (indicator("A", breakdowns=[["form", "sex"]]), "/breakdowns/0", "too_many_cells"),
        (indicator("A", not_for_levels=["primary", "nonsense"]), "/not_for_levels/1", "unknown_code"),
        (indicator("A", source="incidents", awaits="boards"), "/awaits", "computed_and_awaiting"),
        (indicator("A", target_percent=50), "/target_percent", "target_without_ratio"),
        (indicator("A", denominator="pupils"), "/denominator", "denominator_unused"),
        (ratio("A", source="share", denominator="pupils"), "/denominator", "denominator_unused"),
        (
            indicator("A", source="pupils", breakdowns=[["sex"], ["school_level"]]),
            "/breakdowns/1",
            "breakdown_not_counted",
        ),
        (indicator("A", source="delay"), "/source", "source_does_not_fit"),
        (
            indicator("A", measure="duration", roll_up="median", source="incidents"),
            "/source",
            "source_does_not_fit",
        ),
        (ratio("A", source="incidents"), "/denominator", "denominator_missing"),
        (ratio("A", source="incidents", denominator="nonsense"), "/denominator", "unknown_source"),
        (ratio("A", roll_up="sum"), "/roll_up", "roll_up_does_not_fit"),
        (indicator("A", measure="yes_no"), "/roll_up", "roll_up_does_not_fit"),
        (indicator("A", measure="duration"), "/roll_up", "roll_up_does_not_fit"),
        (indicator("A", roll_up="distinct"), "/roll_up", "roll_up_needs_source"),
        (indicator("A", roll_up="recomputed"), "/formula", "formula_or_roll_up"),
    ],
)
def test_one_fault_of_an_indicator_is_named_alone(item: dict[str, Any], place: str, code: str) -> None:
    assert (f"{ITEM}{place}", code) in faults(item)
    assert {found for _, found in faults(item)} == {code}


FORMULA_FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "sum", "numerator": ["Z"]}, "/numerator/0", "unknown_item"),
    ({"kind": "sum", "numerator": ["B", "ND"]}, "/numerator/1", "unknown_item"),
    ({"kind": "sum", "numerator": ["R"]}, "/numerator/0", "operand_no_count"),
    ({"kind": "sum", "numerator": ["A"]}, "", "circular_formula"),
    ({"kind": "sum", "numerator": ["B"], "denominator": ["B"]}, "/denominator", "denominator_missing"),
    ({"kind": "change", "numerator": ["B"]}, "/kind", "formula_does_not_fit"),
]


@pytest.mark.parametrize(("formula", "place", "code"), FORMULA_FAULTS)
def test_one_fault_of_a_formula_is_named_alone(formula: dict[str, Any], place: str, code: str) -> None:
    found = faults(indicator("A", roll_up="recomputed", formula=formula), indicator("B"), ratio("R"), narrative())
    assert found == [(f"{ITEM}/formula{place}", code)]


def test_a_quotient_has_a_denominator() -> None:
    item = ratio("Q", roll_up="recomputed", formula={"kind": "quotient", "numerator": ["B"]})
    assert faults(item, indicator("B")) == [(f"{ITEM}/formula/denominator", "denominator_missing")]


def test_formulas_that_lead_back_to_themselves_are_each_named() -> None:
    def added(code: str, *of: str) -> dict[str, Any]:
        return indicator(code, roll_up="recomputed", formula={"kind": "sum", "numerator": list(of)})

    found = faults(added("A", "B"), added("B", "C"), added("C", "A"), added("D", "A"), indicator("E"))
    circle = [(f"/definition/sections/0/items/{n}/formula", "circular_formula") for n in range(3)]
    assert found == circle, "what only names one of the circle is no part of it"


def test_a_formula_excludes_another_source() -> None:
    formula = {"kind": "sum", "numerator": ["B"]}
    found = faults(indicator("A", roll_up="recomputed", formula=formula, source="incidents"), indicator("B"))
    assert found == [(f"{ITEM}/formula", "formula_and_source")]


@pytest.mark.parametrize(
    ("columns", "place", "code"),
    [
        (["A", "Z"], "/columns/1", "unknown_item"),
        (["A", "ND"], "/columns/1", "unknown_item"),
        (["A", "B"], "/columns/1", "breakdown_missing"),
        (["A", "A"], "/columns/0", "duplicate_code"),
    ],
)
def test_a_column_of_a_table_is_an_indicator_broken_down_by_its_rows(columns: list[str], place: str, code: str) -> None:
    table = {"kind": "table", "code": "T", "label_vi": "Bảng", "label_en": "Table", "rows": "sex", "columns": columns}
    crossed = indicator("B", breakdowns=[["sex", "school_level"]])
    assert (f"{ITEM}{place}", code) in faults(table, indicator("A", breakdowns=[["sex"]]), crossed, narrative())


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, [(f"{ITEM}/sensitivity", "persons_not_open")]),
        ({"sensitivity": "open"}, [(f"{ITEM}/sensitivity", "persons_not_open")]),
        ({"sensitivity": "persons"}, []),
        ({"sensitivity": "totals_only"}, []),
    ],
)
def test_a_count_of_persons_of_cases_is_never_open(more: dict[str, str], found: list[tuple[str, str]]) -> None:
    assert faults(indicator("A", source="persons", **more), narrative()) == found


@pytest.mark.parametrize(
    ("left", "place", "code"),
    [
        ({"items": ["ND"]}, "/left/items/0", "unknown_item"),
        ({"items": ["A"], "part": "denominator"}, "/left/items/0", "no_denominator"),
        ({"items": ["A"], "cell": "sex=nonsense"}, "/left/cell", "unknown_cell"),
        ({"items": ["A"], "cell": "school_level=primary"}, "/left/cell", "unknown_cell"),
        ({"items": ["A"], "cell": "nonsense=none"}, "/left/cell", "unknown_cell"),
        ({"items": ["A", "B"], "cell": "sex=female"}, "/left/cell", "unknown_cell"),
        ({"items": ["B"], "cell": "sex=female;school_level=primary"}, "/left/cell", "unknown_cell"),
    ],
)
def test_a_rule_names_figures_that_there_are(left: dict[str, Any], place: str, code: str) -> None:
    crossed = indicator("B", breakdowns=[["school_level", "sex"]])
    items = (indicator("A", breakdowns=[["sex"]]), crossed, narrative())
    assert faults(*items, rules=(rule("r", left, "le", 5),)) == [(f"/definition/rules/0{place}", code)]


def test_the_condition_of_a_rule_is_checked_as_its_sides_are() -> None:
    when = {"left": {"items": ["Z"]}, "comparison": "eq", "right": {"constant": 1}}
    found = faults(indicator("A"), rules=(rule("r", ["A"], "le", 5, when=when),))
    assert found == [("/definition/rules/0/when/left/items/0", "unknown_item")]


@pytest.mark.parametrize(("item", "code"), [("Z", "unknown_item"), ("ND", "unknown_item"), ("A", "nil_item_no_yes_no")])
def test_a_declaration_that_nothing_happened_is_an_item_of_yes_or_no(item: str, code: str) -> None:
    items = (indicator("A"), indicator("Y", measure="yes_no", roll_up="count_units"), narrative())
    for named, expected in ((item, [("/definition/nil_item", code)]), ("Y", []), (None, [])):
        form = definition(*items).model_copy(update={"nil_item": named})
        assert [(each.pointer, each.code) for each in check_definition(form, KNOWN)] == expected
