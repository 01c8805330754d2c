"""Legal clocks: events start and meet them; a missed one escalates to the next level automatically."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from app.core.time import VIETNAM, local_date, utc_now
from app.security.access.scope import ALL
from app.services.deadlines.clock_rule_cache import FRESH_S, ClockRuleCache
from app.services.deadlines.rules import ClockRules
from tests.factories.cases import clock_states, list_clocks, set_severity, transition
from tests.factories.child_cases import CLOSURE, REVIEW, open_child_cases_with_severity, post_to_case
from tests.factories.clock import parse_time, time_ago
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

VIOLENCE = "school_violence"


async def test_an_incident_starts_the_clocks_of_its_receipt(school: StaffedUnit) -> None:
    intake = await school.head.create_intake(received_at=time_ago(hours=1), group="other")
    found = await list_clocks(school.head, intake["incident_id"])
    assert set(found) == {"acknowledge", "triage"}
    for clock in found.values():
        assert parse_time(clock["due_at"]) - parse_time(clock["started_at"]) == timedelta(hours=24)
        assert (clock["state"], clock["met_at"]) == ("running", None)
        assert "Decree" in clock["source"]


async def test_critical_case_requires_emergency_measures_within_twelve_hours(
    school: StaffedUnit,
) -> None:
    intake = await school.head.create_intake(received_at=time_ago(hours=3))
    ok(await set_severity(school.head, intake["incident_id"], "critical"), 201)
    found = await list_clocks(school.head, intake["incident_id"])
    emergency = found["emergency_measures"]
    incident = ok(await school.head.incident(intake["incident_id"]))
    assert parse_time(emergency["due_at"]) == parse_time(incident["received_at"]) + timedelta(hours=12)
    assert "26.3" in emergency["source"]
    assert found["triage"]["state"] == "met"
    plan = found["support_plan"]
    assert parse_time(plan["due_at"]).astimezone(VIETNAM).time().isoformat() == "00:00:00"
    assert plan["calendar"].startswith("holidays ")


async def test_an_act_meets_its_clock_in_time_or_late(school: StaffedUnit) -> None:
    intake = await school.head.create_intake(received_at=time_ago(hours=13))
    incident_id = intake["incident_id"]
    ok(await set_severity(school.head, incident_id, "critical"), 201)
    path = f"{API}/incidents/{incident_id}"
    ok(await transition(school.head, path, "acknowledge"))
    ok(await transition(school.head, path, "intervene"))
    assert (await clock_states(school.head, incident_id))["emergency_measures"] == "missed", "a step is no measure"
    measures = {"act": "emergency_measures_taken", "done_at": time_ago(minutes=5), "note": "Đưa đi khám (bịa)"}
    ok(await school.head.post(f"{path}/acts", measures), 201)
    await create_referral(school.head, incident_id)
    notified = {"act": "family_notified", "done_at": time_ago(minutes=5), "note": "Gọi điện (bịa)"}
    ok(await school.head.post(f"{path}/acts", notified), 201)
    assert await clock_states(school.head, incident_id) == {
        "acknowledge": "met",
        "triage": "met",
        "emergency_measures": "met_late",
        "notify_protection": "met",
        "notify_family": "met",
        "support_plan": "running",
    }


async def test_an_act_before_the_clock_starts_counts(school: StaffedUnit) -> None:
    intake = await school.head.create_intake()
    await create_referral(school.head, intake["incident_id"])
    ok(await set_severity(school.head, intake["incident_id"], "critical"), 201)
    assert (await clock_states(school.head, intake["incident_id"]))["notify_protection"] == "met"


async def test_an_act_may_precede_the_report_and_not_the_event(school: StaffedUnit) -> None:
    """Mẫu 01 asks for actions before the report; a family is often notified immediately."""
    late_intake = await school.head.create_intake(occurred_at=time_ago(days=40), received_at=time_ago(hours=1))
    path = f"{API}/incidents/{late_intake['incident_id']}/acts"
    family: dict[str, Any] = {"act": "family_notified"}
    ok(await school.head.post(path, family | {"done_at": time_ago(days=39)}), 201)
    early = await school.head.post(path, family | {"done_at": time_ago(days=42)})
    assert_problem(early, 422, "before_the_incident", "/done_at")
    of_no_day = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}/acts"
    early = await school.head.post(of_no_day, family | {"done_at": "2020-01-01T00:00:00Z"})
    assert_problem(early, 422, "before_the_incident", "/done_at")
    ok(await school.head.post(of_no_day, family | {"done_at": time_ago(days=2)}), 201)


async def test_recurrence_is_checked_after_the_closing(school: StaffedUnit) -> None:
    incident_id = (await school.head.create_intake(group="other"))["incident_id"]
    path = f"{API}/incidents/{incident_id}"
    check = {"act": "recurrence_checked_30", "done_at": time_ago()}
    assert_problem(await school.head.post(f"{path}/acts", check), 409, "wrong_state")
    ok(await set_severity(school.head, incident_id, "low"), 201)
    for action in ("acknowledge", "intervene", "close"):
        ok(await transition(school.head, path, action, reason="Bịa"))
    assert_problem(await school.head.post(f"{path}/acts", check), 422, "before_its_clock", "/done_at")
    assert (await clock_states(school.head, incident_id))["recurrence_30"] == "running"
    ok(await school.head.post(f"{path}/acts", check | {"done_at": time_ago()}), 201)


async def test_a_void_clock_gives_its_reason(school: StaffedUnit, bureau_a: Client) -> None:
    incident_id = (await school.head.create_intake())["incident_id"]
    path = f"{API}/incidents/{incident_id}"
    for severity in ("critical", "low"):
        ok(await set_severity(bureau_a, incident_id, severity), 201)
    assert (await list_clocks(school.head, incident_id))["emergency_measures"]["void_reason"] == "regraded"
    for action in ("acknowledge", "intervene", "close", "reopen"):
        ok(await transition(bureau_a, path, action, reason="Bịa"))
    found = await list_clocks(school.head, incident_id)
    assert found["recurrence_90"]["void_reason"] == "reopened"
    assert {each["state"] for each in found.values() if each["void_reason"] is None} <= {"met", "running"}
    other = (await school.head.create_intake())["incident_id"]
    ok(await set_severity(school.head, other, "critical"), 201)
    ok(await transition(bureau_a, f"{API}/incidents/{other}", "dismiss", reason="Bịa"))
    reasons = {
        each["void_reason"] for each in (await list_clocks(school.head, other)).values() if each["state"] == "void"
    }
    assert reasons == {"dismissed"}


async def test_an_act_is_a_code_of_its_list_and_not_of_the_future(school: StaffedUnit) -> None:
    path = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}/acts"
    wrong = await school.head.post(path, {"act": "nonsense", "done_at": time_ago(hours=1)})
    assert_problem(wrong, 422, "unknown_code", "/act")
    early = await school.head.post(path, {"act": "family_notified", "done_at": time_ago(hours=-1)})
    assert_problem(early, 422, "in_the_future", "/done_at")


async def test_clocks_follow_the_severity_up_and_down(school: StaffedUnit, bureau_a: Client) -> None:
    incident_id = (await school.head.create_intake())["incident_id"]
    for severity, state in (("critical", "running"), ("low", "void"), ("critical", "running")):
        ok(await set_severity(bureau_a, incident_id, severity), 201)
        found = await list_clocks(school.head, incident_id)
        assert found["emergency_measures"]["state"] == state
    assert found["emergency_measures"]["round"] == 2


async def test_dismissed_case_has_duties_to_notify_and_closed_case_recurrence_checks(
    school: StaffedUnit, bureau_a: Client
) -> None:
    dismissed = (await school.head.create_intake())["incident_id"]
    ok(await set_severity(school.head, dismissed, "critical"), 201)
    ok(await transition(bureau_a, f"{API}/incidents/{dismissed}", "dismiss", reason="Bịa"))
    found = await clock_states(school.head, dismissed)
    assert {code for code, state in found.items() if state == "running"} == {"notify_protection", "notify_family"}
    closed = (await school.head.create_intake(group="other"))["incident_id"]
    path = f"{API}/incidents/{closed}"
    ok(await set_severity(school.head, closed, "low"), 201)
    for action in ("acknowledge", "intervene", "close"):
        ok(await transition(school.head, path, action, reason="Bịa"))
    found = await clock_states(school.head, closed)
    assert (found["recurrence_30"], found["recurrence_90"], found["triage"]) == ("running", "running", "met")
    ok(await school.head.post(f"{path}/acts", {"act": "recurrence_checked_30", "done_at": time_ago()}), 201)
    ok(await transition(school.head, path, "reopen", reason="Bịa"))
    found = await clock_states(school.head, closed)
    assert (found["recurrence_30"], found["recurrence_90"]) == ("met", "void")


class TestRecurrenceChecks:
    """Product, after Decree 56/2017 art. 30.1c: each child is looked after 30 and 90 days after the closing."""

    async def closed(self, school: StaffedUnit, children: int) -> tuple[str, list[str]]:
        """A closed incident and its children's closed cases."""
        incident_id, cases = await open_child_cases_with_severity(school, "moderate", children, group="other")
        for case_id in cases:
            ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
            ok(await post_to_case(school.head, case_id, "closure", CLOSURE))
        for action in ("acknowledge", "intervene", "close"):
            ok(await transition(school.head, f"{API}/incidents/{incident_id}", action, reason="Bịa"))
        return incident_id, cases

    async def check(self, client: Client, incident_id: str, **more: object) -> Any:
        body = {"act": "recurrence_checked_30", "done_at": utc_now().isoformat()} | more
        return await client.post(f"{API}/incidents/{incident_id}/acts", body)

    async def test_are_due_30_and_90_days_after_the_closing(self, school: StaffedUnit) -> None:
        incident_id, _ = await self.closed(school, 0)
        found = await list_clocks(school.head, incident_id)
        events = ok(await school.head.get(f"{API}/incidents/{incident_id}/timeline"))
        closed_at = parse_time(next(event["at"] for event in events if event["kind"] == "close"))
        for days in (30, 90):
            clock = found[f"recurrence_{days}"]
            assert (parse_time(clock["started_at"]), clock["state"]) == (closed_at, "running")
            assert parse_time(clock["due_at"]) == closed_at + timedelta(days=days)

    async def test_are_required_per_child_and_met_with_the_last(self, school: StaffedUnit) -> None:
        incident_id, (one, other) = await self.closed(school, 2)
        assert_problem(await self.check(school.head, incident_id), 422, "case_id_required", "/case_id")
        for _ in range(2):
            ok(await self.check(school.head, incident_id, case_id=one), 201)
            assert (await clock_states(school.head, incident_id))["recurrence_30"] == "running"
        ok(await self.check(school.head, incident_id, case_id=other), 201)
        found = await clock_states(school.head, incident_id)
        assert (found["recurrence_30"], found["recurrence_90"]) == ("met", "running")
        events = ok(await school.head.get(f"{API}/incidents/{incident_id}/timeline"))
        checks = [event for event in events if event["kind"] == "recurrence_checked_30"]
        assert [(event["data"]["case_id"], event["is_partial"]) for event in checks] == [
            (one, True),
            (one, True),
            (other, False),
        ]

    async def test_restart_for_every_child_after_the_next_closing(self, school: StaffedUnit) -> None:
        incident_id, (one, other) = await self.closed(school, 2)
        path = f"{API}/incidents/{incident_id}"
        ok(await self.check(school.head, incident_id, case_id=one), 201)
        for action in ("reopen", "intervene", "close"):
            ok(await transition(school.head, path, action, reason="Bịa"))
        ok(await self.check(school.head, incident_id, case_id=other), 201)
        clock = (await list_clocks(school.head, incident_id))["recurrence_30"]
        assert (clock["round"], clock["state"]) == (2, "running")

    async def test_name_a_case_of_the_incident(self, school: StaffedUnit) -> None:
        incident_id, _ = await self.closed(school, 1)
        _, (foreign,) = await self.closed(school, 1)
        assert_problem(await self.check(school.head, incident_id, case_id=foreign), 422, "unknown_case", "/case_id")

    async def test_are_not_done_before_the_closing(self, school: StaffedUnit) -> None:
        incident_id, (case_id,) = await open_child_cases_with_severity(school, "low")
        assert_problem(await self.check(school.head, incident_id, case_id=case_id), 409, "wrong_state")


