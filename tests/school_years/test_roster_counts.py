"""Roster counts: each unit counts its own pupils, the levels above read and add up. All invented."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.time import utc_now
from app.models.units import Unit
from app.repositories.school_years.roster_counts import Pupils, RosterCountRepository
from app.security.access.scope import ALL, Range
from app.services.school_years.roster_counts import RosterCountService
from tests.factories.clock import AdvanceClock
from tests.factories.http import API, assert_problem, list_items, ok, read_etag
from tests.factories.school_years import freeze_roster_count, pupils, put_roster_count, roster_path
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World

START, END = roster_path(), roster_path("2025-2026", "end")
PRIMARY = pupils("primary", 220, 212)


@pytest.fixture(autouse=True)
def november(advance_clock: AdvanceClock) -> None:
    """The first term of the school year runs."""
    advance_clock(seconds=(datetime(2026, 11, 2, 3, tzinfo=UTC) - utc_now()).total_seconds())


@pytest.fixture
async def primary(world: World) -> StaffedUnit:
    return await create_unit(world, levels=["primary"])


async def test_a_unit_sets_its_whole_count(primary: StaffedUnit) -> None:
    before = ok(await primary.head.get(START))
    assert (before["counts"], before["levels"], before["is_frozen"]) == ([], ["primary"], False)
    made = ok(await put_roster_count(primary.head, START, *PRIMARY))
    assert made["counts"] == sorted(PRIMARY, key=lambda each: each["sex"])
    assert (made["counted_on"], made["source"]) == ("2026-09-30", "EMIS (mẫu)")
    one = {"school_level": "primary", "sex": "unknown", "pupils": 430}
    changed = ok(await put_roster_count(primary.head, START, one, source="Sổ đăng bộ (mẫu)"))
    assert (changed["counts"], changed["source"]) == ([one], "Sổ đăng bộ (mẫu)")
    assert ok(await primary.head.get(START)) == changed


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "pointer", "code"),
        [
            ({"counts": pupils("lower_secondary", 1, 2)}, "/counts/0/school_level", "level_not_of_unit"),
            ({"counts": pupils("lower_secondary", 1, 2)}, "/counts", "level_missing"),
            ({"counts": pupils("university", 1, 2)}, "/counts/0/school_level", "unknown_code"),
            ({"counts": [PRIMARY[0] | {"sex": "both"}]}, "/counts/0/sex", "unknown_code"),
            ({"counts": [PRIMARY[0], PRIMARY[0]]}, "/counts/1", "repeated"),
            ({"counts": [PRIMARY[0] | {"pupils": -1}]}, "/counts/0/pupils", "greater_than_equal"),
            ({"counts": [PRIMARY[0] | {"pupils": 10**9}]}, "/counts/0/pupils", "less_than_equal"),
            ({"counts": []}, "/counts", "too_short"),
            ({"counted_on": "2026-08-01"}, "/counted_on", "outside_year"),
            ({"counted_on": "2099-01-01"}, "/counted_on", "in_the_future"),
            ({"source": " "}, "/source", "string_too_short"),
        ],
    )
    async def test_a_count_that_cannot_be(
        self, primary: StaffedUnit, change: dict[str, Any], pointer: str, code: str
    ) -> None:
        counts = change.pop("counts", PRIMARY)
        assert_problem(await put_roster_count(primary.head, START, *counts, **change), 422, code, pointer)
        assert ok(await primary.head.get(START))["counts"] == []

    async def test_an_unknown_year_or_moment(self, primary: StaffedUnit) -> None:
        assert_problem(await primary.head.get(roster_path("2098-2099")), 404, "not_found")
        assert (await primary.head.get(roster_path("2026-2028"))).status_code == 404
        assert (await primary.head.get(roster_path(moment="middle"))).status_code == 422

    async def test_two_people_never_overwrite_each_other(self, primary: StaffedUnit) -> None:
        tag = await read_etag(primary.head, START)
        both = await asyncio.gather(*(put_roster_count(primary.head, START, *PRIMARY, tag=tag) for _ in range(2)))
        first, second = sorted(answer.status_code for answer in both)
        assert first == 200
        assert second in {409, 412}
        ok(await put_roster_count(primary.head, START, *PRIMARY))
        assert_problem(await put_roster_count(primary.head, START, *PRIMARY, tag=tag), 412, "stale")


class TestFreezing:
    async def test_a_frozen_count_changes_no_more(self, primary: StaffedUnit) -> None:
        ok(await put_roster_count(primary.head, START, *PRIMARY))
        frozen = ok(await freeze_roster_count(primary.head, START))
        assert (frozen["is_frozen"], frozen["frozen_at"] is None) == (True, False)
        assert_problem(await put_roster_count(primary.head, START, *PRIMARY), 409, "roster_count_frozen")
        assert_problem(await freeze_roster_count(primary.head, START), 409, "roster_count_frozen")

    async def test_what_was_never_counted_is_not_frozen(self, primary: StaffedUnit) -> None:
        assert_problem(await freeze_roster_count(primary.head, START), 409, "roster_count_missing")

    async def test_a_report_freezes_what_it_uses(self, world: World, primary: StaffedUnit) -> None:
        ok(await put_roster_count(primary.head, START, *PRIMARY))
        async with world.runtime.work(ALL) as work:
            await RosterCountService(work).freeze(primary.id, "2026-2027", ["start"])
            await work.commit()
        assert_problem(await put_roster_count(primary.head, START, *PRIMARY), 409, "roster_count_frozen")

    async def test_the_calendar_freezes_it_too(self, primary: StaffedUnit) -> None:
        """That of a year's end once the next year has begun; a late one is recorded once."""
        assert ok(await primary.head.get(END))["freezes_on"] == "2026-08-22"
        assert ok(await primary.head.get(START))["freezes_on"] == "2027-01-11"
        late = ok(await put_roster_count(primary.head, END, *PRIMARY, counted_on="2026-05-31"))
        assert late["is_frozen"]
        refused = await put_roster_count(primary.head, END, *PRIMARY, counted_on="2026-05-31")
        assert_problem(refused, 409, "roster_count_frozen")


