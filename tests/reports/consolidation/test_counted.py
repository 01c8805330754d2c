"""What a report counts by itself: filled in, declared beside, and checked against the rows years later."""

import pytest

from tests.factories.custody import accuse
from tests.factories.duplicates import merge_incidents
from tests.factories.figures import create_event, dismiss_event
from tests.factories.http import API, assert_problem, ok
from tests.factories.reports import Chain, act, begin, create_chain, fill, fill_in, submit
from tests.factories.units import StaffedUnit
from tests.world import Client, World


@pytest.fixture
async def chain(world: World) -> Chain:
    return await create_chain(world, schools=1)


async def figure(client: Client, report: str, item: str = "A3", cell: str = "") -> dict[str, object]:
    figures = ok(await client.get(f"{report}/sections/figures"))["figures"]
    return next(each for each in figures if (each["item"], each["cell"]) == (item, cell))


async def violence(school: StaffedUnit) -> str:
    return await create_event(school.head, group="school_violence", location="school_gate")


async def test_a_school_types_nothing_that_is_known(chain: Chain) -> None:
    [school] = chain.schools
    await violence(school)
    await begin(school.officer, chain.report(school))
    found = await figure(school.officer, chain.report(school))
    assert (found["status"], found["numerator"]) == ("computed", 1)
    assert (await figure(school.officer, chain.report(school), cell="location=school_gate"))["numerator"] == 1


async def test_a_declared_figure_stands_beside_the_computed_one_with_a_reason(chain: Chain) -> None:
    [school] = chain.schools
    report = chain.report(school)
    await violence(school)
    await begin(school.officer, report)
    declared = {"item": "A3", "numerator": 2}
    assert_problem(
        await fill(school.officer, report, "figures", figures=[declared]), 422, "reason_required", "/figures/0/reason"
    )
    ok(await fill(school.officer, report, "figures", figures=[declared | {"reason": "Một vụ ghi sổ giấy (bịa)"}]))
    found = await figure(school.officer, report)
    assert (found["status"], found["numerator"], found["computed_numerator"]) == ("declared", 2, 1)
    await violence(school)
    ok(await act(school.officer, report, "computation"))
    found = await figure(school.officer, report)
    assert (found["status"], found["numerator"], found["computed_numerator"]) == ("declared", 2, 2)


async def test_a_declared_total_is_submitted_without_its_cells_and_adds_up_above(chain: Chain) -> None:
    """The officer knows of a case on paper, and not of its place; who declares a cell declares what adds up."""
    [school] = chain.schools
    report, above = chain.report(school), chain.report(chain.bureau)
    await violence(school)
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    typed: list[dict[str, object]] = [
        {"item": "A1", "numerator": 3},
        {"item": "A3", "numerator": 2, "reason": "Một vụ ghi sổ giấy (bịa)"},
    ]
    place = {"item": "A3", "cell": "location=home", "numerator": 3, "reason": "Bịa"}
    ok(await fill(school.officer, report, "figures", figures=[*typed, place]))
    answer = await submit(school.head, report)
    assert_problem(answer, 409, "rule_broken", "/sections/figures/rules/total:A3:location")
    assert "location=home" in answer.text
    ok(await fill(school.officer, report, "figures", figures=typed))
    ok(await submit(school.head, report))
    ok(await act(chain.bureau.officer, report, "acceptance"))
    await begin(chain.bureau.officer, above)
    ok(await fill(chain.bureau.officer, above, "texts", narratives={"SITUATION": "Ổn định (bịa)"}))
    assert (await figure(chain.bureau.officer, above))["numerator"] == 2
    submitted_above = ok(await submit(chain.bureau.head, above))
    assert submitted_above["versions"][0]["is_complete"]
    shown = ok(await chain.bureau.officer.get(f"{above}/versions/1"))["broken_rules"]
    assert [(each["code"], each["strength"]) for each in shown] == [("total:A3:location", "warning")]


async def test_what_changes_after_the_submission_is_drift_and_moves_no_figure(
    chain: Chain, school: StaffedUnit
) -> None:
    [own] = chain.schools
    report = chain.report(own)
    first = await violence(own)
    await begin(own.officer, report)
    await fill_in(own.officer, report)
    ok(await submit(own.head, report))
    path = f"{report}/figures/A3/lineage"
    found = ok(await own.head.get(path))
    assert (found["own_rows"], found["is_reproduced"]) == (1, True)
    assert (found["drift"]["added"], found["drift"]["gone"]) == (0, 0)
    second = await violence(own)
    await dismiss_event(own.head, first)
    later = ok(await chain.bureau.officer.get(path))
    assert later["drift"] | {"denominator": None} == {
        "numerator": 1,
        "denominator": None,
        "added": 1,
        "gone": 1,
        "destroyed": [],
        "added_ids": [second],
    }
    assert (later["figure"], later["digest"]) == (found["figure"], found["digest"])
    assert_problem(await school.head.get(path), 404, "not_found")


