"""The ends of the calendar: what no calendar can hold is a problem, and what it can hold breaks nothing later."""

from typing import Any

import pytest

from tests.factories.http import API, assert_problem, ok
from tests.factories.intakes import create_public_intake
from tests.factories.referrals import find_hotline
from tests.factories.units import create_unit
from tests.world import World

BEYOND = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z")
TOO_EARLY = ("0001-01-01T00:00:00Z", "1899-12-31T16:00:00Z")
FIRST, LAST = "0001-01-01", "9999-12-31"


@pytest.mark.parametrize("moment", BEYOND)
async def test_time_outside_the_calendar_is_a_field_error(world: World, moment: str) -> None:
    school = await create_unit(world)
    administrator, auditor = await world.client("so.admin"), await world.client("so.head")
    form = {"narrative": "Bịa", "occurred_at": moment}
    public = await world.anonymous.post(f"{API}/public/intakes", form)
    assert_problem(public, 422, "time_out_of_range", "/occurred_at")
    assert moment not in public.text
    case = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
    hook = {"unit_id": str(world.units["department"]), "url": "https://127.0.0.1/x"}
    webhook = ok(await administrator.post(f"{API}/webhooks", hook), 201)["id"]
    grant = {"grantee_unit_id": str(world.units["agency"]), "tier": 1, "reason": "Bịa", "expires_at": moment}
    asked = [
        (await school.head.get(f"{API}/clocks", params={"due_before": moment}), "due_before"),
        (await auditor.get(f"{API}/audit/entries", params={"from": moment}), "from"),
        (await auditor.get(f"{API}/audit/entries", params={"to": moment}), "to"),
        (await school.head.post(f"{case}/grants", grant), "/expires_at"),
        (await school.head.post(f"{case}/acts", {"act": "family_notified", "done_at": moment}), "/done_at"),
        (await administrator.post(f"{API}/webhooks/{webhook}/replay", {"since": moment}), "/since"),
    ]
    for answer, pointer in asked:
        assert_problem(answer, 422, "time_out_of_range", pointer)


@pytest.mark.parametrize("moment", TOO_EARLY)
async def test_event_time_before_1900_is_refused(world: World, moment: str) -> None:
    answer = await world.anonymous.post(f"{API}/public/intakes", {"narrative": "Bịa", "occurred_at": moment})
    assert_problem(answer, 422, "time_out_of_range", "/occurred_at")


@pytest.mark.parametrize("when", [{"occurred_at": "1899-12-31T17:00:00Z"}, {"occurred_on": "1900-01-01"}])
async def test_earliest_accepted_time_compares_normally(world: World, when: dict[str, str]) -> None:
    school = await create_unit(world)
    await create_public_intake(world, narrative="Bịa", unit_id=str(school.id), **when)
    intake = ok(await school.head.get(f"{API}/intakes"))["items"][0]["id"]
    assert ok(await school.head.get(f"{API}/intakes/{intake}/similar")) == []
    incident = ok(await school.head.post(f"{API}/intakes/{intake}/incident"), 201)
    assert incident["occurred_on"] == "1900-01-01"
    assert ok(await school.head.get(f"{API}/incidents/{incident['id']}/similar")) == []


async def test_clocks_count_from_the_earliest_moment(world: World) -> None:
    """Working days over a century and a quarter of holidays."""
    school = await create_unit(world)
    incident = f"{API}/incidents/{(await school.head.create_intake(group='other'))['incident_id']}"
    earliest = "1899-12-31T17:00:00Z"
    body = {"hotline_id": await find_hotline(school.head), "channel": "phone", "made_at": earliest}
    # The reference data of that day knows no such channel or agency; nothing is counted, nothing breaks.
    assert_problem(await school.head.post(f"{incident}/referrals", body), 422, "unknown_code", "/channel")
    asked = {"kind": "access", "requester": "child", "child_is_seven": True, "statement": "Bịa"}
    request = asked | {"identity": {"name": "Bé Bịa"}, "received_at": earliest}
    made = ok(await school.head.post(f"{API}/subject-requests", request), 201)
    assert made["answer_due_at"].startswith("1900-01-")