class TestWhoReads:
    @pytest.fixture
    async def counted(self, world: World) -> list[StaffedUnit]:
        """A bureau with two schools, and another bureau's school, each with a count."""
        bureau = await create_unit(world, "bureau", "department")
        schools = [await create_unit(world, under=bureau.id, levels=["primary"]) for _ in range(2)]
        other = await create_unit(world, under="bureau_b", levels=["primary"])
        for number, school in enumerate((*schools, other), 1):
            ok(await put_roster_count(school.head, START, *pupils("primary", number, 10 * number)))
        return [bureau, *schools, other]

    async def test_the_level_above_lists_its_own_line(self, counted: list[StaffedUnit]) -> None:
        bureau, first, second, other = counted
        found = await list_items(bureau.officer, "roster-counts", school_year="2026-2027", moment="start")
        assert {row["unit_id"] for row in found} == {str(first.id), str(second.id)}
        one = await list_items(bureau.officer, "roster-counts", unit_id=str(first.id))
        assert {(row["sex"], row["pupils"]) for row in one} == {("male", 1), ("female", 10)}
        assert await list_items(bureau.officer, "roster-counts", school_year="2024-2025") == []
        assert await list_items(bureau.officer, "roster-counts", unit_id=str(other.id)) == []
        below = await list_items(bureau.officer, "roster-counts", unit_id=str(bureau.id), below="true")
        assert len(below) == 4

    async def test_and_adds_up_what_is_there(self, counted: list[StaffedUnit]) -> None:
        bureau, first, *_ = counted
        total = ok(await bureau.officer.get(f"{START}/total"))
        assert (total["units"], total["pupils"]) == (2, 33)
        assert {(each["sex"], each["pupils"]) for each in total["counts"]} == {("male", 3), ("female", 30)}
        one = ok(await bureau.officer.get(f"{START}/total", params={"unit_id": str(first.id)}))
        assert (one["units"], one["pupils"]) == (1, 11)
        a_school = ok(await first.head.get(f"{START}/total"))
        assert (a_school["units"], a_school["pupils"]) == (1, 11)
        missing = ok(await bureau.officer.get(f"{roster_path(moment='end')}/total"))
        assert (missing["units"], missing["pupils"], missing["counts"]) == (0, 0, [])

    async def test_consolidation_reads_each_unit(self, world: World, counted: list[StaffedUnit]) -> None:
        bureau, first, second, _ = counted
        async with world.runtime.work(ALL, write=False) as work:
            path = (await work.session.get_one(Unit, bureau.id)).org_path
            found = await RosterCountRepository(work.session).pupils(Range.under(path), "2026-2027", "start")
        assert {each for each in found if each.sex == "female"} == {
            Pupils(first.id, "primary", "female", 10),
            Pupils(second.id, "primary", "female", 20),
        }

    async def test_nobody_counts_for_another_unit(self, counted: list[StaffedUnit]) -> None:
        bureau, first, *_ = counted
        assert_problem(
            await put_roster_count(bureau.officer, START, *PRIMARY), 422, "level_not_of_unit", "/counts/0/school_level"
        )
        assert ok(await first.head.get(START))["counts"][0]["pupils"] == 10

    async def test_who_helps_a_child_reads_no_counts(self, counted: list[StaffedUnit]) -> None:
        _, first, *_ = counted
        for helper in (first.counsellor, first.teacher):
            assert_problem(await helper.get(START), 403, "forbidden")
            assert_problem(await helper.get(f"{API}/roster-counts"), 403, "forbidden")

    async def test_the_officer_counts_and_the_head_freezes(self, world: World) -> None:
        school = await world.fresh_client("a1.officer")
        ok(await school.get(START))
        assert_problem(await school.post(f"{START}/freeze", headers={"If-Match": '"0.0.False"'}), 403, "forbidden")
