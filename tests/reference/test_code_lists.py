"""Code lists and hotlines as they were on a day."""

from datetime import date

import pytest

from app.core.coded import Coded
from app.security.access.scope import ALL
from app.services.reference.code_lists import FRESH_S, Code, CodeListCache, CodeListService
from tests.factories.http import API, assert_problem, ok
from tests.world import Client, World


async def codes(client: Client, name: str, day: str) -> set[str]:
    entries = ok(await client.get(f"{API}/code-lists", params={"list": name, "as_of": day}))
    return {entry["code"] for entry in entries}


async def test_discipline_measures_change_wholly_on_31_october_2025(school_a1: Client) -> None:
    before, after = [await codes(school_a1, "discipline_measure", f"2025-10-{day}") for day in (30, 31)]
    assert "expulsion_year" in before
    assert after == {"reminder", "apology", "criticism", "self_criticism"}
    assert before.isdisjoint(after)


async def test_without_a_day_all_entries_ever_valid_are_listed(school_a1: Client) -> None:
    everything = ok(await school_a1.get(f"{API}/code-lists"))
    assert {"incident_group", "severity", "sex", "discipline_measure"} <= {entry["list"] for entry in everything}
    ever = {e["code"] for e in everything if e["list"] == "discipline_measure"}
    assert {"expulsion_year", "reminder"} <= ever


async def test_a_list_that_is_not_there_is_refused(school_a1: Client) -> None:
    assert_problem(await school_a1.get(f"{API}/code-lists", params={"list": "nonsense"}), 422, "unknown_code", "list")


async def test_lists_are_open_to_all_for_a_strangers_form_needs_them(world: World, school_a1: Client) -> None:
    first = await world.anonymous.get(f"{API}/code-lists", params={"list": "sex"})
    assert ok(first) == ok(await school_a1.get(f"{API}/code-lists", params={"list": "sex"}))
    known = {"If-None-Match": first.headers["ETag"]}
    again = await world.anonymous.get(f"{API}/code-lists", params={"list": "sex"}, headers=known)
    assert (again.status_code, again.content) == (304, b"")


async def test_every_wrong_code_of_a_form_is_named_at_once(school_a1: Client) -> None:
    body = {"source_channel": "nonsense", "group": "nonsense", "narrative": "Bịa"}
    answer = await school_a1.post(f"{API}/intakes", body)
    for pointer in ("/source_channel", "/group"):
        assert_problem(answer, 422, "unknown_code", pointer)


def test_code_is_valid_on_the_days_of_its_periods() -> None:
    periods = [(date(2020, 1, 1), date(2025, 7, 1)), (date(2026, 1, 1), None)]
    cache = CodeListCache(codes={("l", "a"): [Code("l", "a", "A", "A", *period, "bịa") for period in periods]})
    held = {
        day: cache.holds(Coded("l", "a", "/x"), date.fromisoformat(day))
        for day in ("2019-12-31", "2020-01-01", "2025-06-30", "2025-07-01", "2026-01-01", "2090-01-01")
    }
    assert list(held.values()) == [False, True, True, False, True, True]
    for other in (Coded("l", "b", "/x"), Coded("m", "a", "/x")):
        assert not cache.holds(other, date(2024, 1, 1))


async def test_a_list_outlives_the_session_that_read_it(world: World, school_a1: Client) -> None:
    world.runtime.cache(CodeListCache).read_at = -FRESH_S
    async with world.runtime.work(ALL) as work:
        await CodeListService(work).entries("severity", None)
        await work.session.rollback()
    assert "critical" in await codes(school_a1, "severity", "2026-01-12")


@pytest.mark.parametrize(
    ("day", "operator"),
    [
        ("2024-09-05", "Cục Trẻ em, Bộ Lao động – Thương binh và Xã hội"),
        ("2025-03-01", "Cục Bà mẹ và Trẻ em, Bộ Y tế"),
    ],
)
async def test_a_hotline_has_the_operator_of_its_day(world: World, day: str, operator: str) -> None:
    lines = ok(await world.anonymous.get(f"{API}/hotlines", params={"as_of": day}))
    assert [line["operator_vi"] for line in lines if line["number"] == "111"] == [operator]


async def test_hotlines_are_open_to_all_and_cached_by_their_content(world: World) -> None:
    first = await world.anonymous.get(f"{API}/hotlines")
    numbers = [line["number"] for line in ok(first)]
    assert {"111", "18008077"} <= set(numbers)
    assert len(numbers) == len(set(numbers))
    again = await world.anonymous.get(f"{API}/hotlines", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    former = await world.anonymous.get(
        f"{API}/hotlines", params={"as_of": "2024-09-05"}, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert former.status_code == 200
