"""Extensions: a later due day by a decision of the level above, on which lateness is judged."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from httpx import Response

from app.core.time import utc_now
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.report_periods import (
    bureau_period,
    close_period,
    create_period,
    day_in,
    end_of,
    open_period,
    over,
    reports_of,
    set_report,
)
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World


@pytest.fixture
async def bureau(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


@pytest.fixture
async def school(world: World, bureau: StaffedUnit) -> StaffedUnit:
    return await create_unit(world, under=bureau.id)


async def extend(by: Client, report_id: UUID, **changed: object) -> Response:
    body = {"due_on": day_in(60), "decision_number": "15/QĐ-MẪU", "reason": "Lũ lụt (bịa)"}
    return await by.post(f"{API}/reports/{report_id}/extensions", body | changed)


async def report_of(world: World, period_id: str, unit_id: UUID) -> UUID:
    return (await reports_of(world, period_id))[unit_id].id


async def test_the_level_above_extends_by_a_decision(world: World, bureau: StaffedUnit, school: StaffedUnit) -> None:
    period = await bureau_period(world, bureau.officer)
    report = await report_of(world, period["id"], school.id)
    extended = ok(await extend(bureau.officer, report), 201)
    stored = (await reports_of(world, period["id"]))[school.id]
    assert stored.due_on.isoformat() == day_in(30)
    assert (extended["due_on"], extended["extended_on"]) == (day_in(30), day_in(60))
    assert stored.due_at >= end_of(date.fromisoformat(day_in(60))).astimezone(UTC)
    assert datetime.fromisoformat(extended["due_at"]) == stored.due_at
    assert stored.extension_decision == "15/QĐ-MẪU"
    assert "Lũ lụt" not in (stored.sealed or "")


async def test_its_unit_is_notified(world: World, bureau: StaffedUnit, school: StaffedUnit) -> None:
    period = await bureau_period(world, bureau.officer)
    report = await report_of(world, period["id"], school.id)
    ok(await extend(bureau.officer, report), 201)
    (notice,) = [each for each in await list_items(school.head, "notices") if each["kind"] == "report_extended"]
    assert notice["data"]["report_id"] == str(report)
    assert notice["data"].keys() == {"report_id", "due_on"}


async def test_no_unit_extends_its_own(
    world: World, bureau: StaffedUnit, school: StaffedUnit, bureau_b: Client, department: Client
) -> None:
    period = (await create_period(world, department))["id"]
    await open_period(department, period)
    report = await report_of(world, period, school.id)
    assert_problem(await extend(school.head, report), 403, "forbidden")
    assert_problem(await extend(bureau_b, report), 404, "not_found")
    assert_problem(await extend(bureau.officer, await report_of(world, period, bureau.id)), 403, "forbidden")
    ok(await extend(department, await report_of(world, period, bureau.id)), 201)


async def test_the_department_records_the_committees_decision(world: World, department: Client) -> None:
    period = (await create_period(world, department))["id"]
    await open_period(department, period)
    ok(await extend(department, await report_of(world, period, world.units["department"])), 201)


async def test_a_day_that_is_not_later_extends_nothing(world: World, bureau: StaffedUnit, school: StaffedUnit) -> None:
    period = await bureau_period(world, bureau.officer)
    report = await report_of(world, period["id"], school.id)
    assert_problem(await extend(bureau.officer, report, due_on=day_in(30)), 422, "not_later", "/due_on")
    assert_problem(await extend(bureau.officer, report, due_on="9999-12-31"), 422, "date_out_of_range", "/due_on")


async def test_what_is_delivered_is_not_extended(world: World, bureau: StaffedUnit, school: StaffedUnit) -> None:
    period = await bureau_period(world, bureau.officer)
    report = await report_of(world, period["id"], school.id)
    await set_report(world, report, delivered_at=utc_now())
    assert_problem(await extend(bureau.officer, report), 409, "report_delivered")


async def test_a_closed_period_extends_nothing(world: World, bureau: StaffedUnit, school: StaffedUnit) -> None:
    period = await bureau_period(world, bureau.officer, **over())
    report = await report_of(world, period["id"], school.id)
    await close_period(bureau.officer, period["id"])
    assert_problem(await extend(bureau.officer, report), 409, "period_closed")
