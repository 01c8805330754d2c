"""Levels above: counts, and one learner by an exact number with a reason. All invented."""

import pytest

from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.learners import YEAR, change_enrolment, create_class, create_learner, create_pupil
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World

COUNTS, LOOKUPS = f"{API}/learner-counts", f"{API}/learner-lookups"
NUMBER = {"kind": "personal_number", "value": "083215000003"}
ASKED = NUMBER | {"reason": "Xác minh theo công văn 12 (bịa)"}


@pytest.fixture
async def line(world: World) -> tuple[StaffedUnit, StaffedUnit, StaffedUnit]:
    """A bureau and two schools below it."""
    bureau = await create_unit(world, "bureau", "department")
    return bureau, *[await create_unit(world, under=bureau.id) for _ in range(2)]  # type: ignore[return-value]


async def test_a_level_above_counts_who_is_present(line: tuple[StaffedUnit, StaffedUnit, StaffedUnit]) -> None:
    bureau, first, second = line
    row = await create_class(first.officer)
    pupils = [await create_pupil(first.officer, row["id"], sex=sex) for sex in ("female", "female", "male", "male")]
    ok(await change_enrolment(first.officer, pupils[-1], status="04"), 201)
    await create_pupil(second.officer, (await create_class(second.officer, grade="7"))["id"])
    counted = ok(await bureau.officer.get(COUNTS, params={"school_year": YEAR}))
    assert counted["learners"] == 4
    assert {(each["unit_id"], each["grade"], each["sex"]): each["learners"] for each in counted["counts"]} == {
        (str(first.id), "6", "female"): 2,
        (str(first.id), "6", "male"): 1,
        (str(second.id), "7", "female"): 1,
    }
    asked = {"school_year": YEAR, "unit_id": str(second.id)}
    assert ok(await bureau.officer.get(COUNTS, params=asked))["learners"] == 1


async def test_nobody_counts_beyond_the_own_line(line: tuple[StaffedUnit, StaffedUnit, StaffedUnit]) -> None:
    bureau, first, second = line
    await create_pupil(first.officer, (await create_class(first.officer))["id"])
    asked = {"school_year": YEAR, "unit_id": str(first.id)}
    assert ok(await second.head.get(COUNTS, params=asked))["counts"] == []
    assert ok(await bureau.head.get(COUNTS, params=asked))["learners"] == 1
    assert_problem(await first.teacher.get(COUNTS, params=asked), 403, "forbidden")


class TestLookups:
    async def test_one_learner_by_a_whole_number(self, line: tuple[StaffedUnit, StaffedUnit, StaffedUnit]) -> None:
        bureau, school, _ = line
        made = await create_learner(school.officer, "Lê Thị Bịa", identifiers=[NUMBER])
        found = ok(await bureau.officer.post(LOOKUPS, ASKED), 201)
        assert [(each["learner_id"], each["full_name"], each["unit_id"]) for each in found["found"]] == [
            (made["id"], "Lê Thị Bịa", str(school.id))
        ]
        [notice] = [each for each in await list_items(school.head, "notices") if each["kind"] == "learner_looked_up"]
        assert notice["data"] == {"learner_id": made["id"], "code": found["code"], "by_unit_id": str(bureau.id)}
        [listed] = await list_items(bureau.head, "learner-lookups")
        assert (listed["reason"], listed["records"]) == (ASKED["reason"], 1)
        assert made["id"] not in str(listed)
        assert_problem(await bureau.head.get(f"{API}/learners/{made['id']}"), 404, "not_found")

    async def test_one_that_finds_nothing_is_recorded_too(
        self, line: tuple[StaffedUnit, StaffedUnit, StaffedUnit]
    ) -> None:
        bureau, school, _ = line
        found = ok(await bureau.officer.post(LOOKUPS, ASKED | {"value": "083215999999"}), 201)
        assert found["found"] == []
        read = ok(await bureau.head.get(f"{LOOKUPS}/{found['id']}"))
        assert (read["records"], read["reason"]) == (0, ASKED["reason"])
        assert [each for each in await list_items(school.head, "notices") if each["kind"] == "learner_looked_up"] == []

    async def test_another_line_finds_nothing(
        self, world: World, line: tuple[StaffedUnit, StaffedUnit, StaffedUnit]
    ) -> None:
        _, school, _ = line
        await create_learner(school.officer, identifiers=[NUMBER | {"value": "083215000004"}])
        for name in ("phong_b.officer", "so2.officer"):
            other = await world.client(name)
            assert ok(await other.post(LOOKUPS, ASKED | {"value": "083215000004"}), 201)["found"] == []

    async def test_a_school_asks_no_level_and_needs_no_lookup(
        self, line: tuple[StaffedUnit, StaffedUnit, StaffedUnit]
    ) -> None:
        bureau, school, _ = line
        assert_problem(await school.head.post(LOOKUPS, ASKED), 403, "forbidden")
        assert_problem(await bureau.head.post(LOOKUPS, NUMBER), 422, "missing", "/reason")
        assert_problem(await bureau.head.post(LOOKUPS, ASKED | {"kind": "x"}), 422, "unknown_code", "/kind")

    async def test_a_code_that_each_school_gives_itself_names_no_learner(
        self, line: tuple[StaffedUnit, StaffedUnit, StaffedUnit]
    ) -> None:
        """By "1", "2", "3" a level above would read the names of every school."""
        bureau, *schools = line
        own = {"kind": "school", "value": "1"}
        for school in schools:
            await create_learner(school.officer, identifiers=[own])
        asked = own | {"reason": ASKED["reason"]}
        assert_problem(await bureau.officer.post(LOOKUPS, asked), 422, "names_no_learner", "/kind")
        assert await list_items(bureau.head, "learner-lookups") == []