async def test_an_earlier_intake_moves_the_start_of_the_clocks(school: StaffedUnit) -> None:
    existing = await school.head.create_intake()
    ok(await set_severity(school.head, existing["incident_id"], "critical"), 201)
    earlier = await school.head.create_intake(received_at=time_ago(hours=5), open_incident=False)
    ok(await school.head.post(f"{API}/intakes/{earlier['id']}/link", {"incident_id": existing["incident_id"]}))
    emergency = (await list_clocks(school.head, existing["incident_id"]))["emergency_measures"]
    incident = ok(await school.head.incident(existing["incident_id"]))
    assert emergency["started_at"] == incident["received_at"]
    assert utc_now() - parse_time(emergency["started_at"]) > timedelta(hours=4)


LEVEL = {"rule_code": "emergency_measures", "time_unit": "hours", "decision_number": "07/QĐ-MẪU"}


class TestLocalDeadlines:
    async def test_applies_to_the_unit_and_its_subtree_only(self, world: World, bureau_b: Client) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school = await create_unit(world, under=bureau.id)
        other = await create_unit(world)
        level = await self.set(bureau.officer, amount=8)
        for place, hours in ((school, 8), (other, 12)):
            world.runtime.cache(ClockRuleCache).read_at = -FRESH_S
            intake = await place.head.create_intake()
            ok(await set_severity(place.head, intake["incident_id"], "critical"), 201)
            clock = (await list_clocks(place.head, intake["incident_id"]))["emergency_measures"]
            assert parse_time(clock["due_at"]) - parse_time(clock["started_at"]) == timedelta(hours=hours)
            assert ("07/QĐ-MẪU" in clock["source"]) == (hours == 8)
        for place, sees in ((school, [level["id"]]), (other, [])):
            assert [each["id"] for each in ok(await place.head.get(f"{API}/local-deadlines"))] == sees
        end = {"valid_to": local_date(utc_now()).isoformat()}
        assert_problem(await bureau_b.post(f"{API}/local-deadlines/{level['id']}/end", end), 404, "not_found")
        ok(await bureau.officer.post(f"{API}/local-deadlines/{level['id']}/end", end))
        assert ok(await school.head.get(f"{API}/local-deadlines")) == []

    async def test_is_never_looser_than_the_rule_in_force(self, world: World) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school = await create_unit(world, under=bureau.id)
        for amount, time_unit in ((12, "hours"), (24, "hours"), (1, "working_days")):
            answer = await self.send(bureau.officer, amount=amount, time_unit=time_unit)
            assert_problem(answer, 422, "not_stricter", "/amount")
        await self.set(bureau.officer, amount=6)
        assert_problem(await self.send(school.head, amount=8), 422, "not_stricter", "/amount")
        assert_problem(await self.send(school.head, amount=367, time_unit="working_days"), 422, "too_many_days", "")
        assert_problem(await self.send(bureau.officer, amount=4), 409, "duplicate")
        assert_problem(await self.send(school.head, amount=1, rule_code="nonsense"), 422, "unknown_code", "/rule_code")

    async def test_is_set_by_leaders(self, school: StaffedUnit) -> None:
        for other in (school.counsellor, school.teacher):
            assert_problem(await self.send(other, amount=8), 403, "forbidden")
        await self.set(school.head, amount=8)

    async def set(self, client: Client, **fields: object) -> dict[str, Any]:
        local_rule: dict[str, Any] = ok(await self.send(client, **fields), 201)
        return local_rule

    async def send(self, client: Client, **fields: object) -> Any:
        body = LEVEL | {"valid_from": local_date(utc_now()).isoformat()} | fields
        return await client.post(f"{API}/local-deadlines", body)


