"""Who owes a report to whom, and who reports for a unit that was merged."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import Response

from app.core.time import today
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.report_periods import bureau_period, create_period, day_in, open_period, reports_of, set_report
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit, close_unit, create_unit
from tests.world import Client, World


@pytest.fixture
async def bureau(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


async def reporter(by: Client, report_id: UUID, unit_id: UUID, **changed: object) -> Response:
    body = {"unit_id": str(unit_id), "valid_from": today().isoformat(), "decision_number": "12/QĐ-MẪU"}
    return await by.post(f"{API}/reports/{report_id}/reporter-units", body | changed)


async def test_everybody_reports_to_the_level_above_and_the_department_to_nobody_here(
    world: World, department: Client, bureau: StaffedUnit
) -> None:
    school, direct = await create_unit(world, under=bureau.id), await create_unit(world, under="department")
    commune = await create_unit(world, "commune", "department")
    communal = await create_unit(world, under=commune.id)
    period = (await create_period(world, department))["id"]
    await open_period(department, period)
    reports = await reports_of(world, period)
    so = world.units["department"]
    assert {
        unit: reports[unit].recipient_id for unit in (school.id, bureau.id, direct.id, communal.id, commune.id)
    } == {
        school.id: bureau.id,
        bureau.id: so,
        direct.id: so,
        communal.id: commune.id,
        commune.id: so,
    }
    assert reports[so].recipient_id is None
    assert world.units["agency"] not in reports
    assert world.units["school_z"] not in reports
    assert {report.state for report in reports.values()} == {"owed"}
    assert reports[school.id].due_on.isoformat() == day_in(30)
    assert len({report.key_id for report in reports.values()}) == len(reports)


async def test_a_bureaus_own_period_asks_its_schools_alone(world: World, bureau: StaffedUnit) -> None:
    schools = {(await create_unit(world, under=bureau.id)).id for _ in range(2)}
    period = await bureau_period(world, bureau.officer)
    assert set(await reports_of(world, period["id"])) == schools


async def test_opening_again_adds_units_recorded_since_and_nothing_twice(world: World, bureau: StaffedUnit) -> None:
    await create_unit(world, under=bureau.id)
    dues = [{"kinds": ["school"], "due_on": day_in(30)}]
    period = (await create_period(world, bureau.officer, dues=dues))["id"]
    first = await open_period(bureau.officer, period)
    again = await open_period(bureau.officer, period)
    late = await create_unit(world, under=bureau.id)
    third = await open_period(bureau.officer, period)
    assert [(each["added"], each["reports"]) for each in (first, again, third)] == [(1, 1), (0, 1), (1, 2)]
    assert late.id in await reports_of(world, period)
    assert third["period"]["opened_at"] == first["period"]["opened_at"]


async def test_a_unit_that_did_not_stand_there_on_the_last_day_owes_nothing(world: World, bureau: StaffedUnit) -> None:
    await create_unit(world, under=bureau.id)
    # Units of the tests are founded on 1 September 2021.
    period = await bureau_period(world, bureau.officer, starts_on="2020-08-01", ends_on="2021-08-31")
    assert await reports_of(world, period["id"]) == {}


async def test_a_unit_closed_after_the_last_day_still_owes(world: World, bureau: StaffedUnit) -> None:
    school, heir = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
    await close_unit(world, school.id, heir.id)
    period = await bureau_period(world, bureau.officer)
    assert set(await reports_of(world, period["id"])) == {school.id, heir.id}


async def move(world: World, school: StaffedUnit, commune: StaffedUnit) -> None:
    """The school comes below the commune today."""
    head = await world.client("so.head")
    path = f"{API}/units/{school.id}"
    moved = {
        "parent_id": str(commune.id),
        "relation": "administrative",
        "effective_on": today().isoformat(),
        "decision_number": "8/QĐ-MẪU",
    }
    tag = (await head.get(path)).headers["ETag"]
    ok(await head.post(f"{path}/moves", moved, headers={"If-Match": tag}), 201)


async def test_a_unit_that_moves_reports_to_the_one_above_it_now(
    world: World, department: Client, bureau: StaffedUnit
) -> None:
    school, stays = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
    commune = await create_unit(world, "commune", "department")
    period = (await create_period(world, department))["id"]
    await open_period(department, period)
    await move(world, school, commune)
    reports = await reports_of(world, period)
    assert reports[school.id].recipient_id == commune.id
    assert reports[stays.id].recipient_id == bureau.id
    path = f"{API}/reports/{reports[school.id].id}"
    assert ok(await commune.officer.get(path))["recipient_id"] == str(commune.id)
    assert_problem(await bureau.officer.get(path), 404, "not_found")


async def test_a_locked_report_stays_with_whom_it_was_made_for(
    world: World, department: Client, bureau: StaffedUnit
) -> None:
    school, commune = await create_unit(world, under=bureau.id), await create_unit(world, "commune", "department")
    period = (await create_period(world, department))["id"]
    await open_period(department, period)
    await set_report(world, (await reports_of(world, period))[school.id].id, state="locked")
    await move(world, school, commune)
    assert (await reports_of(world, period))[school.id].recipient_id == bureau.id


async def test_a_recipient_whom_the_unit_left_gives_way_to_the_one_of_today(
    world: World, department: Client, bureau: StaffedUnit
) -> None:
    school, commune = await create_unit(world, under=bureau.id), await create_unit(world, "commune", "department")
    await move(world, school, commune)
    period = (await create_period(world, department))["id"]
    await open_period(department, period)
    assert (await reports_of(world, period))[school.id].recipient_id == commune.id


async def test_a_province_is_opened_in_few_statements(world: World, department: Client) -> None:
    bureau = await create_unit(world, "bureau", "department")
    for _ in range(3):
        await create_unit(world, under=bureau.id)
    period = (await create_period(world, department))["id"]
    with sent(world) as few:
        opened = await open_period(department, period)
    assert opened["added"] > 5
    assert len(few) < 30


async def another(world: World, bureau: StaffedUnit) -> UUID:
    return (await create_unit(world, under=bureau.id)).id


class TestReporterUnits:
    """A unit that was merged keeps a reporter, by a dated decision of the level above."""

    async def test_the_successor_reaches_that_report_and_no_other(self, world: World, bureau: StaffedUnit) -> None:
        school, heir = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
        period, other = [await bureau_period(world, bureau.officer) for _ in range(2)]
        report = (await reports_of(world, period["id"]))[school.id].id
        await set_report(world, (await reports_of(world, other["id"]))[school.id].id, state="locked")
        path = f"{API}/reports/{report}/reporter-units"
        assert_problem(await heir.head.get(path), 404, "not_found")
        await close_unit(world, school.id, heir.id)
        assert [each["unit_id"] for each in ok(await heir.head.get(path))] == [str(heir.id)]
        theirs = (await reports_of(world, other["id"]))[school.id].id
        assert_problem(await heir.head.get(f"{API}/reports/{theirs}/reporter-units"), 404, "not_found")

    async def test_it_counts_between_its_days(self, world: World, bureau: StaffedUnit) -> None:
        school, heir = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
        period = await bureau_period(world, bureau.officer)
        report = (await reports_of(world, period["id"]))[school.id].id
        await close_unit(world, school.id, heir.id, await another(world, bureau))
        ok(await reporter(bureau.officer, report, heir.id, valid_from=day_in(5)), 201)
        assert_problem(await heir.head.get(f"{API}/reports/{report}/reporter-units"), 404, "not_found")

    async def test_a_new_naming_ends_the_one_before(self, world: World, bureau: StaffedUnit) -> None:
        school, first, second = [await create_unit(world, under=bureau.id) for _ in range(3)]
        period = await bureau_period(world, bureau.officer)
        report = (await reports_of(world, period["id"]))[school.id].id
        await close_unit(world, school.id, first.id, second.id)
        ok(await reporter(bureau.officer, report, first.id), 201)
        ok(await reporter(bureau.officer, report, second.id, valid_from=day_in(2)), 201)
        named = ok(await bureau.officer.get(f"{API}/reports/{report}/reporter-units"))
        assert [each["valid_to"] for each in named] == [day_in(2), None]
        assert_problem(await second.head.get(f"{API}/reports/{report}/reporter-units"), 404, "not_found")
        refusal = await reporter(bureau.officer, report, first.id, valid_from=day_in(1))
        assert_problem(refusal, 422, "not_after_last_change", "/valid_from")

    async def test_only_the_level_above_names_one_and_only_of_its_own_line(
        self, world: World, bureau: StaffedUnit, bureau_b: Client, department: Client
    ) -> None:
        school, heir = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
        period = await bureau_period(world, bureau.officer)
        report = (await reports_of(world, period["id"]))[school.id].id
        assert_problem(await reporter(school.head, report, heir.id), 403, "forbidden")
        assert_problem(await reporter(bureau_b, report, heir.id), 404, "not_found")
        for unit, code in ((world.units["school_b1"], "unknown_unit"), (school.id, "reports_for_itself")):
            assert_problem(await reporter(bureau.officer, report, unit), 422, code, "/unit_id")
        elsewhere = await create_unit(world, under="bureau_b")
        await close_unit(world, school.id, heir.id, elsewhere.id)
        ended = await reporter(bureau.officer, report, heir.id, valid_to=today().isoformat())
        assert_problem(ended, 422, "ends_before_start", "/valid_to")
        assert_problem(await reporter(bureau.officer, report, elsewhere.id), 422, "unknown_unit", "/unit_id")
        ok(await reporter(department, report, elsewhere.id), 201)


class TestEarlierWishes:
    """A bureau may ask for an earlier day, which makes nobody late."""

    async def test_it_stands_beside_the_due_day(self, world: World, department: Client, bureau: StaffedUnit) -> None:
        school, other = await create_unit(world, under=bureau.id), await create_unit(world)
        period = (await create_period(world, department))["id"]
        await open_period(department, period)
        body = {"requested_on": day_in(20)}
        asked = ok(await bureau.officer.post(f"{API}/report-periods/{period}/requested-day", body))
        assert asked == {"requested_on": day_in(20), "reports": 1}
        reports = await reports_of(world, period)
        assert reports[school.id].requested_on is not None
        assert reports[school.id].due_on.isoformat() == day_in(30)
        assert reports[other.id].requested_on is None

    async def test_units_recorded_since_are_asked_too(
        self, world: World, department: Client, bureau: StaffedUnit
    ) -> None:
        await create_unit(world, under=bureau.id)
        period = (await create_period(world, department))["id"]
        await open_period(department, period)
        ok(await bureau.officer.post(f"{API}/report-periods/{period}/requested-day", {"requested_on": day_in(20)}))
        late = await create_unit(world, under=bureau.id)
        await open_period(department, period)
        assert (await reports_of(world, period))[late.id].requested_on == today() + timedelta(days=20)

    async def test_it_is_not_later_than_the_due_day(
        self, world: World, department: Client, bureau: StaffedUnit
    ) -> None:
        await create_unit(world, under=bureau.id)
        period = (await create_period(world, department))["id"]
        path = f"{API}/report-periods/{period}/requested-day"
        assert_problem(await department.post(path, {"requested_on": day_in(20)}), 409, "period_closed")
        await open_period(department, period)
        refusal = await bureau.officer.post(path, {"requested_on": day_in(31)})
        assert_problem(refusal, 422, "not_earlier", "/requested_on")

    async def test_it_lies_ahead_and_before_the_due_day_also_where_nobody_reports(
        self, world: World, department: Client, bureau: StaffedUnit
    ) -> None:
        school, empty = await create_unit(world, under=bureau.id), await create_unit(world, "bureau", "department")
        period = (await create_period(world, department))["id"]
        await open_period(department, period)
        path = f"{API}/report-periods/{period}/requested-day"
        for client in (bureau.officer, empty.officer):
            assert_problem(await client.post(path, {"requested_on": day_in(-1)}), 422, "in_the_past", "/requested_on")
            assert_problem(await client.post(path, {"requested_on": day_in(90)}), 422, "not_earlier", "/requested_on")
        assert ok(await bureau.officer.post(path, {"requested_on": day_in(0)}))["reports"] == 1
        assert_problem(await school.head.post(path, {"requested_on": day_in(1)}), 403, "forbidden")


async def test_no_list_of_another_line_shows_the_period(world: World, bureau: StaffedUnit, bureau_b: Client) -> None:
    await create_unit(world, under=bureau.id)
    period = await bureau_period(world, bureau.officer)
    assert period["id"] not in {each["id"] for each in await list_items(bureau_b, "report-periods")}
