"""Sharing outside the line: which case, up to which tier, and until when."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core import time
from app.models.sharing.grants import CaseGrant
from app.security.access.scope import ALL
from tests.factories.cases import count_incidents, transition
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

CHILD = {"name": "Bé Bịa", "estimated_age": 9}


@pytest.fixture
async def case(school: StaffedUnit) -> dict[str, Any]:
    return await school.head.create_intake(children=[CHILD], place="Cổng sau")


class TestAPartner:
    async def test_sees_what_is_shared_and_nothing_else(
        self, school: StaffedUnit, agency: StaffedUnit, case: dict[str, Any]
    ) -> None:
        other = await school.head.create_intake()
        assert (await agency.partner.incident(case["incident_id"])).status_code == 404
        ok(await share_incident(school.head, case["incident_id"], 2, grantee_unit_id=agency.id), 201)
        assert (await agency.partner.incident(case["incident_id"])).status_code == 200
        assert (await agency.partner.incident(other["incident_id"])).status_code == 404
        for shared in (False, True):
            assert await list_ids(agency.partner, "incidents", shared=shared) == {case["incident_id"]}
        assert await count_incidents(agency.partner) == 0, "what is shared is counted where it is held"
        assert (await agency.partner.get(f"{API}/intakes/{case['id']}")).status_code == 403

    @pytest.mark.parametrize(
        ("tier", "masked", "persons"),
        [(1, {"occurred_at", "place", "summary"}, 0), (2, {"summary"}, 1), (3, set(), 1)],
    )
    async def test_sees_up_to_the_tier_of_the_grant(
        self, school: StaffedUnit, agency: StaffedUnit, case: dict[str, Any], tier: int, masked: set[str], persons: int
    ) -> None:
        ok(await share_incident(school.head, case["incident_id"], tier, grantee_unit_id=agency.id), 201)
        seen = ok(await agency.partner.incident(case["incident_id"]))
        assert set(seen["masked"]) == masked
        found = ok(await agency.partner.get(f"{API}/incidents/{case['incident_id']}/persons"))
        assert len(found) == persons
        assert seen["intake_count"] is None, "whom it is shared with sees no intake"
        assert ("Bé Bịa" in str(found)) == (tier == 3)

    async def test_sees_each_case_of_a_page_up_to_its_own_grant(self, school: StaffedUnit, agency: StaffedUnit) -> None:
        given = {(await school.head.create_intake(place="Cổng sau"))["incident_id"]: tier for tier in (1, 3, 2)}
        for incident_id, tier in given.items():
            ok(await share_incident(school.head, incident_id, tier, grantee_unit_id=agency.id), 201)
        page = ok(await agency.partner.get(f"{API}/incidents"))["items"]
        assert {each["id"]: len(each["masked"]) for each in page} == {
            incident_id: {1: 1, 2: 0, 3: 0}[tier] for incident_id, tier in given.items()
        }

    async def test_reads_and_does_not_write(
        self, school: StaffedUnit, agency: StaffedUnit, case: dict[str, Any]
    ) -> None:
        ok(await share_incident(school.head, case["incident_id"], 3, grantee_unit_id=agency.id), 201)
        path = f"{API}/incidents/{case['incident_id']}"
        assert (
            await agency.partner.patch(path, {"place": "X"}, await read_etag(agency.partner, path))
        ).status_code == 403
        assert (await transition(agency.partner, path, "acknowledge")).status_code == 403

    async def test_sees_it_until_it_expires(
        self, world: World, school: StaffedUnit, agency: StaffedUnit, case: dict[str, Any]
    ) -> None:
        grant = ok(await share_incident(school.head, case["incident_id"], 2, grantee_unit_id=agency.id), 201)
        assert (await agency.partner.incident(case["incident_id"])).status_code == 200
        async with world.runtime.work(ALL) as work:
            row = await work.session.get(CaseGrant, UUID(grant["id"]))
            assert row is not None
            row.expires_at = work.now
            await work.commit()
        assert (await agency.partner.incident(case["incident_id"])).status_code == 404
        assert await list_ids(agency.partner, "incidents", shared=True) == set()

    async def test_sees_it_until_it_is_revoked(
        self, school: StaffedUnit, agency: StaffedUnit, case: dict[str, Any]
    ) -> None:
        path = f"{API}/incidents/{case['incident_id']}"
        grant = ok(await share_incident(school.head, case["incident_id"], 3, grantee_unit_id=agency.id), 201)
        referral = await create_referral(school.head, case["incident_id"])
        assert await list_ids(agency.partner, "referrals") == {referral["id"]}
        for _ in range(2):
            ok(await school.head.delete(f"{path}/grants/{grant['id']}"), 204)
        assert (await agency.partner.incident(case["incident_id"])).status_code == 404
        assert await list_ids(agency.partner, "referrals") == set()
        kinds = [e["kind"] for e in ok(await school.head.get(f"{path}/timeline"))]
        assert kinds.count("share_revoked") == 1
        (revoked,) = ok(await school.head.get(f"{path}/grants"))
        assert revoked["revoked_at"] is not None


class TestAnotherSchool:
    async def test_reads_what_is_shared_and_may_not_change_or_share_it_on(
        self, world: World, school: StaffedUnit, case: dict[str, Any]
    ) -> None:
        other = await create_unit(world, "school", "bureau_b")
        ok(await share_incident(school.head, case["incident_id"], 2, grantee_unit_id=other.id), 201)
        path = f"{API}/incidents/{case['incident_id']}"
        assert (await transition(other.head, path, "acknowledge")).status_code == 403
        assert (
            await share_incident(other.head, case["incident_id"], 1, grantee_unit_id=world.units["agency"])
        ).status_code == 403
        assert case["incident_id"] in await list_ids(other.head, "incidents", shared=True)
        assert case["incident_id"] not in await list_ids(other.head, "incidents")

    async def test_a_grant_to_one_person_opens_it_to_that_person_only(
        self, world: World, bureau_a: Client, case: dict[str, Any]
    ) -> None:
        other = await create_unit(world)
        assert other.counsellor.user_id is not None
        ok(await share_incident(bureau_a, case["incident_id"], 2, grantee_user_id=other.counsellor.user_id), 201)
        assert (await other.counsellor.incident(case["incident_id"])).status_code == 200
        assert (await other.head.incident(case["incident_id"])).status_code == 404

    async def test_the_widest_of_several_grants_counts(
        self, world: World, school: StaffedUnit, case: dict[str, Any]
    ) -> None:
        other = await create_unit(world, "school", "bureau_b")
        for tier in (1, 3, 2):
            ok(await share_incident(school.head, case["incident_id"], tier, grantee_unit_id=other.id), 201)
        assert ok(await other.head.incident(case["incident_id"]))["masked"] == []


class TestLimits:
    @pytest.mark.parametrize("days", [-1, 367])
    async def test_a_grant_ends_within_a_year(
        self, school: StaffedUnit, agency: StaffedUnit, case: dict[str, Any], days: int
    ) -> None:
        wrong = await share_incident(school.head, case["incident_id"], 1, days=days, grantee_unit_id=agency.id)
        assert_problem(wrong, 422, "expiry_out_of_range", "/expires_at")

    async def test_one_grantee_who_is_known(
        self, school: StaffedUnit, agency: StaffedUnit, case: dict[str, Any]
    ) -> None:
        both = await share_incident(
            school.head, case["incident_id"], 1, grantee_unit_id=agency.id, grantee_user_id=uuid4()
        )
        assert_problem(both, 422, "one_grantee", "")
        assert_problem(await share_incident(school.head, case["incident_id"], 1), 422, "one_grantee", "")
        no_unit = await share_incident(school.head, case["incident_id"], 1, grantee_unit_id=uuid4())
        assert_problem(no_unit, 422, "unknown_unit", "/grantee_unit_id")
        nobody = await share_incident(school.head, case["incident_id"], 1, grantee_user_id=uuid4())
        assert_problem(nobody, 422, "unknown_user", "/grantee_user_id")

    async def test_only_leaders_share(self, school: StaffedUnit, school_a2: Client, case: dict[str, Any]) -> None:
        unit = uuid4()
        assert (
            await share_incident(school.counsellor, case["incident_id"], 1, grantee_unit_id=unit)
        ).status_code == 403
        assert (await share_incident(school_a2, case["incident_id"], 1, grantee_unit_id=unit)).status_code == 404

    async def test_a_grant_is_revoked_under_its_own_incident(
        self, school: StaffedUnit, agency: StaffedUnit, case: dict[str, Any]
    ) -> None:
        grant = ok(await share_incident(school.head, case["incident_id"], 1, grantee_unit_id=agency.id), 201)
        other = (await school.head.create_intake())["incident_id"]
        assert (await school.head.delete(f"{API}/incidents/{other}/grants/{grant['id']}")).status_code == 404
        assert (await agency.partner.incident(case["incident_id"])).status_code == 200


async def test_homeroom_teacher_sees_only_their_own_intakes(school: StaffedUnit, case: dict[str, Any]) -> None:
    own = await school.teacher.create_intake(children=[CHILD])
    assert own["visible"] is True
    assert ok(await school.teacher.incident(own["incident_id"]))["masked"] == []
    assert (await school.teacher.incident(case["incident_id"])).status_code == 404
    assert await list_ids(school.teacher, "incidents") == {own["incident_id"]}
    assert (await school.teacher.get(f"{API}/intakes")).status_code == 403
    assert await count_incidents(school.teacher) == 0
    for superior in (school.head, school.counsellor):
        assert (await superior.incident(own["incident_id"])).status_code == 200
    (grant,) = ok(await school.head.get(f"{API}/incidents/{own['incident_id']}/grants"))
    assert (grant["grantee_user_id"], grant["reason"]) == (str(school.teacher.user_id), "took_it_in")
    assert grant["expires_at"] > time.utc_now().isoformat()


async def test_a_grant_to_a_person_is_notified_to_that_person_alone(school: StaffedUnit) -> None:
    assert school.teacher.user_id is not None
    incident_id = (await school.head.create_intake())["incident_id"]
    ok(await share_incident(school.head, incident_id, 1, grantee_user_id=school.teacher.user_id), 201)
    (notice,) = ok(await school.teacher.get(f"{API}/personal-notices"))["items"]
    assert (notice["kind"], notice["incident_id"], notice["data"]) == ("case_shared", incident_id, {"tier": 1})
    path = f"{API}/personal-notices/{notice['id']}"
    for other in (school.head, school.counsellor):
        assert ok(await other.get(f"{API}/personal-notices"))["items"] == []
        assert_problem(await other.get(path), 404, "not_found")
        assert_problem(await other.get(f"{API}/notices/{notice['id']}"), 404, "not_found")
        assert notice["id"] not in await list_ids(other, "notices")
    ok(await school.teacher.post(f"{path}/read"))
    assert ok(await school.teacher.get(f"{API}/personal-notices", params={"read": False}))["items"] == []
    assert_problem(await school.teacher.get(f"{API}/notices"), 403, "forbidden")