@pytest.mark.parametrize("day", [FIRST, LAST])
async def test_days_at_the_ends_of_the_calendar_break_nothing(world: World, day: str) -> None:
    school, leader = await create_unit(world), await world.client("so.head")
    incident = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
    number = {"decision_number": "01/QĐ-MẪU", "valid_from": day}
    bodies: dict[str, dict[str, Any]] = {
        f"{API}/local-deadlines": {"rule_code": "emergency_measures", "amount": 100_000, "time_unit": "days", **number},
        f"{API}/local-retentions": {"class_code": "closed_incident", "months": 1200, **number},
        f"{incident}/holds": {"reason": "Bịa", "until": day, "decision_number": "01/QĐ-MẪU"},
    }
    for path, body in bodies.items():
        answer = await (leader if "retention" in path else school.head).post(path, body)
        assert answer.status_code < 500, (path, answer.text)
        if path.endswith("local-retentions") and answer.status_code == 201:
            # It binds the whole department: the other tests' records would never be due.
            ok(await leader.post(f"{path}/{answer.json()['id']}/end", {"valid_to": day}))
    for path, params in {
        f"{API}/working-days": {"from": day, "to": day},
        f"{API}/incidents": {"occurred_from": day, "occurred_to": day},
        f"{API}/units": {"as_of": day},
        f"{API}/clock-rules": {"as_of": day},
        f"{API}/hotlines": {"as_of": day},
        f"{API}/retention/classes": {"as_of": day},
        f"{API}/local-retentions": {"as_of": day},
    }.items():
        ok(await leader.get(path, params=params))
    for text in ("31/12/9999", "9999-12-31", "12/9999", "9999", "1/1/0001", "0001", "31/12/2099", "12/2099", "2099"):
        ok(await school.head.get(f"{API}/incidents", params={"q": text}))
    for month in ("2999-12", "1900-01"):
        ok(await school.head.get(f"{API}/referrals/reconciliation", params={"month": month}))
        assert_problem(
            await leader.get(f"{API}/retention/preview", params={"month": month}), 422, "month_out_of_range", "month"
        )


async def test_the_last_day_of_the_calendar_may_be_announced(world: World) -> None:
    leader = await world.client("so.head")
    announced = {"is_working": True, "decision_number": "1/TB", "source": "Bịa"}
    ok(await leader.call("PUT", f"{API}/working-days/{LAST}", json=announced))
    for day in (FIRST, "1899-12-31"):
        early = await leader.call("PUT", f"{API}/working-days/{day}", json=announced)
        assert_problem(early, 422, "date_out_of_range", "day")


@pytest.mark.parametrize("day", [FIRST, "1899-12-31"])
async def test_no_day_before_1900_is_stored(world: World, day: str) -> None:
    """PostgreSQL's driver reads the calendar's first day as minus infinity."""
    school, leader = await create_unit(world), await world.client("so.head")
    incident = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
    number = {"decision_number": "01/QĐ-MẪU"}
    rule = {"rule_code": "emergency_measures", "amount": 1, "time_unit": "days", **number, "valid_from": day}
    kept = {"class_code": "closed_incident", "months": 1, **number, "valid_from": day}
    unit = {"kind": "school", "parent_id": str(school.id), "name_vi": "Trường mẫu", "effective_on": day, **number}
    report = {"narrative": "Bịa", "source_channel": "in_person"}
    for client, path, body, pointer in (
        (school.head, f"{API}/local-deadlines", rule, "/valid_from"),
        (leader, f"{API}/local-retentions", kept, "/valid_from"),
        (school.head, f"{incident}/holds", {"reason": "Bịa", "until": day}, "/until"),
        (leader, f"{API}/units", unit, "/effective_on"),
        (school.head, f"{API}/intakes", report | {"occurred_on": day}, "/occurred_on"),
        (school.head, f"{API}/intakes", report | {"children": [{"birth_date": day}]}, "/children/0/birth_date"),
        (world.anonymous, f"{API}/public/intakes", {"narrative": "Bịa", "occurred_on": day}, "/occurred_on"),
    ):
        assert_problem(await client.post(path, body), 422, "date_out_of_range", pointer)
