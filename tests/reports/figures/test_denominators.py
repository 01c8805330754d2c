"""The denominator of a ratio is known before its numerator: pupils by the roster count."""

import pytest

from tests.factories.http import assert_problem, ok
from tests.factories.reports import Chain, act, begin, create_chain, fill
from tests.factories.school_years import pupils, put_roster_count, roster_path
from tests.reports.templates.definitions import ratio
from tests.world import World

SIGNED = ratio("R", awaits="commitments", denominator="pupils_start", breakdowns=[["sex"], ["grade"]])
FIGURES = {"code": "figures", "label_vi": "Số liệu", "label_en": "Figures", "items": [SIGNED]}


@pytest.fixture
async def chain(world: World) -> Chain:
    return await create_chain(world, schools=1, levels=["primary"], sections=[FIGURES], rules=[])


async def figures(chain: Chain) -> dict[str, tuple[object, object, object]]:
    [school] = chain.schools
    section = ok(await school.officer.get(f"{chain.report(school)}/sections/figures"))
    return {each["cell"]: (each["status"], each["numerator"], each["denominator"]) for each in section["figures"]}


async def test_pupils_are_filled_in_and_who_signed_is_typed(chain: Chain) -> None:
    [school] = chain.schools
    report = chain.report(school)
    ok(await put_roster_count(school.officer, roster_path(), *pupils("primary", 60, 40)))
    await begin(school.officer, report)
    counted = {"": ("missing", None, 100), "sex=female": ("missing", None, 40), "sex=male": ("missing", None, 60)}
    assert await figures(chain) == counted
    ok(await fill(school.officer, report, "figures", figures=[{"item": "R", "numerator": 90, "denominator": 100}]))
    assert await figures(chain) == counted | {"": ("declared", 90, 100)}
    ok(await fill(school.officer, report, "figures", figures=[]))
    assert await figures(chain) == counted


async def test_another_number_of_pupils_than_was_counted_has_a_reason(chain: Chain) -> None:
    [school] = chain.schools
    ok(await put_roster_count(school.officer, roster_path(), *pupils("primary", 60, 40)))
    await begin(school.officer, chain.report(school))
    typed = {"item": "R", "numerator": 90, "denominator": 99}
    answer = await fill(school.officer, chain.report(school), "figures", figures=[typed])
    assert_problem(answer, 422, "reason_required", "/figures/0/reason")


async def test_without_a_roster_count_nothing_is_filled_in(chain: Chain) -> None:
    [school] = chain.schools
    await begin(school.officer, chain.report(school))
    assert await figures(chain) == {"": ("missing", None, None)}
    ok(await put_roster_count(school.officer, roster_path(), *pupils("primary", 0, 40)))
    ok(await act(school.officer, chain.report(school), "computation"))
    assert (await figures(chain))[""] == ("missing", None, 40)