async def test_work_list_shows_due_clocks_of_the_callers_subtree(
    school: StaffedUnit, school_a2: Client, bureau_a: Client
) -> None:
    intake = await school.head.create_intake(received_at=time_ago(hours=30), group="other")
    for reader, sees in ((school.head, True), (bureau_a, True), (school_a2, False)):
        page = ok(await reader.get(f"{API}/clocks", params={"due_before": utc_now().isoformat(), "limit": 500}))
        assert (intake["incident_id"] in {clock["incident_id"] for clock in page["items"]}) is sees


async def test_the_work_list_is_filtered_by_the_state_that_it_shows(school: StaffedUnit) -> None:
    late = (await school.head.create_intake(received_at=time_ago(hours=30), group="other"))["incident_id"]
    timely = (await school.head.create_intake(group="other"))["incident_id"]
    for state, incident_id in (("missed", late), ("running", timely)):
        page = ok(await school.head.get(f"{API}/clocks", params={"state": state}))
        assert {(clock["state"], clock["incident_id"]) for clock in page["items"]} == {(state, incident_id)}


async def test_the_work_list_is_in_the_order_of_due_times(school: StaffedUnit) -> None:
    for hours in (3, 30, 1):
        await school.head.create_intake(received_at=time_ago(hours=hours), group="other")
    await school.head.create_intake(open_incident=False)
    whole = await list_items(school.head, "clocks")
    keys = [(parse_time(clock["due_at"]), clock["id"]) for clock in whole]
    assert keys == sorted(keys)
    assert len({due for due, _ in keys}) < len(keys), "some are due together"
    walked = await list_items(school.head, "clocks", limit=2)
    assert [clock["id"] for clock in walked] == [clock["id"] for clock in whole]


