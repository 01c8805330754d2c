"""An overdue clock escalates to the next level without human action."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.security.access.scope import ALL
from app.services.cases.escalations import escalate_overdue
from tests.factories.cases import clock_states, escalate_overdue_clocks, list_clocks, list_escalations, set_severity
from tests.factories.clock import parse_time, time_ago
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.intakes import create_public_intake
from tests.factories.notices import list_unread_notices
from tests.factories.units import StaffedUnit
from tests.world import Client, World


class TestIntakeForAnotherUnit:
    LONG_AGO = time_ago(days=300)

    @pytest.mark.parametrize("opened_by", ["whoever told it", "the school"])
    async def test_back_dating_does_not_make_another_subtree_late(
        self, school: StaffedUnit, school_b1: Client, opened_by: str
    ) -> None:
        at_once = opened_by != "the school"
        created = await school_b1.create_intake(
            unit_id=str(school.id), received_at=self.LONG_AGO, open_incident=at_once
        )
        intake = ok(await school.head.get(f"{API}/intakes/{created['id']}"))
        assert intake["received_at"] == intake["recorded_at"]
        assert parse_time(intake["content"]["received_at"]) == parse_time(self.LONG_AGO)
        if not at_once:
            ok(await school.head.post(f"{API}/intakes/{created['id']}/incident"), 201)
        (incident_id,) = await list_ids(school.head, "incidents")
        assert "missed" not in (await clock_states(school.head, incident_id)).values()

    async def test_back_dating_does_not_make_a_linked_incident_late(
        self, school: StaffedUnit, school_b1: Client
    ) -> None:
        incident_id = (await school.head.create_intake())["incident_id"]
        before = await list_clocks(school.head, incident_id)
        intake = await school_b1.create_intake(unit_id=str(school.id), received_at=self.LONG_AGO, open_incident=False)
        ok(await school.head.post(f"{API}/intakes/{intake['id']}/link", {"incident_id": incident_id}))
        assert await list_clocks(school.head, incident_id) == before

    async def test_level_above_may_back_date_within_its_subtree(self, school: StaffedUnit, bureau_a: Client) -> None:
        intake = await bureau_a.create_intake(unit_id=str(school.id), received_at=time_ago(hours=25))
        assert (await clock_states(bureau_a, intake["incident_id"]))["acknowledge"] == "missed"


class TestEscalation:
    async def missed(self, school: StaffedUnit, hours: float = 25) -> str:
        intake = await school.head.create_intake(received_at=time_ago(hours=hours), group="other")
        return str(intake["incident_id"])

    async def test_missed_clock_notifies_the_school_and_the_level_above(
        self, world: World, school: StaffedUnit, bureau_a: Client, bureau_b: Client
    ) -> None:
        incident_id = await self.missed(school)
        await escalate_overdue_clocks(world)
        raised = await list_escalations(bureau_a, incident_id)
        assert {(e["from_unit_id"], e["to_unit_id"]) for e in raised[:1]} == {
            (str(school.id), str(world.units["bureau_a"]))
        }
        for reader in (school.head, bureau_a):
            assert incident_id in {notice["incident_id"] for notice in await list_unread_notices(reader, "escalated")}
        assert incident_id not in {notice["incident_id"] for notice in await list_unread_notices(bureau_b, "escalated")}
        kinds = [event["kind"] for event in ok(await school.head.get(f"{API}/incidents/{incident_id}/timeline"))]
        assert kinds.count("escalated") == 1, "both of its clocks ran out together"
        assert (await clock_states(school.head, incident_id))["acknowledge"] == "missed"

    async def test_clocks_that_run_out_together_raise_a_case_by_one_level(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        incident_id = str((await school.head.create_intake(group="other"))["incident_id"])
        for _ in range(2):
            await self.hours_pass(world, 25)
            (raised,) = await list_escalations(bureau_a, incident_id)
        assert (raised["to_unit_id"], raised["late_when_recorded"]) == (str(world.units["bureau_a"]), False)
        clocks = await list_clocks(school.head, incident_id)
        assert {clocks[code]["escalation_id"] for code in ("acknowledge", "triage")} == {raised["id"]}

    async def test_case_recorded_late_is_raised_once_and_says_so(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        intake = await school.head.create_intake(received_at=time_ago(days=400))
        incident_id = str(intake["incident_id"])
        await escalate_overdue_clocks(world)
        ok(await set_severity(school.head, incident_id, "critical"), 201)
        await escalate_overdue_clocks(world)
        (raised,) = await list_escalations(bureau_a, incident_id)
        assert (raised["to_unit_id"], raised["late_when_recorded"]) == (str(world.units["bureau_a"]), True)
        (notice,) = [n for n in await list_unread_notices(bureau_a, "escalated") if n["incident_id"] == incident_id]
        assert notice["data"]["late_when_recorded"] is True
        clocks = await list_clocks(bureau_a, incident_id)
        assert clocks["emergency_measures"]["escalation_id"] == clocks["acknowledge"]["escalation_id"] == raised["id"]

    async def test_answered_case_that_was_recorded_late_is_raised_again(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        """Otherwise an early receipt would end every later escalation."""
        intake = await school.head.create_intake(received_at=time_ago(days=400))
        incident_id = str(intake["incident_id"])
        await escalate_overdue_clocks(world)
        path = f"{API}/escalations/{(await list_escalations(bureau_a, incident_id))[0]['id']}"
        headers = {"If-Match": await read_etag(bureau_a, path)}
        ok(await bureau_a.post(f"{path}/answer", {"answer": "Đã xem (bịa)"}, headers=headers))
        ok(await set_severity(school.head, incident_id, "critical"), 201)
        await escalate_overdue_clocks(world)
        assert len(await list_escalations(bureau_a, incident_id)) == 2

    async def test_it_happens_to_all_that_were_missed_however_many(
        self, world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        incident_ids = [await self.missed(school) for _ in range(2)]
        monkeypatch.setattr("app.services.deadlines.sweep.BATCH", 1)
        async with world.runtime.work(ALL) as work:
            await escalate_overdue(work)
            await work.commit()
        assert [len(await list_escalations(school.head, each)) for each in incident_ids] == [1, 1]

    async def test_an_open_escalation_goes_one_level_higher_and_stops_at_the_department(
        self, world: World, school: StaffedUnit, department: Client
    ) -> None:
        incident_id = str((await school.head.create_intake(group="other"))["incident_id"])
        route = [world.units["bureau_a"], world.units["department"], world.units["department"]]
        for raised, days in enumerate((2, 10, 30), start=1):
            await self.hours_pass(world, 24 * days)
            found = await list_escalations(department, incident_id)
            assert [UUID(escalation["to_unit_id"]) for escalation in found] == route[:raised]
            done = {"act": "family_notified", "done_at": time_ago()}
            ok(await school.head.post(f"{API}/incidents/{incident_id}/acts", done), 201)
            ok(await set_severity(school.head, incident_id, "moderate"), 201)

    async def test_only_the_unit_it_was_put_before_answers_and_only_once(
        self, world: World, school: StaffedUnit, school_b1: Client, bureau_a: Client, department: Client
    ) -> None:
        incident_id = await self.missed(school)
        await escalate_overdue_clocks(world)
        first = (await list_escalations(bureau_a, incident_id))[0]["id"]
        path = f"{API}/escalations/{first}"
        answer = {"answer": "Đã cử cán bộ xuống trường (bịa)"}
        headers = {"If-Match": await read_etag(bureau_a, path)}
        assert_problem(await school_b1.post(f"{path}/answer", answer, headers=headers), 404, "not_found")
        for other in (school.head, department):
            assert_problem(await other.post(f"{path}/answer", answer, headers=headers), 403, "forbidden")
        assert first in await list_ids(bureau_a, "escalations", answered=False)
        ok(await bureau_a.post(f"{path}/answer", answer, headers=headers))
        again = {"If-Match": await read_etag(bureau_a, path)}
        assert_problem(await bureau_a.post(f"{path}/answer", answer, headers=again), 409, "wrong_state")
        assert first in await list_ids(bureau_a, "escalations", answered=True)
        assert incident_id in {n["incident_id"] for n in await list_unread_notices(school.head, "escalation_answered")}

    async def test_the_accused_unit_is_no_level_of_it(
        self, world: World, school: StaffedUnit, department: Client
    ) -> None:
        intake = await school.counsellor.create_intake(
            received_at=time_ago(hours=25), accused=[{"kind": "school_leader"}]
        )
        await escalate_overdue_clocks(world)
        opened = await list_ids(department, "incidents", unit_id=str(school.id))
        (incident_id,) = opened
        assert intake["held_by_superior"]
        assert {e["from_unit_id"] for e in await list_escalations(department, incident_id)} >= {
            str(world.units["bureau_a"])
        }
        assert not await list_unread_notices(school.head, "escalated")

    async def test_unopened_intake_is_escalated_and_its_reporter_sees_it(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        receipt = (await create_public_intake(world, unit_id=str(school.id), narrative="Bịa"))["receipt"]
        status = f"{API}/public/receipts/status"
        assert ok(await world.anonymous.post(status, {"receipt": receipt}))["raised_above"] is False
        await self.hours_pass(world, 25)
        after = ok(await world.anonymous.post(status, {"receipt": receipt}))
        assert (after["raised_above"], "cấp trên" in after["raised_label"]) == (True, True)
        raised = ok(await bureau_a.get(f"{API}/escalations", params={"answered": False, "limit": 500}))["items"]
        assert any(e["intake_id"] and e["from_unit_id"] == str(school.id) for e in raised)

    async def hours_pass(self, world: World, hours: float) -> None:
        async with world.runtime.work(ALL) as work:
            work.now += timedelta(hours=hours)
            await escalate_overdue(work)
            await work.commit()
