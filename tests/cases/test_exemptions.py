"""A duty to notify ends by its act or by a decision of the level above, and by nothing else that its holder does."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core import time as clock
from app.security.access.scope import ALL
from app.services.cases.escalations import escalate_overdue
from tests.factories.cases import clock_states, list_clocks, list_escalations, set_severity, transition
from tests.factories.clock import parse_time, time_ago
from tests.factories.duplicates import merge_incidents
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.notices import list_unread_notices
from tests.factories.referrals import create_referral
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

DUTIES = ("notify_protection", "notify_family")
ACTS = {"notify_protection": "protection_notified", "notify_family": "family_notified"}
REASON = "Lý do bịa để thử"


async def create_grave(client: Client, *persons: dict[str, str], severity: str = "critical", **form: object) -> str:
    """A judged incident with persons."""
    incident_id = str((await client.create_intake(group="other", **form))["incident_id"])
    for person in persons:
        ok(await client.post(f"{API}/incidents/{incident_id}/persons", person), 201)
    ok(await set_severity(client, incident_id, severity), 201)
    return incident_id


async def end(client: Client, incident_id: str, *actions: str) -> None:
    for action in actions:
        ok(await transition(client, f"{API}/incidents/{incident_id}", action, reason=REASON))


async def ask(client: Client, incident_id: str, rule_code: str, kind: str) -> httpx.Response:
    clock_id = (await list_clocks(client, incident_id))[rule_code]["id"]
    path = f"{API}/incidents/{incident_id}/clocks/{clock_id}/exemptions"
    return await client.post(path, {"kind": kind, "reason": REASON})


async def decide(client: Client, exemption: dict[str, Any], decision: str, reason: str | None = REASON) -> Any:
    path = f"{API}/exemptions/{exemption['id']}"
    headers = {"If-Match": await read_etag(client, path)}
    return await client.post(f"{path}/decision", {"decision": decision, "reason": reason}, headers=headers)


async def hours_pass(world: World, hours: float) -> None:
    async with world.runtime.work(ALL) as work:
        work.now += timedelta(hours=hours)
        await escalate_overdue(work)
        await work.commit()


PARENT = {"role": "perpetrator", "kind": "parent", "name": "Người Bịa"}


class TestDutyOutlastsTheCase:
    @pytest.mark.parametrize("ending", [("acknowledge", "intervene", "close"), ("dismiss",)])
    async def test_ending_leaves_it_running_and_its_act_is_still_recorded(
        self, school: StaffedUnit, bureau_a: Client, ending: tuple[str, ...]
    ) -> None:
        incident_id = await create_grave(school.head, severity="high")
        await end(bureau_a, incident_id, *ending)
        states = await clock_states(school.head, incident_id)
        assert {code: states[code] for code in DUTIES} == dict.fromkeys(DUTIES, "running")
        for code in DUTIES:
            act = {"act": ACTS[code], "done_at": time_ago(), "note": REASON}
            ok(await school.head.post(f"{API}/incidents/{incident_id}/acts", act), 201)
            assert (await clock_states(bureau_a, incident_id))[code] == "met"

    async def test_referral_of_a_closed_case_meets_it(self, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id = await create_grave(school.head, severity="high")
        await end(bureau_a, incident_id, "acknowledge", "intervene", "close")
        await create_referral(school.head, incident_id)
        assert (await clock_states(school.head, incident_id))["notify_protection"] == "met"

    async def test_it_still_escalates_after_the_closing_and_waits_for_an_answer(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        incident_id = await create_grave(school.head, severity="high")
        await end(bureau_a, incident_id, "acknowledge", "intervene", "close")
        await hours_pass(world, 25)
        raised = await list_escalations(bureau_a, incident_id)
        assert str(world.units["bureau_a"]) in {each["to_unit_id"] for each in raised}
        assert (await clock_states(school.head, incident_id))["answer_escalation"] == "running"

    async def test_neither_another_severity_nor_another_group_ends_it(
        self, school: StaffedUnit, bureau_a: Client
    ) -> None:
        incident_id = await create_grave(school.head)
        path = f"{API}/incidents/{incident_id}"
        ok(await set_severity(bureau_a, incident_id, "low"), 201)
        ok(await bureau_a.patch(path, {"group": "injury_safety"}, await read_etag(bureau_a, path)))
        found = await list_clocks(school.head, incident_id)
        assert {found[code]["state"] for code in DUTIES} == {"running"}
        assert found["emergency_measures"]["state"] == "void"

    async def test_it_begins_with_a_judgement_after_the_end(self, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id = await create_grave(school.head, severity="low")
        await end(school.head, incident_id, "acknowledge", "intervene", "close")
        ok(await set_severity(bureau_a, incident_id, "critical"), 201)
        states = await clock_states(school.head, incident_id)
        assert {states[code] for code in DUTIES} == {"running"}


class TestWaiver:
    async def test_level_above_waives_directly_with_a_reason(self, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id = await create_grave(school.head)
        waiver = ok(await ask(bureau_a, incident_id, "notify_family", "waiver"), 201)
        assert (waiver["state"], waiver["reason"], waiver["next_actions"]) == ("confirmed", REASON, [])
        found = (await list_clocks(school.head, incident_id))["notify_family"]
        assert (found["state"], found["void_reason"]) == ("void", "waived")
        assert incident_id in {
            each["incident_id"] for each in await list_unread_notices(school.head, "exemption_decided")
        }

    async def test_holder_only_asks_and_the_level_above_decides(
        self, school: StaffedUnit, school_b1: Client, bureau_a: Client, bureau_b: Client
    ) -> None:
        incident_id = await create_grave(school.head)
        waiver = ok(await ask(school.head, incident_id, "notify_protection", "waiver"), 201)
        states = await clock_states(school.head, incident_id)
        assert (states["notify_protection"], states["decide_exemption"]) == ("running", "running")
        assert incident_id in {each["incident_id"] for each in await list_unread_notices(bureau_a, "exemption_asked")}
        again = await ask(school.counsellor, incident_id, "notify_protection", "waiver")
        assert_problem(again, 409, "wrong_state")
        assert "đang chờ quyết định" in again.json()["detail"]
        for own in (school.head, school.counsellor):
            assert_problem(await decide(own, waiver, "confirm"), 403, "forbidden")
        for foreign in (school_b1, bureau_b):
            assert_problem(await foreign.get(f"{API}/exemptions/{waiver['id']}"), 404, "not_found")
        assert_problem(await decide(bureau_a, waiver, "reject", None), 422, "reason_required", "/reason")
        ok(await decide(bureau_a, waiver, "confirm"))
        states = await clock_states(school.head, incident_id)
        assert (states["notify_protection"], states["decide_exemption"]) == ("void", "met")
        assert_problem(await decide(bureau_a, waiver, "reject"), 409, "wrong_state")

    async def test_rejected_waiver_leaves_the_duty(self, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id = await create_grave(school.head)
        waiver = ok(await ask(school.head, incident_id, "notify_family", "waiver"), 201)
        rejected = ok(await decide(bureau_a, waiver, "reject"))
        assert (rejected["state"], rejected["decision_reason"]) == ("rejected", REASON)
        assert (await clock_states(school.head, incident_id))["notify_family"] == "running"
        assert [each["state"] for each in await self.listed(school.head, incident_id)] == ["rejected"]

    async def test_where_none_works_above_a_second_person_decides(
        self, world: World, department: Client, school: StaffedUnit
    ) -> None:
        nobody_named = {"unit_id": str(world.units["department"])}
        incident_id = await create_grave(department, **nobody_named)
        waiver = ok(await ask(department, incident_id, "notify_family", "waiver"), 201)
        assert waiver["state"] == "asked"
        assert_problem(await decide(department, waiver, "confirm"), 403, "forbidden")
        assert_problem(await school.head.get(f"{API}/exemptions/{waiver['id']}"), 404, "not_found")
        ok(await decide(await world.client("so.head"), waiver, "confirm"))
        assert (await clock_states(department, incident_id))["notify_family"] == "void"

    async def test_only_a_duty_to_notify_is_waived(self, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id = await create_grave(school.head)
        assert_problem(await ask(bureau_a, incident_id, "emergency_measures", "waiver"), 409, "not_exemptible")
        foreign = await create_grave(school.head)
        clock_id = (await list_clocks(bureau_a, foreign))["notify_family"]["id"]
        crossed = f"{API}/incidents/{incident_id}/clocks/{clock_id}/exemptions"
        body = {"kind": "waiver", "reason": REASON}
        assert_problem(await bureau_a.post(crossed, body), 404, "not_found")
        assert_problem(await school.teacher.post(crossed, body), 403, "forbidden")

    async def listed(self, client: Client, incident_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ok(await client.get(f"{API}/incidents/{incident_id}/exemptions"))
        return found


class TestSuspensionOfTheFamilysNotice:
    async def test_holder_suspends_it_at_once_where_a_relative_is_accused(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        incident_id = await create_grave(school.head, PARENT)
        suspension = ok(await ask(school.counsellor, incident_id, "notify_family", "suspension"), 201)
        assert suspension["state"] == "asked"
        assert (await clock_states(school.head, incident_id))["notify_family"] == "suspended"
        await hours_pass(world, 25)
        found = await list_clocks(bureau_a, incident_id)
        assert (found["notify_family"]["state"], found["notify_family"]["missed_at"]) == ("suspended", None)
        ok(await decide(bureau_a, suspension, "confirm", None))
        assert (await clock_states(school.head, incident_id))["notify_family"] == "suspended"

    async def test_it_needs_an_accused_relative(self, school: StaffedUnit) -> None:
        parent = {"role": "witness", "kind": "parent"}
        incident_id = await create_grave(school.head, parent, {"role": "perpetrator", "kind": "outsider"})
        refused = await ask(school.head, incident_id, "notify_family", "suspension")
        assert_problem(refused, 409, "no_accused_relative")
        uncle = {"role": "perpetrator", "kind": "relative"}
        ok(await school.head.post(f"{API}/incidents/{incident_id}/persons", uncle), 201)
        ok(await ask(school.head, incident_id, "notify_family", "suspension"), 201)

    async def test_it_never_suspends_the_notice_to_child_protection(self, school: StaffedUnit) -> None:
        incident_id = await create_grave(school.head, PARENT)
        refused = await ask(school.head, incident_id, "notify_protection", "suspension")
        assert_problem(refused, 409, "not_exemptible")

    async def test_rejected_one_runs_again_for_what_was_left_and_is_not_asked_twice(
        self, school: StaffedUnit, bureau_a: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        incident_id = await create_grave(school.head, PARENT)
        before = parse_time((await list_clocks(school.head, incident_id))["notify_family"]["due_at"])
        suspension = ok(await ask(school.head, incident_id, "notify_family", "suspension"), 201)
        later = clock.utc_now() + timedelta(minutes=4)
        monkeypatch.setattr(clock, "utc_now", lambda: later)
        ok(await decide(bureau_a, suspension, "reject"))
        found = (await list_clocks(school.head, incident_id))["notify_family"]
        assert found["state"] == "running"
        assert parse_time(found["due_at"]) - before == later - parse_time(suspension["asked_at"])
        refused = await ask(school.head, incident_id, "notify_family", "suspension")
        assert_problem(refused, 409, "wrong_state")
        ok(await ask(bureau_a, incident_id, "notify_family", "suspension"), 201)

    async def test_undecided_one_escalates(self, world: World, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id = await create_grave(school.head, PARENT)
        for code in ("notify_protection", "emergency_measures"):
            act = ACTS.get(code, "emergency_measures_taken")
            ok(await school.head.post(f"{API}/incidents/{incident_id}/acts", {"act": act, "done_at": time_ago()}), 201)
        ok(await ask(school.head, incident_id, "notify_family", "suspension"), 201)
        await hours_pass(world, 24 * 5)
        raised = await list_escalations(bureau_a, incident_id)
        decision = (await list_clocks(bureau_a, incident_id))["decide_exemption"]
        assert decision["escalation_id"] in {each["id"] for each in raised}

    async def test_undecided_one_keeps_the_incident_from_a_merge(self, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id, other = await create_grave(school.head, PARENT), await create_grave(school.head)
        suspension = ok(await ask(school.head, incident_id, "notify_family", "suspension"), 201)
        assert_problem(await merge_incidents(bureau_a, other, incident_id), 409, "exemption_undecided")
        ok(await decide(bureau_a, suspension, "confirm"))
        ok(await merge_incidents(bureau_a, other, incident_id), 201)

    async def test_informing_the_family_still_meets_it(self, school: StaffedUnit) -> None:
        incident_id = await create_grave(school.head, PARENT)
        ok(await ask(school.head, incident_id, "notify_family", "suspension"), 201)
        act = {"act": "family_notified", "done_at": time_ago()}
        ok(await school.head.post(f"{API}/incidents/{incident_id}/acts", act), 201)
        assert (await clock_states(school.head, incident_id))["notify_family"] == "met"

    async def test_decisions_are_met_with_the_last(self, world: World, bureau_a: Client) -> None:
        school = await create_unit(world)
        incident_id = await create_grave(school.head, PARENT)
        asked = [
            ok(await ask(school.head, incident_id, "notify_family", "suspension"), 201),
            ok(await ask(school.head, incident_id, "notify_protection", "waiver"), 201),
        ]
        for exemption, state in zip(asked, ("running", "met"), strict=True):
            ok(await decide(bureau_a, exemption, "confirm"))
            assert (await clock_states(school.head, incident_id))["decide_exemption"] == state