async def test_a_cursor_of_the_work_list_is_good_for_it_alone(school: StaffedUnit) -> None:
    await school.head.create_intake()
    cursor = ok(await school.head.get(f"{API}/clocks", params={"limit": 1}))["next_cursor"]
    for path, params in (("clocks", {"state": "running"}), ("incidents", {})):
        answer = await school.head.get(f"{API}/{path}", params={"cursor": cursor, **params})
        assert_problem(answer, 400, "bad_cursor")
    assert_problem(await school.counsellor.get(f"{API}/clocks", params={"cursor": cursor}), 400, "bad_cursor")


async def test_a_clock_of_the_work_list_says_whose_it_is(school: StaffedUnit, bureau_a: Client) -> None:
    taken = await school.head.create_intake(group="online")
    waiting = await school.head.create_intake(open_incident=False)
    for reader in (school.head, bureau_a):
        listed = await list_items(reader, "clocks", unit_id=str(school.id))
        said = {(clock["incident_id"] or clock["intake_id"]): clock for clock in listed}
        of_incident, of_intake = said[taken["incident_id"]], said[waiting["id"]]
        assert (of_incident["code"], of_incident["group"]) == (taken["incident_code"], "online")
        assert (of_intake["code"], of_intake["group"]) == (waiting["code"], None)
        assert {clock["unit_id"] for clock in listed} == {str(school.id)}


