"""A case that accuses a unit's head or staff moves to the level above and is hidden from the unit."""

from typing import Any
from uuid import UUID

import pytest

from app.models.intakes.intakes import Intake
from app.security.access.scope import ALL
from tests.factories.cases import count_incidents, set_severity
from tests.factories.custody import accuse, assert_gone_from, assert_held_by
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.intakes import create_public_intake
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

STAFF = pytest.mark.parametrize("kind", ["staff", "school_leader"])


@STAFF
async def test_staff_intake_about_their_head_goes_to_the_level_above(
    world: World, school: StaffedUnit, bureau_a: Client, bureau_b: Client, kind: str
) -> None:
    intake = await school.counsellor.create_intake(accused=accuse(kind))
    assert (intake["visible"], intake["held_by_superior"]) == (False, True)
    await assert_gone_from(school.head, intake["incident_id"], school.id)
    for own in (school.counsellor, school.head):
        assert (await own.incident(intake["incident_id"])).status_code == 404
        assert (await own.get(f"{API}/intakes/{intake['id']}")).status_code == 404
        assert intake["id"] not in await list_ids(own, "intakes")
    incident = await assert_held_by(bureau_a, intake["incident_id"], world.units["bureau_a"])
    assert incident["held_by_superior"] is True
    assert ok(await bureau_a.get(f"{API}/intakes/{intake['id']}"))["incident_id"] == intake["incident_id"]
    assert (await bureau_b.incident(intake["incident_id"])).status_code == 404


async def test_teacher_cannot_see_an_intake_against_the_head(school: StaffedUnit) -> None:
    intake = await school.teacher.create_intake(accused=accuse())
    assert (intake["visible"], intake["held_by_superior"]) == (False, True)
    assert (await school.teacher.incident(intake["incident_id"])).status_code == 404


@STAFF
async def test_public_intake_about_a_head_goes_above_the_school(
    world: World, school: StaffedUnit, bureau_a: Client, kind: str
) -> None:
    before = await list_ids(bureau_a, "intakes", lane="unproven")
    await create_public_intake(world, unit_id=str(school.id), narrative="Bịa", accused=accuse(kind))
    (intake_id,) = await list_ids(bureau_a, "intakes", lane="unproven") - before
    intake = ok(await bureau_a.get(f"{API}/intakes/{intake_id}"))
    assert (intake["unit_id"], intake["holder_id"]) == (str(school.id), str(world.units["bureau_a"]))
    assert await list_ids(school.head, "intakes") == set()
    opened = ok(await bureau_a.post(f"{API}/intakes/{intake_id}/incident"), 201)
    assert opened["held_by_superior"] is True
    await assert_gone_from(school.head, opened["id"], school.id)


async def test_a_high_schools_case_goes_to_the_department(
    world: World, high_school: Client, department: Client
) -> None:
    intake = await high_school.create_intake(accused=accuse())
    await assert_held_by(department, intake["incident_id"], world.units["department"])
    assert (await high_school.incident(intake["incident_id"])).status_code == 404


async def test_an_accused_bureau_sees_no_more_of_its_schools_case(
    world: World, school: StaffedUnit, bureau_a: Client, department: Client
) -> None:
    intake = await school.head.create_intake(accused=accuse("staff", unit_id=str(world.units["bureau_a"])))
    await assert_held_by(department, intake["incident_id"], world.units["department"])
    await assert_gone_from(bureau_a, intake["incident_id"], school.id)


async def test_accused_pupil_does_not_move_the_case(school: StaffedUnit) -> None:
    intake = await school.head.create_intake(accused=accuse("pupil"))
    assert (intake["visible"], intake["held_by_superior"]) == (True, False)
    incident = await assert_held_by(school.head, intake["incident_id"], school.id)
    assert incident["held_by_superior"] is False


async def test_accused_of_another_school_moves_nothing_but_cannot_receive_a_share(
    world: World, school: StaffedUnit, school_a2: Client, bureau_a: Client
) -> None:
    other = world.units["school_a2"]
    intake = await school.head.create_intake(accused=accuse("staff", unit_id=str(other)))
    assert intake["held_by_superior"] is False
    await assert_held_by(school.head, intake["incident_id"], school.id)
    for sharer in (school.head, bureau_a):
        assert_problem(
            await share_incident(sharer, intake["incident_id"], 2, grantee_unit_id=other), 422, "grantee_is_accused", ""
        )
    assert (await school_a2.incident(intake["incident_id"])).status_code == 404


