"""Report periods: what is asked, by which rules, and what no period may say."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import inspect, select

from app.core.ids import case_code, new_id
from app.models.reports.periods import ReportPeriod
from app.models.reports.templates import ReportTemplate
from app.security.access.scope import ALL
from tests.factories.custody import accuse
from tests.factories.http import API, assert_problem, list_ids, list_items, ok, read_etag
from tests.factories.report_periods import (
    bureau_period,
    close_period,
    create_period,
    create_template,
    day_in,
    end_of,
    open_period,
    over,
    period_body,
    reports_of,
)
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.urgent_reports import draft
from tests.world import Client, World

PERIODS = f"{API}/report-periods"


async def refused(world: World, by: Client, pointer: str, code: str, **changed: object) -> None:
    assert_problem(await by.post(PERIODS, await period_body(world, **changed)), 422, code, pointer)


async def test_a_yearly_period_has_the_due_days_of_the_plan(world: World, department: Client) -> None:
    days = {"starts_on": "2026-08-02", "ends_on": "2027-07-15"}
    period = await create_period(world, department, kind="yearly", dues=[], **days)
    dues = {due["kinds"][0]: due for due in period["dues"]}
    assert {kind: due["due_on"] for kind, due in dues.items()} == {
        "school": "2027-08-01",
        "bureau": "2027-08-07",
        "commune": "2027-08-07",
        "department": "2027-08-15",
    }


async def test_a_due_day_that_is_a_day_off_moves_to_the_next_working_day(world: World, department: Client) -> None:
    days = {"starts_on": "2026-08-02", "ends_on": "2027-07-15"}
    period = await create_period(world, department, kind="yearly", dues=[], **days)
    dues = {due["kinds"][0]: due for due in period["dues"]}
    # 1 August 2027 is a Sunday, 7 August a Saturday.
    assert datetime.fromisoformat(dues["school"]["due_at"]) == end_of(date(2027, 8, 2))
    assert datetime.fromisoformat(dues["bureau"]["due_at"]) == end_of(date(2027, 8, 9))


async def test_a_letter_names_its_day_and_a_day_off_stays(world: World, department: Client) -> None:
    letter = {"issuer": "UBND tỉnh (mẫu)", "number": "15/UBND-MẪU", "issued_on": "2026-11-02", "questions": "Số vụ?"}
    asked = [{"kinds": ["school"], "due_on": "2027-08-01"}]
    period = await create_period(world, department, kind="requested", letter=letter, dues=asked, ends_on="2027-07-15")
    assert datetime.fromisoformat(period["dues"][0]["due_at"]) == end_of(date(2027, 8, 1))
    assert (period["letter_number"], period["questions"]) == ("15/UBND-MẪU", "Số vụ?")


async def test_the_cut_off_is_the_last_that_leaves_a_working_day(world: World, department: Client) -> None:
    asked = [{"kinds": ["school"], "due_on": "2027-08-01"}]
    period = await create_period(world, department, dues=asked, ends_on="2027-07-15")
    # Due on Monday 2 August: the cut-off is on Friday.
    assert datetime.fromisoformat(period["cut_off_at"]) == end_of(date(2027, 7, 30))


async def test_a_cut_off_without_a_working_day_before_the_due_day_is_refused(world: World, department: Client) -> None:
    asked = {"dues": [{"kinds": ["school"], "due_on": "2027-08-04"}], "ends_on": "2027-07-15"}
    late = "2027-08-04T00:00:00+07:00"
    await refused(world, department, "/cut_off_at", "cut_off_too_late", cut_off_at=late, **asked)
    await create_period(world, department, cut_off_at="2027-08-03T23:59:59+07:00", **asked)


async def test_a_level_is_not_due_before_those_that_report_to_it(world: World, department: Client) -> None:
    dues = [{"kinds": ["bureau"], "due_on": day_in(20)}, {"kinds": ["school"], "due_on": day_in(30)}]
    await refused(world, department, "/dues/0/due_on", "due_before_below", dues=dues)


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"dues": [{"kinds": ["ministry"], "due_on": day_in(30)}]}, "/dues/0/kinds/0", "unknown_code"),
        ({"dues": [{"kinds": ["school", "school"], "due_on": day_in(30)}]}, "/dues/0/kinds/1", "named_twice"),
        ({"dues": []}, "/dues", "dues_required"),
        ({"dues": [{"kinds": ["school"], "due_on": day_in(-400)}]}, "/dues/0/due_on", "due_before_period"),
        ({"school_year": "2090-2091"}, "/school_year", "unknown_school_year"),
        ({"kind": "term"}, "/term", "term_by_kind"),
        ({"term": "first"}, "/term", "term_by_kind"),
        ({"kind": "term", "term": "second"}, "/term", "unknown_term"),
        ({"kind": "requested"}, "/letter", "letter_required"),
        ({"template_code": "khong_co"}, "/template_code", "unknown_template"),
        ({"template_code": None}, "/template_code", "one_template"),
        ({"starts_on": day_in(5)}, "/ends_on", "ends_before_start"),
        ({"kind": "monthly"}, "/kind", "literal_error"),
        ({"dues": [{"kinds": ["school"], "due_on": "9999-12-31"}]}, "/dues/0/due_on", "date_out_of_range"),
        ({"kind": "yearly", "dues": [], "ends_on": "9999-12-31"}, "/ends_on", "date_out_of_range"),
        ({"cut_off_at": "1999-12-31T00:00:00Z"}, "/cut_off_at", "cut_off_before_period"),
        ({"cut_off_at": "9999-12-31T00:00:00Z"}, "/cut_off_at", "cut_off_too_late"),
    ],
)
async def test_what_a_period_may_not_say(
    world: World, department: Client, changed: dict[str, object], pointer: str, code: str
) -> None:
    await refused(world, department, pointer, code, **changed)


async def test_an_earlier_wish_is_not_later_than_the_due_day(world: World, department: Client) -> None:
    dues = [{"kinds": ["school"], "due_on": day_in(30), "requested_on": day_in(31)}]
    await refused(world, department, "/dues/0/requested_on", "not_earlier", dues=dues)
    dues[0]["requested_on"] = day_in(-1)
    await refused(world, department, "/dues/0/requested_on", "in_the_past", dues=dues)


async def test_a_draft_of_a_template_asks_for_nothing(world: World, department: Client) -> None:
    code = await create_template(world, published=False)
    await refused(world, department, "/template_code", "unknown_template", template_code=code)


async def test_nobody_below_sees_a_period_before_it_is_opened(
    world: World, bureau_a: Client, school_a1: Client, school_b1: Client
) -> None:
    dues = [{"kinds": ["school"], "due_on": day_in(30)}]
    period = (await create_period(world, bureau_a, dues=dues))["id"]
    assert_problem(await school_a1.get(f"{PERIODS}/{period}"), 404, "not_found")
    await open_period(bureau_a, period)
    assert ok(await school_a1.get(f"{PERIODS}/{period}"))["state"] == "open"
    assert period in await list_ids(school_a1, "report-periods", state="open")
    assert period not in await list_ids(school_b1, "report-periods")


async def test_who_receives_reports_reads_the_period_without_owing_one(
    world: World, department: Client, bureau_b: Client
) -> None:
    bureau = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=bureau.id)
    period = (await create_period(world, department, dues=[{"kinds": ["school"], "due_on": day_in(30)}]))["id"]
    await open_period(department, period)
    assert ok(await bureau.officer.get(f"{PERIODS}/{period}"))["id"] == period
    report = (await reports_of(world, period))[school.id].id
    assert ok(await bureau.officer.get(f"{API}/reports/{report}"))["state"] == "owed"
    assert_problem(await bureau_b.get(f"{API}/reports/{report}"), 404, "not_found")


async def test_a_period_changes_until_it_is_opened(world: World, department: Client) -> None:
    period = (await create_period(world, department))["id"]
    path = f"{PERIODS}/{period}"
    changed = {"dues": [{"kinds": ["school"], "due_on": day_in(50)}], "cut_off_at": None}
    shown = ok(await department.patch(path, changed, await read_etag(department, path)))
    assert [due["due_on"] for due in shown["dues"]] == [day_in(50)]
    assert datetime.fromisoformat(shown["cut_off_at"]) < datetime.fromisoformat(shown["dues"][0]["due_at"])
    await open_period(department, period)
    refusal = await department.patch(path, {"ends_on": day_in(0)}, await read_etag(department, path))
    assert_problem(refusal, 409, "wrong_state")


async def test_a_stale_tag_changes_no_period(world: World, department: Client) -> None:
    period = (await create_period(world, department))["id"]
    path = f"{PERIODS}/{period}"
    old = await read_etag(department, path)
    ok(await department.patch(path, {"ends_on": day_in(0)}, old))
    assert_problem(await department.patch(path, {"ends_on": day_in(-2)}, old), 412, "stale")


async def test_only_its_issuer_opens_changes_and_closes_a_period(
    world: World, bureau_a: Client, department: Client, bureau_b: Client
) -> None:
    dues = [{"kinds": ["school"], "due_on": day_in(30)}]
    period = (await create_period(world, bureau_a, dues=dues))["id"]
    path = f"{PERIODS}/{period}"
    assert_problem(await department.post(f"{path}/opening"), 403, "forbidden")
    assert_problem(await bureau_b.post(f"{path}/opening"), 404, "not_found")
    tag = await read_etag(department, path)
    assert_problem(await department.patch(path, {"ends_on": day_in(0)}, tag), 403, "forbidden")
    assert_problem(await department.post(f"{path}/closing", headers={"If-Match": tag}), 403, "forbidden")


async def test_a_period_closes_once_nobody_is_in_time_any_more(world: World, bureau_a: Client) -> None:
    path = f"{PERIODS}/{(await bureau_period(world, bureau_a))['id']}"
    refusal = await bureau_a.post(f"{path}/closing", headers={"If-Match": await read_etag(bureau_a, path)})
    assert_problem(refusal, 409, "period_running")


async def test_a_closed_period_is_opened_for_nobody_else(world: World, bureau_a: Client) -> None:
    period = (await create_period(world, bureau_a, **over()))["id"]
    path = f"{PERIODS}/{period}"
    refusal = await bureau_a.post(f"{path}/closing", headers={"If-Match": await read_etag(bureau_a, path)})
    assert_problem(refusal, 409, "wrong_state")
    await open_period(bureau_a, period)
    await close_period(bureau_a, period)
    assert_problem(await bureau_a.post(f"{path}/opening"), 409, "wrong_state")
    assert period in await list_ids(bureau_a, "report-periods", state="closed")


async def test_a_yearly_report_is_asked_for_once(world: World, department: Client) -> None:
    asked = {
        "kind": "yearly",
        "template_code": await create_template(world),
        "ends_on": "2027-07-15",
        "dues": [{"kinds": ["school"], "due_on": "2027-08-01"}],
    }
    first = await create_period(world, department, **asked)
    for _ in range(2):
        again = await department.post(PERIODS, await period_body(world, **asked))
        assert_problem(again, 409, "duplicate")
        assert again.json()["period_id"] == first["id"]
        assert first["code"] in again.json()["detail"]
        await open_period(department, first["id"])


async def test_two_plans_of_one_yearly_report_open_once(world: World, department: Client) -> None:
    first = await create_period(world, department, **await yearly(world))
    async with world.runtime.work(ALL) as work:
        planned = (await work.session.scalars(select(ReportPeriod).where(ReportPeriod.id == UUID(first["id"])))).one()
        columns = {each.key: getattr(planned, each.key) for each in inspect(ReportPeriod).column_attrs}
        twin = ReportPeriod(**columns | {"id": new_id(), "code": case_code(work.today.year)})
        work.session.add(twin)
        await work.commit()
    await open_period(department, first["id"])
    assert_problem(await department.post(f"{PERIODS}/{twin.id}/opening"), 409, "duplicate")


async def test_a_planned_period_is_withdrawn_by_its_unit(world: World, department: Client, bureau_a: Client) -> None:
    asked = await yearly(world)
    planned = await create_period(world, department, **asked)
    path = f"{PERIODS}/{planned['id']}"
    tagged = {"If-Match": await read_etag(department, path)}
    assert_problem(await bureau_a.call("DELETE", path, headers=tagged), 404, "not_found")
    assert (await department.call("DELETE", path, headers=tagged)).status_code == 204
    assert_problem(await department.get(path), 404, "not_found")
    again = await create_period(world, department, **asked)
    await open_period(department, again["id"])
    path = f"{PERIODS}/{again['id']}"
    tagged = {"If-Match": await read_etag(department, path)}
    assert_problem(await department.call("DELETE", path, headers=tagged), 409, "wrong_state")


async def yearly(world: World) -> dict[str, object]:
    dues = [{"kinds": ["school"], "due_on": day_in(30)}]
    return {"kind": "yearly", "template_code": await create_template(world), "dues": dues}


async def test_a_plan_names_the_levels_that_get_no_report(world: World, department: Client) -> None:
    schools = await create_period(world, department, dues=[{"kinds": ["school"], "due_on": day_in(30)}])
    assert {"bureau", "department"} <= set(schools["without_report"])
    assert (await create_period(world, department))["without_report"] == []


async def test_a_refused_plan_names_what_would_do(world: World, department: Client) -> None:
    later, known = await create_template(world), await create_template(world)
    async with world.runtime.work(ALL) as work:
        found = (await work.session.scalars(select(ReportTemplate).where(ReportTemplate.code == later))).one()
        found.valid_from = date(2090, 1, 1)
        await work.commit()
    await refused(world, department, "/template_code", "template_not_in_force", template_code=later)
    unknown = await department.post(PERIODS, await period_body(world, template_code="khong_co"))
    assert_problem(unknown, 422, "unknown_template", "/template_code")
    assert known in unknown.json()["errors"][0]["allowed"]
    await refused(world, department, "/school_year", "school_year_form", school_year="2026/27")


async def test_the_rules_name_their_sources_and_what_nobody_confirmed(school_a1: Client) -> None:
    rules = ok(await school_a1.get(f"{API}/report-rules"))
    assert all(each["source"] for part in rules.values() for each in part)
    plan = {(each["period_kind"], each["unit_kind"]): each for each in rules["dues"]}
    assert (plan["yearly", "school"]["month"], plan["yearly", "school"]["day"]) == (8, 1)
    assert not plan["yearly", "department"]["is_confirmed"]
    assert ("school", "bureau") in {(each["kind"], each["recipient_kind"]) for each in rules["chain"]}
    assert {each["moment"] for each in rules["reminders"]} == {"opened", "before", "after"}


async def test_the_period_of_urgent_reports_opens_by_itself_and_is_planned_by_nobody(
    world: World, school: StaffedUnit, incident: str, department: Client
) -> None:
    await draft(school.head, incident)
    (period,) = await list_items(school.head, "report-periods", kind="urgent")
    assert (period["state"], period["dues"]) == ("open", [])
    await refused(world, department, "/kind", "literal_error", kind="urgent")


async def test_a_school_plans_no_period(world: World, school_a1: Client) -> None:
    assert_problem(await school_a1.post(PERIODS, await period_body(world)), 403, "forbidden")


def test_the_last_second_of_the_due_day_is_one_of_viet_nam() -> None:
    assert end_of(date(2027, 8, 2)).astimezone(UTC) == datetime(2027, 8, 2, 16, 59, 59, 999_999, tzinfo=UTC)


async def test_urgent_reports_have_no_plan(world: World) -> None:
    """Nobody opens or closes their period, asks for an earlier day, or extends a due day that no rule gives."""
    bureau = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=bureau.id)
    raised = await bureau.officer.create_intake(unit_id=str(school.id), accused=accuse())
    report = (await draft(bureau.officer, raised["incident_id"]))["report_id"]
    period = ok(await bureau.officer.get(f"{API}/reports/{report}"))["period_id"]
    path = f"{PERIODS}/{period}"
    tagged = {"If-Match": await read_etag(bureau.officer, path)}
    assert_problem(await bureau.officer.post(f"{path}/opening"), 409, "urgent_period")
    assert_problem(await bureau.officer.post(f"{path}/closing", headers=tagged), 409, "urgent_period")
    for client in (bureau.officer, await world.client("so.officer")):
        wish = {"requested_on": day_in(1)}
        assert_problem(await client.post(f"{path}/requested-day", wish), 409, "urgent_period")
        longer = {"due_on": "2036-01-01", "decision_number": "15/QĐ-MẪU", "reason": "Lũ lụt (bịa)"}
        assert_problem(await client.post(f"{API}/reports/{report}/extensions", longer), 409, "urgent_report")
    assert len(await reports_of(world, period)) == 1
    assert_problem(await school.head.post(f"{path}/opening"), 403, "forbidden")
