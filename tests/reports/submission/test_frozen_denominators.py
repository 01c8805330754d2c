"""Of a share of pupils the numerator alone is typed; the submission freezes the roster count behind it."""

from typing import Any

import pytest

from tests.factories.http import assert_problem, ok
from tests.factories.reports import Chain, act, begin, create_chain, fill, submit
from tests.factories.school_years import plant_roster_count
from tests.factories.units import StaffedUnit
from tests.world import Client, World

SHARE: dict[str, Any] = {
    "kind": "indicator",
    "code": "S1",
    "label_vi": "Tỷ lệ học sinh (bịa)",
    "label_en": "Share of pupils (invented)",
    "unit_vi": "%",
    "unit_en": "%",
    "measure": "ratio",
    "roll_up": "ratio",
    "denominator": "pupils_end",
    "breakdowns": [["school_level"]],
    "is_required": True,
}
SECTION: dict[str, Any] = {"code": "figures", "label_vi": "Số liệu", "label_en": "Figures", "items": [SHARE]}
PRIMARY = "school_level=primary"


@pytest.fixture
async def chain(world: World) -> Chain:
    made = await create_chain(world, schools=2, sections=[SECTION], rules=[])
    for school, pupils in zip(made.schools, (100, 60), strict=True):
        await plant_roster_count(world, school.id, "end", "primary", pupils - 40, 40)
    return made


async def figures(client: Client, report: str) -> dict[str, dict[str, Any]]:
    """Those of the share, by cell."""
    section = ok(await client.get(f"{report}/sections/figures"))
    return {each["cell"]: each for each in section["figures"] if each["item"] == "S1"}


async def submitted(chain: Chain, school: StaffedUnit, numerator: int) -> None:
    report = chain.report(school)
    await begin(school.officer, report)
    ok(await fill(school.officer, report, "figures", figures=[{"item": "S1", "numerator": numerator}]))
    ok(await submit(school.head, report))


async def test_a_school_types_the_numerator_alone(chain: Chain) -> None:
    school, _ = chain.schools
    report = chain.report(school)
    await begin(school.officer, report)
    found = await figures(school.officer, report)
    assert {cell: (each["status"], each["denominator"]) for cell, each in found.items()} == {
        "": ("missing", 100),
        PRIMARY: ("missing", 100),
    }
    assert_problem(await submit(school.head, report), 409, "report_incomplete")
    body = [{"item": "S1", "numerator": 80}, {"item": "S1", "cell": PRIMARY, "numerator": 80}]
    ok(await fill(school.officer, report, "figures", figures=body))
    found = await figures(school.officer, report)
    assert {(each["numerator"], each["denominator"], each["status"]) for each in found.values()} == {
        (80, 100, "declared")
    }
    ok(await fill(school.officer, report, "figures", figures=[]))
    assert (await figures(school.officer, report))[""]["denominator"] == 100
    assert (await figures(school.officer, report))[""]["status"] == "missing"


async def test_another_denominator_needs_a_reason_and_no_share_is_above_one(chain: Chain) -> None:
    school, _ = chain.schools
    report = chain.report(school)
    await begin(school.officer, report)
    above = await fill(school.officer, report, "figures", figures=[{"item": "S1", "numerator": 101}])
    assert_problem(above, 422, "ratio_above_one", "/figures/0/numerator")
    other: dict[str, Any] = {"item": "S1", "numerator": 80, "denominator": 90}
    refused = await fill(school.officer, report, "figures", figures=[other])
    assert_problem(refused, 422, "reason_required", "/figures/0/reason")
    other["reason"] = "Mười em nghỉ dài hạn (bịa)"
    ok(await fill(school.officer, report, "figures", figures=[other]))
    found = (await figures(school.officer, report))[""]
    assert (found["denominator"], found["computed_denominator"]) == (90, 100)


async def test_without_a_count_both_parts_are_typed(world: World) -> None:
    chain = await create_chain(world, schools=1, sections=[SECTION], rules=[])
    [school] = chain.schools
    await begin(school.officer, chain.report(school))
    alone = await fill(school.officer, chain.report(school), "figures", figures=[{"item": "S1", "numerator": 8}])
    assert_problem(alone, 422, "ratio_has_two_parts", "/figures/0")


async def test_the_submission_freezes_what_the_share_is_counted_of(world: World, chain: Chain) -> None:
    school, other = chain.schools
    await submitted(chain, school, 80)
    await plant_roster_count(world, school.id, "start", "primary", 1, 1)
    frozen = {
        (unit.id, moment): ok(await unit.head.get(f"/api/v1/roster-counts/2026-2027/{moment}"))["frozen_at"] is not None
        for unit in (school, other)
        for moment in ("start", "end")
    }
    assert [key for key, is_frozen in frozen.items() if is_frozen] == [(school.id, "end")]


async def test_the_level_above_adds_up_numerators_and_denominators(chain: Chain) -> None:
    for school, numerator in zip(chain.schools, (80, 30), strict=True):
        await submitted(chain, school, numerator)
        ok(await act(chain.bureau.officer, chain.report(school), "acceptance"))
    report = chain.report(chain.bureau)
    await begin(chain.bureau.officer, report)
    found = (await figures(chain.bureau.officer, report))[""]
    assert (found["status"], found["numerator"], found["denominator"]) == ("computed", 110, 160)