class TestAccusedNamedLater:
    """The case was the school's; then its head is named."""

    async def case(self, school: StaffedUnit) -> tuple[dict[str, Any], dict[str, Any]]:
        intake = await school.head.create_intake(children=[{"name": "Bé Bịa", "estimated_age": 9}])
        referral = await create_referral(school.head, intake["incident_id"])
        ok(await set_severity(school.head, intake["incident_id"], "high"), 201)
        assert await count_incidents(school.head, unit_id=str(school.id)) == 1
        return intake, referral

    async def check_raised(
        self, world: World, school: StaffedUnit, taken: dict[str, Any], referral: dict[str, Any]
    ) -> None:
        for own in (school.head, school.counsellor):
            assert (await own.incident(taken["incident_id"])).status_code == 404
            assert (await own.get(f"{API}/intakes/{taken['id']}")).status_code == 404
        await assert_gone_from(school.head, taken["incident_id"], school.id, referral["id"])
        bureau = await world.client("phong_a.officer")
        incident = await assert_held_by(bureau, taken["incident_id"], world.units["bureau_a"])
        assert (incident["held_by_superior"], incident["unit_id"]) == (True, str(school.id))
        assert taken["id"] in await list_ids(bureau, "intakes")
        assert await list_ids(bureau, "referrals", incident_id=taken["incident_id"]) == {referral["id"]}
        assert await count_incidents(bureau, unit_id=str(school.id)) == 1
        assert (await bureau.get(f"{API}/referrals/{referral['id']}/handover-sheet")).status_code == 200
        kinds = [e["kind"] for e in ok(await bureau.get(f"{API}/incidents/{taken['incident_id']}/timeline"))]
        assert kinds[-1] == "raised_above_accused"

    async def test_by_adding_a_person(self, world: World, school: StaffedUnit) -> None:
        intake, referral = await self.case(school)
        body = {"role": "perpetrator", "kind": "school_leader", "name": "Ông Bịa"}
        ok(await school.head.post(f"{API}/incidents/{intake['incident_id']}/persons", body), 201)
        await self.check_raised(world, school, intake, referral)

    async def test_by_changing_a_person(self, world: World, school: StaffedUnit) -> None:
        intake, referral = await self.case(school)
        path = f"{API}/incidents/{intake['incident_id']}/persons"
        person = ok(await school.head.post(path, {"role": "witness", "kind": "staff"}), 201)
        assert (await school.head.incident(intake["incident_id"])).status_code == 200
        etag = await read_etag(school.head, f"{path}/{person['id']}")
        ok(await school.head.patch(f"{path}/{person['id']}", {"role": "accountable_manager"}, etag))
        await self.check_raised(world, school, intake, referral)

    async def test_the_intakes_linked_to_it_go_along(self, school: StaffedUnit, bureau_a: Client) -> None:
        intake, _ = await self.case(school)
        second = await school.head.create_intake(open_incident=False)
        link = {"incident_id": intake["incident_id"]}
        ok(await school.head.post(f"{API}/intakes/{second['id']}/link", link))
        accused = {"role": "instigator", "kind": "staff"}
        ok(await school.head.post(f"{API}/incidents/{intake['incident_id']}/persons", accused), 201)
        assert await list_ids(school.head, "intakes") == set()
        assert {intake["id"], second["id"]} <= await list_ids(bureau_a, "intakes", linked=True)

    async def test_teacher_loses_access_to_their_own_intake(self, school: StaffedUnit) -> None:
        intake = await school.teacher.create_intake()
        assert (await school.teacher.incident(intake["incident_id"])).status_code == 200
        accused = {"role": "perpetrator", "kind": "school_leader"}
        ok(await school.head.post(f"{API}/incidents/{intake['incident_id']}/persons", accused), 201)
        assert (await school.teacher.incident(intake["incident_id"])).status_code == 404

    async def test_share_with_the_accused_unit_is_revoked_and_cannot_be_repeated(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        other = await create_unit(world)
        intake, _ = await self.case(school)
        incident_id = intake["incident_id"]
        by_unit = ok(await share_incident(school.head, incident_id, 3, grantee_unit_id=other.id), 201)
        assert other.teacher.user_id is not None
        by_name = ok(await share_incident(bureau_a, incident_id, 3, grantee_user_id=other.teacher.user_id), 201)
        for grantee in (other.head, other.teacher):
            assert (await grantee.incident(incident_id)).status_code == 200
        accused = {"role": "cheered", "kind": "staff", "unit_id": str(other.id)}
        ok(await school.head.post(f"{API}/incidents/{incident_id}/persons", accused), 201)
        for grantee in (other.head, other.teacher):
            assert (await grantee.incident(incident_id)).status_code == 404
        assert (await school.head.incident(incident_id)).status_code == 200, "another unit's accused moves nothing"
        grants = ok(await bureau_a.get(f"{API}/incidents/{incident_id}/grants"))
        assert {g["id"] for g in grants if g["revoked_at"]} == {by_unit["id"], by_name["id"]}
        again = await share_incident(bureau_a, incident_id, 1, grantee_user_id=other.teacher.user_id)
        assert_problem(again, 422, "grantee_is_accused", "")


async def test_no_unit_is_accused_when_none_is_named(world: World, department: Client) -> None:
    before = await list_ids(department, "intakes", lane="unproven")
    await create_public_intake(world, school_name="Trường nào đó", narrative="Bịa", accused=accuse("staff"))
    (intake_id,) = await list_ids(department, "intakes", lane="unproven") - before
    opened = ok(await department.post(f"{API}/intakes/{intake_id}/incident"), 201)
    assert (opened["holder_id"], opened["unit_id"]) == (str(world.units["department"]), None)
    assert opened["held_by_superior"] is False


async def test_the_stored_path_of_a_raised_intake_is_the_holders(world: World, school: StaffedUnit) -> None:
    created = await school.head.create_intake(accused=accuse())
    async with world.runtime.work(ALL) as work:
        intake = await work.session.get(Intake, UUID(created["id"]))
        assert intake is not None
        assert intake.holder_id == world.units["bureau_a"]


async def test_linking_an_intake_that_accuses_the_head_raises_the_incident(
    world: World, school: StaffedUnit, bureau_a: Client
) -> None:
    existing = await school.counsellor.create_intake()
    accusation = await bureau_a.create_intake(unit_id=str(school.id), accused=accuse(), open_incident=False)
    assert accusation["held_by_superior"] is True
    ok(await bureau_a.post(f"{API}/intakes/{accusation['id']}/link", {"incident_id": existing["incident_id"]}))
    await assert_gone_from(school.head, existing["incident_id"], school.id)
    await assert_held_by(bureau_a, existing["incident_id"], world.units["bureau_a"])