async def test_a_partner_sees_the_clocks_of_what_is_shared(world: World, school: StaffedUnit) -> None:
    agency = await create_unit(world, "agency", "department")
    incident_id = (await school.head.create_intake())["incident_id"]
    path = f"{API}/incidents/{incident_id}/clocks"
    assert_problem(await agency.partner.get(path), 404, "not_found")
    ok(await share_incident(school.head, incident_id, 1, grantee_unit_id=agency.id), 201)
    assert {clock["rule_code"] for clock in ok(await agency.partner.get(path))} == {"acknowledge", "triage"}


def announcement(*, is_working: bool) -> dict[str, object]:
    return {"is_working": is_working, "decision_number": "15/TB-MẪU", "source": "Thông báo hoán đổi (bịa)"}


async def announce(client: Client, day: str, *, is_working: bool) -> httpx.Response:
    return await client.call("PUT", f"{API}/working-days/{day}", json=announcement(is_working=is_working))


async def test_the_calendar_is_read_by_all_and_announced_by_the_department(
    school: StaffedUnit, department: Client, bureau_a: Client
) -> None:
    path = f"{API}/working-days"
    span = {"from": "2029-02-12", "to": "2029-02-18"}
    assert_problem(await announce(bureau_a, "2029-02-17", is_working=True), 403, "forbidden")
    ok(await announce(department, "2029-02-17", is_working=True))
    days = {day["day"]: day for day in ok(await school.head.get(path, params=span))}
    swapped = days["2029-02-17"]
    assert (swapped["is_working"], swapped["announced"]) == (True, "Thông báo hoán đổi (bịa)")
    assert (swapped["decision_number"], swapped["announced_at"] is None) == ("15/TB-MẪU", False)
    assert days["2029-02-18"]["is_working"] is False
    assert days["2029-02-13"]["name"] is not None, "Tết"
    assert_problem(
        await school.head.get(path, params={"from": "2029-01-02", "to": "2029-01-01"}), 422, "bad_span", "to"
    )


