"""No equality of the template, and no document of another part of the year, gives away what a document hides."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.schemas.reports.definitions import Definition
from app.services.reports.disclosure.hiding import decide
from app.services.reports.disclosure.placed import Hidden, Placed
from app.services.reports.disclosure.small_cells import Count
from app.services.reports.figures.values import Key
from tests.reports.disclosure.attackers import Equation, Variable, recovered
from tests.reports.templates.definitions import definition, indicator, ratio, rule

TOP = UUID(int=1)
GIRLS, BOYS, ALL = ("GIRLS", ""), ("BOYS", ""), ("ALL", "")


def form(*rules: dict[str, Any], **more: Any) -> Definition:
    items = (indicator(code, sensitivity="persons", **more) for code in ("GIRLS", "BOYS", "ALL"))
    return definition(*items, indicator("OPEN"), rules=rules)


EQUAL = form(rule("all", ["GIRLS", "BOYS"], "eq", ["ALL"]))
FORMULA = definition(
    *(indicator(code, sensitivity="persons") for code in ("GIRLS", "BOYS", "ALL")),
    indicator("SUM", roll_up="recomputed", formula={"kind": "sum", "numerator": ["GIRLS", "BOYS"]}),
    rules=(rule("all", ["SUM"], "eq", ["ALL"]),),
)


def counts(girls: int, boys: int) -> dict[Key, Count]:
    return {GIRLS: Count(girls), BOYS: Count(boys), ALL: Count(girls + boys)}


def tree(
    schools: Sequence[tuple[int, int]], described: Definition = EQUAL, start: int = 1, **more: Any
) -> list[Placed]:
    """A department over schools; `unit_id` is the same in every part of the year."""
    whole = counts(sum(girls for girls, _ in schools), sum(boys for _, boys in schools))
    top = UUID(int=start)
    placed = [Placed(top, None, described, whole, unit_id=UUID(int=1), **more)]
    for number, (girls, boys) in enumerate(schools, 1):
        report, unit = UUID(int=start + number), UUID(int=1 + number)
        placed.append(Placed(report, top, described, counts(girls, boys), unit_id=unit, **more))
    return placed


def sums(reports: Sequence[Placed]) -> list[Equation]:
    """The rule in each report, and the schools in the department."""
    found: list[Equation] = [
        {(each.report_id, *GIRLS): 1, (each.report_id, *BOYS): 1, (each.report_id, *ALL): -1} for each in reports
    ]
    top, *schools = reports
    found += [
        {(top.report_id, *cell): -1} | {(each.report_id, *cell): 1 for each in schools} for cell in (GIRLS, BOYS, ALL)
    ]
    return found


def shown(reports: Iterable[Placed], hidden: Hidden) -> dict[Variable, int]:
    return {
        (each.report_id, *cell): count.some
        for each in reports
        for cell, count in each.counts.items()
        if cell not in hidden[each.report_id]
    }


def small(found: Mapping[Variable, Any]) -> dict[Variable, Any]:
    return {name: number for name, number in found.items() if number < 5}


numbers = st.one_of(st.integers(0, 7), st.integers(0, 60))
some_schools = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=7)


@pytest.mark.parametrize("described", [EQUAL, FORMULA])
def test_a_rule_of_equality_reveals_no_hidden_number(described: Definition) -> None:
    reports = tree([(3, 40), (30, 40), (50, 60), (20, 30)], described)
    hidden = decide(reports)
    assert GIRLS in hidden[UUID(int=2)]
    assert small(recovered(sums(reports), shown(reports, hidden))) == {}


@given(some_schools)
@settings(max_examples=60, deadline=None)
def test_no_attacker_with_the_rules_of_a_template_computes_a_small_number(schools: list[tuple[int, int]]) -> None:
    reports = tree(schools)
    assert small(recovered(sums(reports), shown(reports, decide(reports)))) == {}


def test_the_attacker_of_these_tests_computes_what_sums_of_one_indicator_do_not_protect() -> None:
    reports = tree([(3, 40), (30, 40), (50, 60)])
    hidden = {each.report_id: frozenset({GIRLS} if each.counts[GIRLS].some < 31 else ()) for each in reports}
    assert recovered(sums(reports), shown(reports, hidden))[UUID(int=2), "GIRLS", ""] == 3


def test_an_open_figure_that_an_equality_ties_to_persons_is_hidden_with_them() -> None:
    described = form(rule("all", ["GIRLS", "OPEN"], "eq", ["BOYS"]))
    numbers: dict[Key, Count] = {GIRLS: Count(3), ("OPEN", ""): Count(40), BOYS: Count(43)}
    [hidden] = decide([Placed(TOP, None, described, numbers)]).values()
    assert GIRLS in hidden
    assert len(hidden) == 2


def test_cells_and_shares_are_compared_too() -> None:
    by_sex = {"sensitivity": "persons", "breakdowns": [["sex"]]}
    described = definition(
        indicator("PUPILS", **by_sex),
        indicator("ILL", sensitivity="persons"),
        ratio("SHARE", sensitivity="persons"),
        rules=(
            rule("few", {"items": ["PUPILS"], "cell": "sex=female"}, "eq", ["ILL", "SHARE"]),
            rule("whole", {"items": ["SHARE"], "part": "denominator"}, "eq", ["PUPILS"]),
        ),
    )
    numbers: dict[Key, Count] = {
        ("PUPILS", ""): Count(100),
        ("PUPILS", "sex=female"): Count(43),
        ("PUPILS", "sex=male"): Count(57),
        ("ILL", ""): Count(3),
        ("SHARE", ""): Count(40, 60),
    }
    [hidden] = decide([Placed(TOP, None, described, numbers)]).values()
    assert hidden > {("ILL", "")}
    assert not hidden.isdisjoint({("PUPILS", "sex=female"), ("SHARE", "")})


def test_that_nothing_happened_hides_nothing() -> None:
    nil = {"when": {"left": {"items": ["OPEN"]}, "comparison": "eq", "right": {"constant": 1}}}
    described = form(rule("nil", ["GIRLS", "OPEN"], "eq", 0, **nil))
    numbers: dict[Key, Count] = {GIRLS: Count(3), ("OPEN", ""): Count(1), BOYS: Count(43)}
    assert decide([Placed(TOP, None, described, numbers)]) == {TOP: frozenset({GIRLS})}


class TestYear:
    def parts(
        self, first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]]
    ) -> dict[str | None, list[Placed]]:
        both = [(a + c, b + d) for (a, b), (c, d) in zip(first, second, strict=True)]
        plain = form()
        return {
            "first": tree(first, plain, 100, term="first"),
            "second": tree(second, plain, 200, term="second"),
            None: tree(both, plain, 300, term=None),
        }

    def decided(self, parts: dict[str | None, list[Placed]], order: Sequence[str | None]) -> dict[Variable, int]:
        """What all documents show, each decided on after those before it."""
        hidden: dict[UUID, frozenset[Key]] = {}
        issued: list[Placed] = []
        for term in order:
            hidden |= decide(parts[term], hidden, issued)
            issued += parts[term]
        return shown(issued, hidden)

    def equations(self, parts: dict[str | None, list[Placed]]) -> list[Equation]:
        found = [each for reports in parts.values() for each in sums(reports)[len(reports) :]]
        for first, second, year in zip(parts["first"], parts["second"], parts[None], strict=True):
            found += [
                {(first.report_id, *cell): 1, (second.report_id, *cell): 1, (year.report_id, *cell): -1}
                for cell in (GIRLS, BOYS, ALL)
            ]
        return found

    @pytest.mark.parametrize("order", [("first", "second", None), ("first", None, "second"), (None, "second", "first")])
    def test_two_terms_and_the_year_reveal_no_hidden_number(self, order: Sequence[str | None]) -> None:
        parts = self.parts([(30, 20), (20, 30), (40, 40)], [(2, 30), (20, 40), (30, 50)])
        known = self.decided(parts, order)
        assert (parts["second"][1].report_id, *GIRLS) not in known
        found = recovered(self.equations(parts), known)
        assert {name: number for name, number in found.items() if 0 < number < 5} == {}

    @given(
        st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=5),
        st.permutations(["first", "second", None]),
    )
    @settings(max_examples=60, deadline=None)
    def test_no_attacker_with_every_document_of_a_year_computes_a_small_number(
        self, schools: list[tuple[int, int, int, int]], order: Sequence[str | None]
    ) -> None:
        parts = self.parts([each[:2] for each in schools], [each[2:] for each in schools])
        found = recovered(self.equations(parts), self.decided(parts, order))
        assert {name: number for name, number in found.items() if 0 < number < 5} == {}

    def test_another_period_than_a_part_of_the_year_hides_nothing_more(self) -> None:
        parts = self.parts([(30, 20), (20, 30)], [(2, 30), (20, 40)])
        alone = decide(parts["first"])
        letter = [Placed(e.report_id, e.above, e.definition, e.counts) for e in parts[None]]
        assert decide(parts["first"], decide(letter), letter) == alone
