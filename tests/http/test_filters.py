"""Filters that lists have in common: several codes, a unit and all below it, and what changed since a moment."""

from typing import Any

import pytest

from app.core.time import utc_now
from app.repositories.cases.incidents import HELD
from tests.factories.cases import set_severity, transition
from tests.factories.child_cases import open_child_cases
from tests.factories.duplicates import merge_incidents
from tests.factories.http import API, assert_problem, list_ids, ok
from tests.factories.intakes import create_intake_with_receipt
from tests.factories.referrals import create_referral
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

CODED = {
    "incidents": {"state": ("received", "closed"), "group": ("other", "online"), "severity": ("low", "high")},
    "incidents/counts": {"state": ("received", "closed"), "group": ("other", "online"), "severity": ("low", "high")},
    "intakes": {"lane": ("staff", "proven")},
    "cases": {"state": ("opened", "closed")},
    "clocks": {"state": ("running", "missed")},
    "referrals": {"state": ("recorded", "closed")},
    "proposals": {"state": ("proposed", "approved")},
    "subject-requests": {"state": ("received", "accepted"), "kind": ("access", "erasure")},
    "units": {"kind": ("school", "agency")},
    "code-lists": {"list": ("severity", "sex")},
}
PLAIN = sorted(name for name in CODED if name not in {"incidents/counts", "units", "code-lists"})
OF_A_CASE = ("incidents", "intakes", "clocks", "cases", "referrals")


async def create_incident(school: StaffedUnit, *actions: str) -> str:
    incident_id = str((await school.head.create_intake())["incident_id"])
    for action in actions:
        ok(await transition(school.head, f"{API}/incidents/{incident_id}", action))
    return incident_id


class TestSeveralCodes:
    async def test_a_repeated_filter_finds_any_of_its_codes(self, school: StaffedUnit) -> None:
        received = await create_incident(school)
        acknowledged = await create_incident(school, "acknowledge")
        assessing = await create_incident(school, "acknowledge", "assess")
        head = school.head
        assert await list_ids(head, "incidents", state=["received", "assessing"]) == {received, assessing}
        assert await list_ids(head, "incidents", state=["acknowledged"]) == {acknowledged}
        assert await list_ids(head, "incidents", state=["received", "closed"], group="school_violence") == {received}
        counted = ok(await head.get(f"{API}/incidents/counts", params={"state": ["received", "assessing"]}))
        assert sum(row["count"] for row in counted) == 2

    @pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in CODED.items() for name in names])
    async def test_every_coded_filter_takes_several(self, school_a1: Client, path: str, name: str) -> None:
        ok(await school_a1.get(f"{API}/{path}", params={name: CODED[path][name]}))

    async def test_a_code_that_there_is_not_is_refused_beside_others(self, school_a1: Client) -> None:
        for name, known in (("state", "received"), ("group", "other"), ("severity", "low")):
            answer = await school_a1.get(f"{API}/incidents", params={name: [known, "nope"]})
            assert_problem(answer, 422, "unknown_code", name)

    async def test_several_code_lists_come_in_one_answer(self, school_a1: Client) -> None:
        found = ok(await school_a1.get(f"{API}/code-lists", params={"list": ["severity", "sex"]}))
        assert {code["list"] for code in found} == {"severity", "sex"}
        unknown = await school_a1.get(f"{API}/code-lists", params={"list": ["severity", "nope"]})
        assert_problem(unknown, 422, "unknown_code", "list")

    async def test_codes_narrow_a_search(self, school: StaffedUnit) -> None:
        received, acknowledged = await create_incident(school), await create_incident(school, "acknowledge")
        searched = {"q": "bao luc hoc duong", "state": ["received", "acknowledged"], "unit_id": str(school.id)}
        assert await list_ids(school.head, "incidents", **searched) == {received, acknowledged}
        assert await list_ids(school.head, "incidents", **searched | {"state": ["received"]}) == {received}

    async def test_there_is_a_limit_to_the_codes(self, school_a1: Client) -> None:
        answer = await school_a1.get(f"{API}/incidents", params={"state": ["received"] * 33})
        assert_problem(answer, 422, "too_long", "state")

    async def test_a_cursor_is_good_for_the_same_codes_in_any_order(self, school: StaffedUnit) -> None:
        for _ in range(3):
            await create_incident(school)
        asked = {"limit": 1, "state": ["received", "closed"]}
        first = ok(await school.head.get(f"{API}/incidents", params=asked))
        again = asked | {"cursor": first["next_cursor"], "state": ["closed", "received"]}
        assert len(ok(await school.head.get(f"{API}/incidents", params=again))["items"]) == 1
        other = await school.head.get(f"{API}/incidents", params=again | {"state": "received"})
        assert_problem(other, 400, "bad_cursor")

    async def test_any_number_of_codes_is_one_statement(self, school_a1: Client) -> None:
        states = ["received", "acknowledged", "assessing", "closed", "dismissed"]
        ok(await school_a1.get(f"{API}/incidents", params={"state": states[:1]}))
        prepared = len(HELD._prepared_by)
        for number in range(1, 6):
            ok(await school_a1.get(f"{API}/incidents", params={"state": states[:number]}))
        assert len(HELD._prepared_by) == prepared


