"""Partners that do not answer: the deadline, the notices when it passes, and the follow-up calls. All invented."""

from datetime import timedelta
from typing import Any

import pytest

from app.core import time
from app.security.access.scope import ALL
from app.services.referrals.follow_ups import notify_overdue_referrals
from tests.factories.cases import transition
from tests.factories.http import API, assert_problem, ok
from tests.factories.referrals import create_follow_up, create_referral
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World


@pytest.fixture
async def incident_id(school: StaffedUnit) -> str:
    return str((await school.head.create_intake())["incident_id"])


async def silent(client: Client, incident_id: str, days: int = 30, **fields: object) -> dict[str, Any]:
    """A referral of long ago that nobody acknowledged."""
    return await create_referral(
        client, incident_id, made_at=(time.utc_now() - timedelta(days=days)).isoformat(), **fields
    )


async def overdue(client: Client) -> dict[str, dict[str, Any]]:
    page = ok(await client.get(f"{API}/referrals/overdue", params={"limit": 500}))
    return {item["id"]: item for item in page["items"]}


async def worker_comes(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        await notify_overdue_referrals(work)
        await work.commit()


async def notices_of(client: Client) -> list[dict[str, Any]]:
    page = ok(await client.get(f"{API}/notices", params={"limit": 500}))
    return [notice for notice in page["items"] if notice["kind"] == "referral_unanswered"]


async def test_every_unanswered_referral_is_notified(
    world: World, school: StaffedUnit, incident_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = {(await silent(school.head, incident_id))["code"] for _ in range(2)}
    monkeypatch.setattr("app.services.deadlines.sweep.BATCH", 1)
    await worker_comes(world)
    assert {notice["data"]["code"] for notice in await notices_of(school.head)} == codes


class TestTheTime:
    async def test_a_hotline_has_a_day_and_an_agency_a_working_day(
        self, world: World, school: StaffedUnit, incident_id: str
    ) -> None:
        made = "2026-03-06T02:00:00Z"  # a Friday morning
        line = await create_referral(school.head, incident_id, made_at=made)
        assert line["acknowledge_by"] == "2026-03-07T02:00:00Z"
        agency = str(world.units["agency"])
        sent = await create_referral(school.head, incident_id, made_at=made, hotline_id=None, agency_id=agency)
        assert sent["acknowledge_by"] == "2026-03-09T17:00:00Z"  # the end of Monday in Việt Nam

    async def test_an_incoming_referral_has_no_follow_up(self, school: StaffedUnit, incident_id: str) -> None:
        assert (await create_referral(school.head, incident_id, direction="in"))["acknowledge_by"] is None


class TestTheList:
    async def test_it_lists_overdue_unacknowledged_referrals(self, school: StaffedUnit, incident_id: str) -> None:
        late = await silent(school.head, incident_id)
        await create_referral(school.head, incident_id)
        inward = await silent(school.head, incident_id, direction="in")
        assert (await overdue(school.head)).keys() == {late["id"]}
        ok(await transition(school.head, f"{API}/referrals/{late['id']}", "acknowledge"))
        assert not {late["id"], inward["id"]} & (await overdue(school.head)).keys()

    async def test_it_counts_calls_without_showing_notes(self, school: StaffedUnit, incident_id: str) -> None:
        late = await silent(school.head, incident_id, request="zqkin", contact_person="Chị Bịa zqkin")
        assert (await overdue(school.head))[late["id"]]["times_followed_up"] == 0
        for result in ("no_answer", "promised"):
            ok(await create_follow_up(school.head, late["id"], result=result, note="zqkin"), 201)
        response = await school.head.get(f"{API}/referrals/overdue")
        found = ok(response)["items"][0]
        assert (found["times_followed_up"], found["last_followed_up_at"] is None) == (2, False)
        assert "zqkin" not in response.text

    async def test_each_unit_lists_its_own_subtree(self, world: World, school: StaffedUnit, incident_id: str) -> None:
        late = await silent(school.head, incident_id)
        bureau, other = await world.client("phong_a.officer"), await create_unit(world, under="bureau_b")
        assert late["id"] in await overdue(bureau)
        assert late["id"] not in await overdue(other.head)
        agency = await create_unit(world, "agency", "department")
        ok(await share_incident(school.head, incident_id, 3, grantee_unit_id=agency.id), 201)
        assert late["id"] not in await overdue(agency.partner)


class TestCalls:
    async def test_a_call_is_recorded_with_its_result(self, school: StaffedUnit, incident_id: str) -> None:
        late = await silent(school.head, incident_id)
        made = ok(await create_follow_up(school.head, late["id"], note="Hẹn chiều nay (bịa)"), 201)
        assert (made["result"], made["note"]) == ("no_answer", "Hẹn chiều nay (bịa)")
        assert ok(await school.head.get(f"{API}/referrals/{late['id']}/follow-ups")) == [made]

    async def test_only_by_the_holding_unit(self, world: World, school: StaffedUnit, incident_id: str) -> None:
        late = await silent(school.head, incident_id)
        other, agency = await create_unit(world, under="bureau_b"), await create_unit(world, "agency", "department")
        assert (await create_follow_up(other.head, late["id"])).status_code == 404
        ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=agency.id), 201)
        ok(await create_follow_up(school.head, late["id"], note="zqkin"), 201)
        assert (await create_follow_up(agency.partner, late["id"])).status_code == 403
        seen = ok(await agency.partner.get(f"{API}/referrals/{late['id']}/follow-ups"))
        assert [each["note"] for each in seen] == [None]

    async def test_only_for_an_unanswered_referral_with_valid_facts(
        self, school: StaffedUnit, incident_id: str
    ) -> None:
        late, inward = await silent(school.head, incident_id), await silent(school.head, incident_id, direction="in")
        assert_problem(await create_follow_up(school.head, late["id"], result="pigeon"), 422, "unknown_code", "/result")
        assert_problem(
            await create_follow_up(school.head, late["id"], channel="pigeon"), 422, "unknown_code", "/channel"
        )
        early = (time.utc_now() - timedelta(days=40)).isoformat()
        assert_problem(
            await create_follow_up(school.head, late["id"], followed_up_at=early),
            422,
            "before_the_referral",
            "/followed_up_at",
        )
        assert_problem(await create_follow_up(school.head, inward["id"]), 409, "wrong_state")
        ok(await transition(school.head, f"{API}/referrals/{late['id']}", "acknowledge"))
        assert_problem(await create_follow_up(school.head, late["id"]), 409, "wrong_state")


class TestNotices:
    async def test_the_holder_is_notified_once(self, world: World, school: StaffedUnit, incident_id: str) -> None:
        late = await silent(school.head, incident_id, request="zqkin")
        await create_referral(school.head, incident_id)
        await worker_comes(world)
        await worker_comes(world)
        notices = await notices_of(school.head)
        assert [(n["incident_id"], n["data"]) for n in notices] == [(incident_id, {"code": late["code"]})]
        assert ok(await school.head.get(f"{API}/referrals/{late['id']}"))["request"] == "zqkin"

    async def test_acknowledged_referral_is_not_notified(
        self, world: World, school: StaffedUnit, incident_id: str
    ) -> None:
        late = await silent(school.head, incident_id)
        ok(await transition(school.head, f"{API}/referrals/{late['id']}", "acknowledge"))
        await worker_comes(world)
        assert await notices_of(school.head) == []
