"""Counts by unit and by month: one event counts once, and each reader counts in its own line."""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event

from tests.factories.cases import count_incidents, set_severity, transition
from tests.factories.duplicates import merge_incidents
from tests.factories.http import API, assert_problem, ok
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, close_unit, create_unit
from tests.world import Client, World

INCIDENTS = f"{API}/incidents"
Rows = list[dict[str, Any]]


async def counts(client: Client, by: str, **filters: object) -> Rows:
    rows: Rows = ok(await client.get(f"{INCIDENTS}/counts", params={"by": by, **filters}))
    return rows


async def by_unit(client: Client, **filters: object) -> dict[str, int]:
    return {row["unit_id"]: row["count"] for row in await counts(client, "unit", **filters)}


async def by_month(client: Client, **filters: object) -> dict[str, int]:
    return {row["month"]: row["count"] for row in await counts(client, "month", **filters)}


async def incident(client: Client, **fields: object) -> str:
    return str((await client.create_intake(**fields))["incident_id"])


@pytest_asyncio.fixture
async def bureau(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


@pytest_asyncio.fixture
async def schools(world: World, bureau: StaffedUnit) -> list[StaffedUnit]:
    return [await create_unit(world, under=bureau.id) for _ in range(2)]


class TestByUnit:
    async def test_own_unit_comes_first_then_each_unit_directly_below(
        self, world: World, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        one, other = schools
        await incident(one.head)
        await incident(one.head)
        rows = await counts(bureau.officer, "unit")
        assert [(row["unit_id"], row["is_own"], row["count"]) for row in rows] == [
            (str(bureau.id), True, 0),
            (str(one.id), False, 2),
            (str(other.id), False, 0),
        ]
        names = {row["unit_id"]: row["name_vi"] for row in rows}
        for unit in (bureau, one, other):
            assert names[str(unit.id)] == ok(await bureau.officer.get(f"{API}/units/{unit.id}"))["name_vi"]
        assert [row["kind"] for row in rows] == ["bureau", "school", "school"]
        stranger = await world.client("phong_b.officer")
        assert not {str(unit.id) for unit in (bureau, one, other)} & (await by_unit(stranger)).keys()

    async def test_level_above_counts_all_below_in_one_row(
        self, world: World, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        department = await world.client("so.officer")
        for school in schools:
            await incident(school.head)
        rows = await by_unit(department)
        assert rows[str(bureau.id)] == 2
        assert not {str(school.id) for school in schools} & rows.keys()
        assert sum(rows.values()) == await count_incidents(department)

    async def test_unit_that_processes_no_cases_has_no_row(
        self, world: World, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        agency = await create_unit(world, "agency", bureau.id)
        assert (await by_unit(bureau.officer)).keys() == {str(unit.id) for unit in (bureau, *schools)}
        department = (await by_unit(await world.client("so.officer"))).keys()
        assert str(bureau.id) in department
        assert not {str(agency.id), str(world.units["agency"])} & department

    async def test_school_has_its_own_row_alone(self, schools: list[StaffedUnit]) -> None:
        one, other = schools
        await incident(one.head)
        assert await by_unit(one.head) == {str(one.id): 1}
        assert await by_unit(other.head) == {str(other.id): 0}

    async def test_what_the_superior_holds_for_a_school_is_in_its_own_row(
        self, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        one, other = schools
        await incident(bureau.officer, unit_id=str(one.id), accused=[{"kind": "school_leader"}])
        assert await by_unit(bureau.officer) == {str(bureau.id): 1, str(one.id): 0, str(other.id): 0}
        assert await by_unit(one.head) == {str(one.id): 0}

    async def test_merged_event_counts_in_the_row_of_the_survivor_alone(
        self, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        one, other = schools
        survivor, absorbed = await incident(one.head), await incident(other.head)
        ok(await merge_incidents(bureau.officer, survivor, absorbed), 201)
        assert await by_unit(bureau.officer) == {str(bureau.id): 0, str(one.id): 1, str(other.id): 0}
        assert await by_unit(other.head) == {str(other.id): 1}, "within that school, its own one stands for the event"

    async def test_closed_unit_stays_while_events_count_there(
        self, world: World, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        one, _ = schools
        await incident(one.head)
        name = {row["unit_id"]: row["name_vi"] for row in await counts(bureau.officer, "unit")}[str(one.id)]
        for school in schools:
            await close_unit(world, school.id)
        own, closed = await counts(bureau.officer, "unit")
        assert (own["unit_id"], own["count"]) == (str(bureau.id), 0)
        assert (closed["unit_id"], closed["name_vi"], closed["count"]) == (str(one.id), name, 1)

    async def test_parts_of_a_row_add_up_except_for_unassessed_events(
        self, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        one, _ = schools
        first = await incident(one.head, group="online")
        await incident(one.head, group="injury_safety")
        ok(await set_severity(one.head, first, "high"), 201)
        ok(await transition(one.head, f"{INCIDENTS}/{first}", "acknowledge"))
        row = next(row for row in await counts(bureau.officer, "unit") if row["unit_id"] == str(one.id))
        assert row["by_group"] == {"online": 1, "injury_safety": 1}
        assert row["by_severity"] == {"high": 1}
        assert row["by_state"] == {"acknowledged": 1, "received": 1}
        assert (await by_unit(bureau.officer, group="online", severity="high"))[str(one.id)] == 1


class TestByMonth:
    async def test_months_have_no_gap_and_an_unknown_day_counts_by_the_first_report_in_viet_nam(
        self, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        one, other = schools
        await incident(one.head, occurred_on="2026-01-31")
        await incident(other.head, received_at="2026-02-28T16:59:59Z")
        await incident(other.head, received_at="2026-03-31T17:00:00Z")
        assert await by_month(bureau.officer) == {"2026-01": 1, "2026-02": 1, "2026-03": 0, "2026-04": 1}
        assert await by_month(one.head) == {"2026-01": 1}
        assert await by_month(other.head, occurred_from="2026-01-01") == {}, "a filter by day asks for a known day"

    async def test_day_of_the_event_counts_before_that_of_the_report(self, schools: list[StaffedUnit]) -> None:
        one, _ = schools
        await incident(one.head, occurred_on="2025-12-31", received_at="2026-01-02T01:00:00Z")
        assert await by_month(one.head) == {"2025-12": 1}

    async def test_merged_event_counts_in_the_month_of_the_survivor(
        self, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        one, other = schools
        survivor = await incident(one.head, occurred_on="2026-03-01")
        absorbed = await incident(other.head, occurred_on="2026-02-28")
        ok(await merge_incidents(bureau.officer, survivor, absorbed), 201)
        assert await by_month(bureau.officer) == {"2026-03": 1}
        assert await by_month(other.head) == {"2026-02": 1}


@pytest.mark.parametrize("by", ["unit", "month"])
async def test_account_that_reaches_only_shared_cases_counts_nothing(
    agency: StaffedUnit, school: StaffedUnit, by: str
) -> None:
    ok(await share_incident(school.head, await incident(school.head), 2, grantee_unit_id=agency.id), 201)
    assert await counts(agency.partner, by) == []
    assert await counts(school.teacher, by) == []


async def test_unknown_way_to_count_is_refused(school: StaffedUnit) -> None:
    asked = f"{INCIDENTS}/counts"
    assert_problem(await school.head.get(asked, params={"by": "day"}), 422, "enum", "by")
    wrong = {"by": "unit", "group": "none_such"}
    assert_problem(await school.head.get(asked, params=wrong), 422, "unknown_code", "group")


@pytest.mark.parametrize("by", [None, "unit", "month"])
async def test_counts_come_from_the_index_alone(world: World, school: StaffedUnit, by: str | None) -> None:
    sent: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.startswith("SELECT") and "count(*)" in statement and "incident.group_code" in statement:
            sent.append((statement, parameters))

    engine = world.runtime.reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        ok(await school.head.get(f"{INCIDENTS}/counts", params={"by": by} if by else {}))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    (statement, given), _ = sent  # those that no merge concerns, and the merged ones
    plan = await (explained_by_sqlite if world.database is None else explained_by_postgresql)(world, statement, given)
    if world.database is None:
        assert "USING COVERING INDEX ix_incident_counted" in plan
    else:
        scan = plan.split("Index Only Scan using ix_incident_counted on incident")[1].split("SubPlan")[0]
        assert "current_setting" not in scan, "row-level security reads the scope once a statement, not for every row"


async def explained_by_sqlite(world: World, statement: str, given: Any) -> str:
    async with world.runtime.reader.connect() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        return "\n".join(str(row[-1]) for row in rows)


async def explained_by_postgresql(world: World, statement: str, given: Any) -> str:
    async with world.runtime.reader.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        async with driver.transaction():
            # In a small table the planner would rather read all of it, in whichever way.
            await driver.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            return "\n".join(row[0] for row in await driver.fetch(f"EXPLAIN {statement}", *given))
