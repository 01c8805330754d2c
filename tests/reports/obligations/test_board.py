"""The completeness board: sums of each level, and each unit's report with its time. It ranks nobody."""

import csv
from datetime import date, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest

from app.core.time import today, utc_now
from tests.factories.http import API, assert_problem, ok
from tests.factories.report_periods import (
    bureau_period,
    create_period,
    day_in,
    end_of,
    open_period,
    over,
    reports_of,
    set_report,
)
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

COUNTS = ("reports", "owed", "draft", "submitted", "returned", "accepted", "locked", "delivered", "on_time", "late")


@pytest.fixture
async def bureau(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


async def board(by: Client, period_id: str, **params: object) -> dict[str, Any]:
    found: dict[str, Any] = ok(await by.get(f"{API}/report-periods/{period_id}/board", params=params))
    return found


async def row_of(by: Client, period_id: str, unit_id: UUID) -> dict[str, Any]:
    row: dict[str, Any]
    (row,) = [each for each in (await board(by, period_id))["items"] if each["unit_id"] == str(unit_id)]
    return row


async def test_it_counts_each_state_and_time(world: World, bureau: StaffedUnit) -> None:
    for _ in range(4):
        await create_unit(world, under=bureau.id)
    period = (await bureau_period(world, bureau.officer, **over()))["id"]
    first, second, third, _ = [report.id for report in (await reports_of(world, period)).values()]
    due = end_of(date.fromisoformat(day_in(-20)))
    await set_report(world, first, state="accepted", delivered_at=utc_now(), due_at=due)
    await set_report(world, second, state="submitted", delivered_at=due - timedelta(days=5), due_at=due)
    await set_report(world, third, state="draft", due_at=utc_now() + timedelta(days=1))
    (level,) = (await board(bureau.officer, period))["levels"]
    assert level["kind"] == "school"
    counted = {name: level[name] for name in COUNTS}
    assert counted == {
        "reports": 4,
        "owed": 1,
        "draft": 1,
        "submitted": 1,
        "returned": 0,
        "accepted": 1,
        "locked": 0,
        "delivered": 2,
        "on_time": 1,
        "late": 1,
    }
    assert level["overdue"] == 1


@pytest.mark.parametrize(("after", "judged"), [(0, "on_time"), (1, "late")])
async def test_the_last_second_of_the_due_day_in_viet_nam_is_in_time(
    world: World, bureau: StaffedUnit, after: int, judged: str
) -> None:
    school = await create_unit(world, under=bureau.id)
    dues = [{"kinds": ["school"], "due_on": "2026-11-20"}]
    period = (await bureau_period(world, bureau.officer, ends_on="2026-11-01", dues=dues))["id"]
    report = (await reports_of(world, period))[school.id].id
    await set_report(world, report, delivered_at=end_of(date(2026, 11, 20)) + timedelta(microseconds=after))
    assert (await row_of(bureau.officer, period, school.id))["timeliness"] == judged


async def test_lateness_that_a_return_causes_is_not_the_units(world: World, bureau: StaffedUnit) -> None:
    school = await create_unit(world, under=bureau.id)
    period = (await bureau_period(world, bureau.officer, **over()))["id"]
    report = (await reports_of(world, period))[school.id]
    await set_report(world, report.id, state="returned", delivered_at=report.due_at - timedelta(days=1))
    assert (await row_of(bureau.officer, period, school.id))["timeliness"] == "on_time"


async def test_an_earlier_wish_makes_nobody_late(world: World, bureau: StaffedUnit) -> None:
    school = await create_unit(world, under=bureau.id)
    dues = [{"kinds": ["school"], "due_on": day_in(30), "requested_on": day_in(0)}]
    period = (await bureau_period(world, bureau.officer, ends_on=day_in(-60), dues=dues))["id"]
    report = (await reports_of(world, period))[school.id].id
    await set_report(world, report, requested_on=today() - timedelta(days=10))
    row = await row_of(bureau.officer, period, school.id)
    assert (row["timeliness"], row["requested_on"]) == ("awaited", day_in(-10))


async def test_lateness_is_judged_on_the_extended_day(world: World, bureau: StaffedUnit) -> None:
    school = await create_unit(world, under=bureau.id)
    period = (await bureau_period(world, bureau.officer, **over()))["id"]
    report = (await reports_of(world, period))[school.id].id
    assert (await row_of(bureau.officer, period, school.id))["timeliness"] == "overdue"
    body = {"due_on": day_in(10), "decision_number": "1/QĐ-MẪU", "reason": "Bịa"}
    ok(await bureau.officer.post(f"{API}/reports/{report}/extensions", body), 201)
    row = await row_of(bureau.officer, period, school.id)
    assert (row["timeliness"], row["extended_on"]) == ("awaited", day_in(10))


async def test_it_shows_a_school_its_own_row_alone(world: World, bureau: StaffedUnit, school_b1: Client) -> None:
    own, _ = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
    period = (await bureau_period(world, bureau.officer))["id"]
    shown = await board(own.head, period)
    assert [row["unit_id"] for row in shown["items"]] == [str(own.id)]
    assert [(group["recipient_id"], group["reports"]) for group in shown["groups"]] == [(str(bureau.id), 1)]
    assert_problem(await school_b1.get(f"{API}/report-periods/{period}/board"), 404, "not_found")


async def test_a_bureau_sees_its_line_of_the_departments_period(
    world: World, department: Client, bureau: StaffedUnit
) -> None:
    school = await create_unit(world, under=bureau.id)
    period = (await create_period(world, department))["id"]
    await open_period(department, period)
    shown = await board(bureau.officer, period)
    assert {row["unit_id"] for row in shown["items"]} == {str(school.id), str(bureau.id)}
    assert {(level["kind"], level["reports"]) for level in shown["levels"]} == {("school", 1), ("bureau", 1)}
    whole = await board(department, period)
    (group,) = [each for each in whole["groups"] if each["recipient_id"] == str(bureau.id)]
    assert (group["kind"], group["reports"]) == ("school", 1)
    assert sum(each["reports"] for each in whole["groups"]) == sum(each["reports"] for each in whole["levels"])


async def test_the_table_is_of_the_readers_range(world: World, bureau: StaffedUnit) -> None:
    first, second = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
    dues = [{"kinds": ["school"], "due_on": "2026-11-20"}]
    period = (await bureau_period(world, bureau.officer, ends_on="2026-11-01", dues=dues))["id"]
    report = (await reports_of(world, period))[first.id].id
    await set_report(world, report, state="accepted", delivered_at=end_of(date(2026, 11, 20)))
    path = f"{API}/report-periods/{period}/board.csv"
    answer = await bureau.officer.get(path)
    head, *rows = csv.reader(StringIO(answer.text.removeprefix("\ufeff")))
    assert answer.headers["content-type"].startswith("text/csv")
    assert head[4:] == ["Hạn nộp", "Gia hạn đến", "Thời điểm nộp", "Tiến độ", "Trạng thái"]
    assert sorted(row[4:] for row in rows) == [
        ["20/11/2026", "", "", "Quá hạn, chưa nộp", "Chưa lập"],
        ["20/11/2026", "", "20/11/2026 23:59", "Đúng hạn", "Đã duyệt"],
    ]
    own = list(csv.reader(StringIO((await second.head.get(path)).text)))
    assert [row[7] for row in own[1:]] == ["Quá hạn, chưa nộp"]


async def test_units_stand_by_their_names_page_after_page(world: World, bureau: StaffedUnit) -> None:
    schools = [await create_unit(world, under=bureau.id) for _ in range(5)]
    period = (await bureau_period(world, bureau.officer))["id"]
    names, cursor = list[str](), None
    while True:
        page = await board(bureau.officer, period, limit=2, **({"cursor": cursor} if cursor else {}))
        names += [row["unit_name_vi"] for row in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert names == [row["unit_name_vi"] for row in (await board(bureau.officer, period))["items"]]
    assert len(set(names)) == len(schools)


async def test_the_filters_choose_rows_and_not_sums(world: World, bureau: StaffedUnit) -> None:
    first, second = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
    period = (await bureau_period(world, bureau.officer, **over()))["id"]
    report = (await reports_of(world, period))[first.id]
    await set_report(world, report.id, state="accepted", delivered_at=report.due_at)
    for params, unit in (
        ({"state": "accepted"}, first),
        ({"timeliness": "on_time"}, first),
        ({"timeliness": "overdue"}, second),
    ):
        shown = await board(bureau.officer, period, **params)
        assert [row["unit_id"] for row in shown["items"]] == [str(unit.id)]
        assert shown["levels"][0]["reports"] == 2
    assert (await board(bureau.officer, period, kind="bureau"))["items"] == []
    assert len((await board(bureau.officer, period, recipient_id=str(bureau.id)))["items"]) == 2


async def test_it_is_two_statements_beside_its_period_and_the_names(world: World, bureau: StaffedUnit) -> None:
    await create_unit(world, under=bureau.id)
    period = (await bureau_period(world, bureau.officer))["id"]
    await board(bureau.officer, period)
    with sent(world) as few:
        await board(bureau.officer, period)
    assert len([each for each in few if "report.period_id" in each and "SELECT" in each]) == 2
