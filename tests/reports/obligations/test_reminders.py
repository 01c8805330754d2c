"""Reminders of reports: one digest a unit and working day, on the days of the rules, ended by the submission."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import time as clock
from app.core.time import VIETNAM, today
from app.core.working_days import is_working_day, next_working_day, working_day_from
from app.models.notices.notices import Notice
from app.security.access.scope import ALL
from app.services.reports.obligations.reminders import remind_of_reports
from tests.factories.clock import shift_clock
from tests.factories.report_periods import bureau_period, day_in, over, reports_of, set_report
from tests.factories.units import StaffedUnit, close_unit, create_unit
from tests.factories.urgent_reports import draft
from tests.world import World

NOON = time(12)


@pytest.fixture
async def bureau(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


@pytest.fixture
async def school(world: World, bureau: StaffedUnit) -> StaffedUnit:
    return await create_unit(world, under=bureau.id)


def go_to(monkeypatch: pytest.MonkeyPatch, day: date, at: time = NOON) -> None:
    moment = datetime.combine(day, at, VIETNAM)
    shift_clock(monkeypatch, seconds=(moment - clock.utc_now()).total_seconds())


def later(day: date, working_days: int) -> date:
    return working_day_from(day, working_days, {})


async def digests(world: World, unit_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    """The digests of a unit after the worker came, in order."""
    async with world.runtime.work(ALL) as work:
        await remind_of_reports(work, {})
        await work.commit()
    async with world.runtime.work(ALL, write=False) as work:
        kinds = ("report_due", "report_overdue")
        query = select(Notice).where(Notice.unit_id == unit_id, Notice.kind.in_(kinds)).order_by(Notice.id)
        return [(notice.kind, notice.data) for notice in await work.session.scalars(query)]


async def test_a_unit_hears_of_a_report_once_it_is_opened(
    world: World, bureau: StaffedUnit, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_on = later(today(), 40)
    await bureau_period(world, bureau.officer, dues=[{"kinds": ["school"], "due_on": due_on.isoformat()}])
    go_to(monkeypatch, later(today(), 1))
    ((kind, data),) = await digests(world, school.id)
    assert kind == "report_due"
    assert data == {
        "due": 1,
        "overdue": 0,
        "returned": 0,
        "below_overdue": 0,
        "next_due_on": due_on.isoformat(),
    }
    assert len(await digests(world, school.id)) == 1


async def test_two_reports_are_one_digest(
    world: World, bureau: StaffedUnit, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        await bureau_period(world, bureau.officer)
    go_to(monkeypatch, later(today(), 1))
    ((_, data),) = await digests(world, school.id)
    assert data["due"] == 2


async def test_it_is_reminded_on_the_days_of_the_rules_and_on_no_other(
    world: World, bureau: StaffedUnit, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_on = later(today(), 30)
    await bureau_period(world, bureau.officer, dues=[{"kinds": ["school"], "due_on": due_on.isoformat()}])
    heard, days = list[int](), range(1, 43)
    first = later(today(), 1)
    for shift in days:
        go_to(monkeypatch, later(first, shift - 1) if shift > 1 else first)
        if len(await digests(world, school.id)) > len(heard):
            heard.append(shift - 30)
    # Once it was opened, 10, 5 and 2 working days before, on the day, and 1, 3, 5 and 10 after.
    assert heard == [-29, -10, -5, -2, 0, 1, 3, 5, 10]


async def test_the_submission_ends_it(
    world: World, bureau: StaffedUnit, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    period = await bureau_period(world, bureau.officer)
    report = (await reports_of(world, period["id"]))[school.id].id
    await set_report(world, report, state="submitted", delivered_at=clock.utc_now())
    go_to(monkeypatch, later(today(), 1))
    assert await digests(world, school.id) == []


async def test_the_level_above_hears_how_many_below_are_overdue(
    world: World, bureau: StaffedUnit, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_unit(world, under=bureau.id)
    due_on = next_working_day(today(), {})
    dues = [{"kinds": ["school"], "due_on": due_on.isoformat()}]
    await bureau_period(world, bureau.officer, ends_on=day_in(-60), dues=dues)
    go_to(monkeypatch, later(due_on, 1))
    ((kind, data),) = await digests(world, bureau.id)
    assert (kind, data["below_overdue"], data["overdue"]) == ("report_overdue", 2, 0)
    ((kind, data),) = await digests(world, school.id)
    assert (kind, data["overdue"]) == ("report_overdue", 1)


async def test_the_unit_that_reports_for_a_merged_one_is_reminded_in_its_place(
    world: World, bureau: StaffedUnit, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    heir = await create_unit(world, under=bureau.id)
    period = await bureau_period(world, bureau.officer)
    reports = await reports_of(world, period["id"])
    await set_report(world, reports[heir.id].id, state="submitted", delivered_at=clock.utc_now())
    await close_unit(world, school.id, heir.id)
    go_to(monkeypatch, later(today(), 1))
    assert [data["due"] for _, data in await digests(world, heir.id)] == [1]
    assert await digests(world, school.id) == []


async def test_an_urgent_report_has_no_due_day_and_is_no_reminder(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draft(school.head, (await school.head.create_intake())["incident_id"])
    go_to(monkeypatch, later(today(), 1))
    assert await digests(world, school.id) == []


async def test_nobody_is_reminded_on_a_day_off_or_out_of_hours(
    world: World, bureau: StaffedUnit, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = next(each for each in (today() + timedelta(days=n) for n in range(1, 9)) if not is_working_day(each, {}))
    working = next_working_day(day, {})
    dues = [{"kinds": ["school"], "due_on": later(working, 10).isoformat()}]
    await bureau_period(world, bureau.officer, dues=dues)
    go_to(monkeypatch, day)
    assert await digests(world, school.id) == []
    for at in (time(6, 59), time(17)):
        go_to(monkeypatch, working, at)
        assert await digests(world, school.id) == []
    go_to(monkeypatch, working, time(7))
    assert len(await digests(world, school.id)) == 1


async def test_an_old_reminder_is_none_after_a_long_outage(
    world: World, bureau: StaffedUnit, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bureau_period(world, bureau.officer, **over())
    go_to(monkeypatch, later(today() + timedelta(days=10), 1))
    assert await digests(world, school.id) == []