async def test_announced_day_names_its_decision(department: Client) -> None:
    body = {"is_working": True, "source": "Thông báo hoán đổi (bịa)"}
    refused = await department.call("PUT", f"{API}/working-days/2029-02-17", json=body)
    assert_problem(refused, 422, "missing", "/decision_number")


async def test_swapped_days_count_before_any_package_knows_them_and_can_be_withdrawn(
    world: World, department: Client, bureau_a: Client
) -> None:
    """A Monday off against the Saturday before it, as announced for 31 August 2026."""
    saturday, monday = "2033-03-05", "2033-03-07"
    friday = datetime(2033, 3, 4, 9, tzinfo=VIETNAM)

    async def two_working_days_later() -> datetime:
        async with world.runtime.work(ALL) as work:
            return await ClockRules(work).end(friday, 2, "working_days")

    assert await two_working_days_later() == datetime(2033, 3, 9, tzinfo=VIETNAM)
    ok(await announce(department, saturday, is_working=True))
    ok(await announce(department, monday, is_working=False))
    assert await two_working_days_later() == datetime(2033, 3, 9, tzinfo=VIETNAM)
    assert_problem(await bureau_a.delete(f"{API}/working-days/{monday}"), 403, "forbidden")
    ok(await department.delete(f"{API}/working-days/{monday}"), 204)
    assert await two_working_days_later() == datetime(2033, 3, 8, tzinfo=VIETNAM)
    ok(await department.delete(f"{API}/working-days/{saturday}"), 204)
    assert await two_working_days_later() == datetime(2033, 3, 9, tzinfo=VIETNAM)


async def test_working_days_use_the_current_calendar(world: World, department: Client) -> None:
    ok(await announce(department, "2031-03-04", is_working=False))
    cache = world.runtime.cache(ClockRuleCache)
    cache.announced, cache.read_at = {}, -FRESH_S
    monday = datetime(2031, 3, 3, 9, tzinfo=VIETNAM)
    async with world.runtime.work(ALL) as work:
        assert await ClockRules(work).end(monday, 1, "working_days") == datetime(2031, 3, 6, tzinfo=VIETNAM)


async def test_nested_department_cannot_announce_days(world: World, school: StaffedUnit) -> None:
    planted = await create_unit(world, "department", school.id)
    assert_problem(await announce(planted.officer, "2029-03-01", is_working=False), 403, "forbidden")
    assert_problem(await planted.officer.delete(f"{API}/working-days/2029-03-01"), 403, "forbidden")
    (day,) = ok(await school.head.get(f"{API}/working-days", params={"from": "2029-03-01", "to": "2029-03-01"}))
    assert day["is_working"] is True


async def test_rules_name_their_source_and_are_valid_on_their_days(school: StaffedUnit) -> None:
    rules = {rule["code"]: rule for rule in ok(await school.head.get(f"{API}/clock-rules"))}
    assert (rules["emergency_measures"]["amount"], rules["emergency_measures"]["time_unit"]) == (12, "hours")
    assert rules["support_plan"]["time_unit"] == "working_days"
    assert {code for code, rule in rules.items() if rule["is_law"]} == {"emergency_measures", "support_plan"}
    assert ok(await school.head.get(f"{API}/clock-rules", params={"as_of": "2016-01-01"})) == []