async def test_an_accused_head_finds_no_trace_of_the_case_above(chain: Chain) -> None:
    [school] = chain.schools
    report, above = chain.report(school), chain.report(chain.bureau)
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    before = ok(await school.head.get(f"{report}/sections/figures"))
    form = {"accused": accuse(), "group": "school_violence"}
    await chain.bureau.officer.create_intake(unit_id=str(school.id), **form)
    ok(await act(school.officer, report, "computation"))
    after = ok(await school.head.get(f"{report}/sections/figures"))
    assert after["figures"] == before["figures"]
    ok(await submit(school.head, report))
    assert ok(await school.head.get(f"{report}/figures/A3/lineage"))["drift"]["added"] == 0
    ok(await act(chain.bureau.officer, report, "acceptance"))
    await begin(chain.bureau.officer, above)
    assert (await figure(chain.bureau.officer, above))["numerator"] == 1


async def test_a_consolidated_figure_has_the_lineage_of_its_own_part_and_of_those_below(chain: Chain) -> None:
    [school] = chain.schools
    report, above = chain.report(school), chain.report(chain.bureau)
    await violence(school)
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    ok(await submit(school.head, report))
    ok(await act(chain.bureau.officer, report, "acceptance"))
    await chain.bureau.officer.create_intake(unit_id=str(school.id), accused=accuse(), group="school_violence")
    await begin(chain.bureau.officer, above)
    ok(await fill(chain.bureau.officer, above, "texts", narratives={"SITUATION": "Toàn huyện (bịa)"}))
    ok(await submit(chain.bureau.head, above))
    found = ok(await chain.bureau.head.get(f"{above}/figures/A3/lineage"))
    assert (found["own_numerator"], [child["numerator"] for child in found["children"]]) == (1, [1])
    assert (found["figure"]["numerator"], found["is_reproduced"]) == (2, True)


async def test_a_case_that_is_raised_after_the_submission_is_no_drift(chain: Chain) -> None:
    [school] = chain.schools
    report = chain.report(school)
    incident = await violence(school)
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    ok(await submit(school.head, report))
    path = f"{report}/figures/A3/lineage"
    before = ok(await school.head.get(path))
    accused = {"role": "perpetrator", "kind": "school_leader", "unit_id": str(school.id)}
    ok(await chain.bureau.officer.post(f"{API}/incidents/{incident}/persons", accused), 201)
    assert_problem(await school.head.incident(incident), 404, "not_found")
    assert ok(await school.head.get(path)) == before == ok(await chain.bureau.officer.get(path))


async def test_an_event_of_two_schools_counts_once_above_and_the_overlap_is_named(world: World) -> None:
    chain = await create_chain(world)
    one, other = chain.schools
    ok(await merge_incidents(chain.bureau.officer, await violence(one), await violence(other)), 201)
    for school in chain.schools:
        await begin(school.officer, chain.report(school))
        await fill_in(school.officer, chain.report(school))
        ok(await submit(school.head, chain.report(school)))
    above = chain.report(chain.bureau)
    ok(await act(chain.bureau.officer, chain.report(one), "acceptance"))
    await begin(chain.bureau.officer, above)
    found = await figure(chain.bureau.officer, above)
    assert (found["numerator"], found["overlap"]) == (1, None)
    ok(await act(chain.bureau.officer, chain.report(other), "acceptance"))
    ok(await act(chain.bureau.officer, above, "computation"))
    found = await figure(chain.bureau.officer, above)
    assert (found["numerator"], found["overlap"]) == (1, 1)
    ok(await fill(chain.bureau.officer, above, "texts", narratives={"SITUATION": "Toàn huyện (bịa)"}))
    ok(await submit(chain.bureau.head, above))
    lineage = ok(await chain.bureau.head.get(f"{above}/figures/A3/lineage"))
    assert ([child["numerator"] for child in lineage["children"]], lineage["is_reproduced"]) == ([1, 1], True)