class TestUnit:
    async def test_below_finds_what_is_of_the_unit_and_of_all_below_it(self, world: World) -> None:
        bureau = await create_unit(world, "bureau", "department")
        schools = [await create_unit(world, under=bureau.id) for _ in range(2)]
        incidents = [await create_incident(each) for each in schools]
        department = await world.client("so.officer")
        for number, place in enumerate(schools):
            assert await list_ids(department, "incidents", unit_id=str(place.id)) == {incidents[number]}
        assert await list_ids(department, "incidents", unit_id=str(bureau.id)) == set()
        assert await list_ids(department, "incidents", unit_id=str(bureau.id), below=True) == set(incidents)
        stranger = await create_unit(world)
        assert await list_ids(stranger.head, "incidents", unit_id=str(bureau.id), below=True) == set()
        counted = await department.get(f"{API}/incidents/counts", params={"unit_id": str(bureau.id), "below": True})
        assert sum(row["count"] for row in ok(counted)) == 2

    @pytest.mark.parametrize("what", OF_A_CASE)
    async def test_the_lists_of_cases_know_the_unit(self, world: World, what: str) -> None:
        bureau = await create_unit(world, "bureau", "department")
        places = [await create_unit(world, under=bureau.id) for _ in range(2)]
        for place in places:
            incident_id, _ = await open_child_cases(place)
            await create_referral(place.head, incident_id)
        department = await world.client("so.officer")
        own = [await list_ids(place.head, what) for place in places]
        assert await list_ids(department, what, unit_id=str(places[0].id)) == own[0] != set()
        assert await list_ids(department, what, unit_id=str(bureau.id), below=True) == own[0] | own[1]

    @pytest.mark.parametrize("what", [*PLAIN, "users"])
    async def test_below_needs_a_unit(self, administrator: Client, school_a1: Client, what: str) -> None:
        caller = administrator if what == "users" else school_a1
        answer = await caller.get(f"{API}/{what}", params={"below": True})
        assert_problem(answer, 422, "unit_id_required", "below")


class TestUpdatedSince:
    async def test_it_finds_what_was_made_or_changed(self, world: World, school: StaffedUnit) -> None:
        old, changed = [await create_incident(school) for _ in range(2)]
        since = utc_now().isoformat()
        assert await list_ids(school.head, "incidents", updated_since=since) == set()
        ok(await set_severity(school.head, changed, "low"), 201)
        fresh = await create_incident(school)
        assert await list_ids(school.head, "incidents", updated_since=since) == {changed, fresh}
        assert old in await list_ids(school.head, "incidents")
        stranger = await create_unit(world)
        assert await list_ids(stranger.head, "incidents", updated_since=since) == set()

    async def test_so_do_the_lists_of_what_belongs_to_a_case(self, school: StaffedUnit) -> None:
        incident_id, (case_id,) = await open_child_cases(school)
        referral_id = (await create_referral(school.head, incident_id))["id"]
        since = utc_now().isoformat()
        for what in ("cases", "referrals", "clocks", "proposals", "escalations", "subject-requests"):
            assert await list_ids(school.head, what, updated_since=since) == set(), what
        ok(await transition(school.head, f"{API}/referrals/{referral_id}", "acknowledge"))
        ok(await set_severity(school.head, incident_id, "critical"), 201)
        assert await list_ids(school.head, "referrals", updated_since=since) == {referral_id}
        assert await list_ids(school.head, "clocks", updated_since=since)
        assert await list_ids(school.head, "cases", updated_since=since) == set()
        assert case_id in await list_ids(school.head, "cases")

    async def test_an_intake_changes_with_what_becomes_of_it(self, world: World, school: StaffedUnit) -> None:
        taken = await school.head.create_intake(open_incident=False)
        _, waiting = await create_intake_with_receipt(world, school)
        since = utc_now().isoformat()
        ok(await school.head.post(f"{API}/intakes/{taken['id']}/incident"), 201)
        found = await list_ids(school.head, "intakes", updated_since=since)
        assert found == {taken["id"], waiting}, "an anonymous one of this hour comes again"

    @pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "9999-12-31T12:00:00Z"])
    async def test_no_moment_of_the_calendar_is_a_defect(self, school_a1: Client, since: str) -> None:
        for what in PLAIN:
            ok(await school_a1.get(f"{API}/{what}", params={"updated_since": since}))


async def test_the_intakes_of_an_incident_are_listed(school: StaffedUnit) -> None:
    taken = await school.head.create_intake()
    await school.head.create_intake()
    other = await school.head.create_intake(open_incident=False)
    ok(await school.head.post(f"{API}/intakes/{other['id']}/link", {"incident_id": taken["incident_id"]}))
    listed: Any = await list_ids(school.head, "intakes", incident_id=taken["incident_id"])
    assert listed == {taken["id"], other["id"]}


async def test_the_intakes_of_an_event_are_listed_with_the_incident_that_stands_for_it(school: StaffedUnit) -> None:
    taken = [await school.head.create_intake() for _ in range(2)]
    survivor, absorbed = (each["incident_id"] for each in taken)
    ok(await merge_incidents(school.head, survivor, absorbed), 201)
    listed = await list_ids(school.head, "intakes", incident_id=survivor)
    assert listed == {each["id"] for each in taken}
    shown = ok(await school.head.get(f"{API}/incidents/{survivor}"))
    assert shown["intake_count"] == len(listed)
    assert await list_ids(school.head, "intakes", incident_id=absorbed) == {taken[1]["id"]}


async def test_the_intakes_of_another_units_incident_are_not(school: StaffedUnit, school_b1: Client) -> None:
    taken = await school.head.create_intake()
    assert await list_ids(school_b1, "intakes", incident_id=taken["incident_id"]) == set()
