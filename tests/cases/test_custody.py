"""A case that accuses a unit's head or staff moves to the level above and is hidden from the unit."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.vocabulary import SuccessionKind
from app.models.intakes.intakes import Intake
from app.models.units import UnitSuccession
from app.security.access.scope import ALL
from tests.factories.accounts import transfer_user
from tests.factories.cases import count_incidents, set_severity
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.intakes import create_public_intake
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, close_unit, create_unit, schedule_unit_closure
from tests.world import Client, World

STAFF = pytest.mark.parametrize("kind", ["staff", "school_leader"])


def accuses(kind: str = "school_leader", **more: object) -> list[dict[str, object]]:
    return [{"kind": kind, **more}]


async def report_unseen(world: World, named: StaffedUnit, accused: StaffedUnit) -> None:
    """A stranger's report about one unit, of another's staff, that shows at the next moment of the grid."""
    form = {"accused": accuses("staff", unit_id=str(accused.id)), "narrative": "Bịa", "immediate_danger": False}
    await create_public_intake(world, unit_id=str(named.id), **form)


async def read_holder(world: World, named: StaffedUnit) -> UUID:
    """The holder of the only intake about a unit, whether staff see it yet or not."""
    async with world.runtime.work(ALL) as work:
        holder_id: UUID = (await work.session.scalars(select(Intake.holder_id).where(Intake.unit_id == named.id))).one()
        return holder_id


async def gone_from(client: Client, incident_id: str, unit_id: UUID, *referral_ids: str) -> None:
    """Neither by id, nor in a part, nor in a list, nor in a count."""
    path = f"{API}/incidents/{incident_id}"
    for part in ("", "/timeline", "/persons", "/severities", "/grants"):
        assert (await client.get(path + part)).status_code == 404, part
    for referral_id in referral_ids:
        for part in ("", "/handover-sheet"):
            assert (await client.get(f"{API}/referrals/{referral_id}{part}")).status_code == 404
    assert incident_id not in await list_ids(client, "incidents")
    assert incident_id not in await list_ids(client, "incidents", shared=True)
    assert not await list_ids(client, "referrals", incident_id=incident_id)
    assert await count_incidents(client, unit_id=str(unit_id)) == 0


async def held_by(client: Client, incident_id: str, holder: UUID) -> dict[str, Any]:
    incident: dict[str, Any] = ok(await client.incident(incident_id))
    assert incident["holder_id"] == str(holder)
    assert incident_id in await list_ids(client, "incidents")
    return incident


@STAFF
async def test_staff_intake_about_their_head_goes_to_the_level_above(
    world: World, school: StaffedUnit, bureau_a: Client, bureau_b: Client, kind: str
) -> None:
    intake = await school.counsellor.create_intake(accused=accuses(kind))
    assert (intake["visible"], intake["held_by_superior"]) == (False, True)
    await gone_from(school.head, intake["incident_id"], school.id)
    for own in (school.counsellor, school.head):
        assert (await own.incident(intake["incident_id"])).status_code == 404
        assert (await own.get(f"{API}/intakes/{intake['id']}")).status_code == 404
        assert intake["id"] not in await list_ids(own, "intakes")
    incident = await held_by(bureau_a, intake["incident_id"], world.units["bureau_a"])
    assert incident["held_by_superior"] is True
    assert ok(await bureau_a.get(f"{API}/intakes/{intake['id']}"))["incident_id"] == intake["incident_id"]
    assert (await bureau_b.incident(intake["incident_id"])).status_code == 404


async def test_teacher_cannot_see_an_intake_against_the_head(school: StaffedUnit) -> None:
    intake = await school.teacher.create_intake(accused=accuses())
    assert (intake["visible"], intake["held_by_superior"]) == (False, True)
    assert (await school.teacher.incident(intake["incident_id"])).status_code == 404


@STAFF
async def test_public_intake_about_a_head_goes_above_the_school(
    world: World, school: StaffedUnit, bureau_a: Client, kind: str
) -> None:
    before = await list_ids(bureau_a, "intakes", lane="unproven")
    await create_public_intake(world, unit_id=str(school.id), narrative="Bịa", accused=accuses(kind))
    (intake_id,) = await list_ids(bureau_a, "intakes", lane="unproven") - before
    intake = ok(await bureau_a.get(f"{API}/intakes/{intake_id}"))
    assert (intake["unit_id"], intake["holder_id"]) == (str(school.id), str(world.units["bureau_a"]))
    assert await list_ids(school.head, "intakes") == set()
    opened = ok(await bureau_a.post(f"{API}/intakes/{intake_id}/incident"), 201)
    assert opened["held_by_superior"] is True
    await gone_from(school.head, opened["id"], school.id)


async def test_a_high_schools_case_goes_to_the_department(
    world: World, high_school: Client, department: Client
) -> None:
    intake = await high_school.create_intake(accused=accuses())
    await held_by(department, intake["incident_id"], world.units["department"])
    assert (await high_school.incident(intake["incident_id"])).status_code == 404


async def test_an_accused_bureau_sees_no_more_of_its_schools_case(
    world: World, school: StaffedUnit, bureau_a: Client, department: Client
) -> None:
    intake = await school.head.create_intake(accused=accuses("staff", unit_id=str(world.units["bureau_a"])))
    await held_by(department, intake["incident_id"], world.units["department"])
    await gone_from(bureau_a, intake["incident_id"], school.id)


async def test_accused_pupil_does_not_move_the_case(school: StaffedUnit) -> None:
    intake = await school.head.create_intake(accused=accuses("pupil"))
    assert (intake["visible"], intake["held_by_superior"]) == (True, False)
    incident = await held_by(school.head, intake["incident_id"], school.id)
    assert incident["held_by_superior"] is False


async def test_accused_of_another_school_moves_nothing_but_cannot_receive_a_share(
    world: World, school: StaffedUnit, school_a2: Client, bureau_a: Client
) -> None:
    other = world.units["school_a2"]
    intake = await school.head.create_intake(accused=accuses("staff", unit_id=str(other)))
    assert intake["held_by_superior"] is False
    await held_by(school.head, intake["incident_id"], school.id)
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
        await gone_from(school.head, taken["incident_id"], school.id, referral["id"])
        bureau = await world.client("phong_a.officer")
        incident = await held_by(bureau, taken["incident_id"], world.units["bureau_a"])
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
    await create_public_intake(world, school_name="Trường nào đó", narrative="Bịa", accused=accuses("staff"))
    (intake_id,) = await list_ids(department, "intakes", lane="unproven") - before
    opened = ok(await department.post(f"{API}/intakes/{intake_id}/incident"), 201)
    assert (opened["holder_id"], opened["unit_id"]) == (str(world.units["department"]), None)
    assert opened["held_by_superior"] is False


async def test_the_stored_path_of_a_raised_intake_is_the_holders(world: World, school: StaffedUnit) -> None:
    created = await school.head.create_intake(accused=accuses())
    async with world.runtime.work(ALL) as work:
        intake = await work.session.get(Intake, UUID(created["id"]))
        assert intake is not None
        assert intake.holder_id == world.units["bureau_a"]


async def test_linking_an_intake_that_accuses_the_head_raises_the_incident(
    world: World, school: StaffedUnit, bureau_a: Client
) -> None:
    existing = await school.counsellor.create_intake()
    accusation = await bureau_a.create_intake(unit_id=str(school.id), accused=accuses(), open_incident=False)
    assert accusation["held_by_superior"] is True
    ok(await bureau_a.post(f"{API}/intakes/{accusation['id']}/link", {"incident_id": existing["incident_id"]}))
    await gone_from(school.head, existing["incident_id"], school.id)
    await held_by(bureau_a, existing["incident_id"], world.units["bureau_a"])


class TestCustodyAfterUnitChanges:
    """Custody is judged again where people or units move: found by an attack on the first release."""

    async def test_transferred_user_loses_personal_shares(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        other = await create_unit(world)
        intake = await school.head.create_intake()
        assert other.teacher.user_id is not None
        ok(await share_incident(bureau_a, intake["incident_id"], 3, grantee_user_id=other.teacher.user_id), 201)
        again = await transfer_user(world, other.teacher, school.id, "homeroom_teacher")
        assert (await again.incident(intake["incident_id"])).status_code == 404

    async def test_school_moved_below_the_accused_unit_hides_its_case_from_it(
        self, world: World, school: StaffedUnit
    ) -> None:
        accused = await create_unit(world, "bureau", "department")
        intake = await school.head.create_intake(accused=[{"kind": "staff", "unit_id": str(accused.id)}])
        waiting = await school.head.create_intake(
            accused=[{"kind": "staff", "unit_id": str(accused.id)}], open_incident=False
        )
        head = await world.client("so.head")
        path = f"{API}/units/{school.id}"
        body = {"parent_id": str(accused.id), "effective_on": "2026-11-01", "decision_number": "09/QĐ-MẪU"}
        ok(await head.post(f"{path}/moves", body, headers={"If-Match": await read_etag(head, path)}), 201)
        assert (await accused.officer.incident(intake["incident_id"])).status_code == 404
        for hidden in (intake, waiting):
            assert (await accused.officer.get(f"{API}/intakes/{hidden['id']}")).status_code == 404
        assert ok(await head.get(f"{API}/intakes/{waiting['id']}"))["holder_id"] == str(world.units["department"])
        assert ok(await head.incident(intake["incident_id"]))["held_by_superior"] is True

    async def test_report_that_staff_do_not_see_yet_goes_above_the_successor_too(self, world: World) -> None:
        level = await create_unit(world, "bureau", "department")
        former, successor = await create_unit(world, under=level.id), await create_unit(world, under=level.id)
        await report_unseen(world, successor, former)
        assert await read_holder(world, successor) == successor.id
        await close_unit(world, former.id, successor.id)
        assert await read_holder(world, successor) == level.id

    async def test_report_that_staff_do_not_see_yet_is_not_moved_below_the_accused(
        self, world: World, school: StaffedUnit
    ) -> None:
        accused, head = await create_unit(world, "bureau", "department"), await world.client("so.head")
        await report_unseen(world, school, accused)
        path = f"{API}/units/{school.id}"
        body = {"parent_id": str(accused.id), "effective_on": "2026-11-01", "decision_number": "09/QĐ-MẪU"}
        ok(await head.post(f"{path}/moves", body, headers={"If-Match": await read_etag(head, path)}), 201)
        assert await read_holder(world, school) == world.units["department"]

    async def test_the_successor_of_an_accused_unit_is_accused(self, world: World, bureau_a: Client) -> None:
        former, successor = await create_unit(world), await create_unit(world)
        async with world.runtime.work(ALL) as work:
            work.session.add(
                UnitSuccession(
                    from_id=former.id,
                    to_id=successor.id,
                    kind=SuccessionKind.MERGE,
                    effective_on=work.today,
                    decision_number="10/QĐ-MẪU",
                    recorded_at=work.now,
                )
            )
            await work.commit()
        accused = [{"kind": "school_leader", "unit_id": str(former.id)}]
        intake = await bureau_a.create_intake(unit_id=str(successor.id), accused=accused)
        assert intake["held_by_superior"] is True
        assert (await successor.head.incident(intake["incident_id"])).status_code == 404
        elsewhere = await bureau_a.create_intake(accused=accused)
        shared = await share_incident(bureau_a, elsewhere["incident_id"], 1, grantee_unit_id=successor.id)
        assert_problem(shared, 422, "grantee_is_accused", "")

    @pytest.mark.parametrize("successor", ["bureau", "department"])
    async def test_level_above_as_successor_is_not_accused(
        self, world: World, successor: str, department: Client
    ) -> None:
        """A case that accuses a closed school always has a holder that sees it, regardless of the successor."""
        bureau = await create_unit(world, "bureau", "department")
        school = await create_unit(world, under=bureau.id)
        accuses = [{"kind": "school_leader", "unit_id": str(school.id)}]
        before = await bureau.officer.create_intake(unit_id=str(school.id), accused=accuses)
        heir = bureau.id if successor == "bureau" else world.units["department"]
        await close_unit(world, school.id, heir)
        after = await bureau.officer.create_intake(unit_id=str(school.id), accused=accuses)
        for intake in (before, after):
            witness = {"role": "witness", "kind": "pupil"}
            path = f"{API}/incidents/{intake['incident_id']}"
            ok(await bureau.officer.post(f"{path}/persons", witness), 201)
            for sees in (bureau.officer, department):
                assert (await sees.get(path)).status_code == 200

    async def test_a_closed_level_above_is_passed_over(self, world: World, department: Client) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school = await create_unit(world, under=bureau.id)
        await schedule_unit_closure(world, bureau.id, in_days=0)
        intake = await school.head.create_intake(accused=[{"kind": "school_leader"}])
        assert intake["held_by_superior"] is True
        (seen,) = [
            await department.incident(key) for key in await list_ids(department, "incidents", unit_id=str(school.id))
        ]
        assert ok(seen)["holder_id"] == str(world.units["department"])

    async def test_accusing_the_highest_level_does_not_hide_a_case(
        self, world: World, school: StaffedUnit, department: Client
    ) -> None:
        intake = await school.head.create_intake()
        path = f"{API}/incidents/{intake['incident_id']}"
        accused = {"role": "perpetrator", "kind": "staff", "unit_id": str(world.units["department"])}
        ok(await school.head.post(f"{path}/persons", accused), 201)
        assert (await department.get(path)).status_code == 200

    async def test_an_intake_linked_to_a_raised_case_goes_up_with_it(
        self, school: StaffedUnit, bureau_a: Client
    ) -> None:
        own = await school.head.create_intake(open_incident=False)
        raised = await school.counsellor.create_intake(accused=accuses())
        case = (await list_ids(bureau_a, "incidents", unit_id=str(school.id))) - {own["id"]}
        assert raised["held_by_superior"] is True
        (incident_id,) = case
        ok(await bureau_a.post(f"{API}/intakes/{own['id']}/link", {"incident_id": incident_id}))
        assert_problem(await school.head.post(f"{API}/intakes/{own['id']}/incident"), 404, "not_found")
        assert own["id"] not in await list_ids(school.head, "intakes")

    async def test_cached_answer_is_not_replayed_after_access_is_lost(self, school: StaffedUnit) -> None:
        intake = await school.counsellor.create_intake(narrative="Chuyện bịa")
        path = f"{API}/incidents/{intake['incident_id']}"
        headers = {"If-Match": await read_etag(school.counsellor, path), "Idempotency-Key": "lap-lai-1"}
        ok(await school.counsellor.post(f"{path}/transitions", {"action": "acknowledge"}, headers=headers))
        repeated = await school.counsellor.post(f"{path}/transitions", {"action": "acknowledge"}, headers=headers)
        assert repeated.headers["Idempotent-Replayed"] == "true"
        accused = {"role": "perpetrator", "kind": "school_leader"}
        ok(await school.head.post(f"{path}/persons", accused), 201)
        again = await school.counsellor.post(f"{path}/transitions", {"action": "acknowledge"}, headers=headers)
        assert_problem(again, 404, "not_found")

    async def test_an_accused_who_is_promoted_does_not_meet_the_case_against_them(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        intake = await school.counsellor.create_intake(accused=accuses())
        (incident_id,) = await list_ids(bureau_a, "incidents", unit_id=str(school.id))
        assert intake["held_by_superior"] is True
        accused = await transfer_user(world, school.head, world.units["bureau_a"], "bureau_officer")
        path = f"{API}/incidents/{incident_id}"
        for part in ("", "/timeline", "/persons", "/clocks", "/cases", "/severities"):
            assert_problem(await accused.get(path + part), 404, "not_found")
        assert incident_id not in await list_ids(accused, "incidents")
        assert incident_id not in {c["incident_id"] for c in ok(await accused.get(f"{API}/clocks?limit=500"))["items"]}
        step = {"action": "dismiss", "dismissal_reason": "unfounded", "reason": "x"}
        tried = await accused.post(f"{path}/transitions", step, headers={"If-Match": '"1.3"'})
        assert_problem(tried, 404, "not_found")
        assert intake["id"] not in await list_ids(accused, "intakes")
        assert (await bureau_a.get(path)).status_code == 200
        later = await bureau_a.create_intake(unit_id=str(school.id), accused=accuses())
        assert_problem(await accused.incident(later["incident_id"]), 404, "not_found")
        other = await bureau_a.create_intake()
        assert (await accused.incident(other["incident_id"])).status_code == 200

    async def test_accused_who_is_promoted_does_not_see_unopened_intakes(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        who = {"consent": True, "name": "Người báo tin bịa", "phone": "0900000000"}
        form = {"unit_id": str(school.id), "narrative": "Bịa", "accused": accuses(), "informant": who}
        before = await list_ids(bureau_a, "intakes", linked=False)
        await create_public_intake(world, **form)
        (intake_id,) = await list_ids(bureau_a, "intakes", linked=False) - before
        path, unheard = f"{API}/intakes/{intake_id}", {"reason": "thử", "text": "hãy rút lại"}
        accused = await transfer_user(world, school.head, world.units["bureau_a"], "bureau_officer")
        assert intake_id not in await list_ids(accused, "intakes")
        for part in ("", "/messages", "/similar", "/informant/openings"):
            assert_problem(await accused.get(path + part), 404, "not_found")
        for part, body in (("/informant", "reason"), ("/messages", "text")):
            assert_problem(await accused.post(path + part, {body: unheard[body]}), 404, "not_found")
        assert_problem(await accused.post(f"{path}/incident"), 404, "not_found")
        clocks = ok(await accused.get(f"{API}/clocks", params={"limit": 500}))["items"]
        assert intake_id not in {clock["intake_id"] for clock in clocks}
        assert (await bureau_a.get(path)).status_code == 200
        assert (await bureau_a.get(f"{path}/messages")).status_code == 200

    async def test_accused_who_is_promoted_does_not_see_merged_intakes(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        accusing = await bureau_a.create_intake(unit_id=str(school.id), accused=accuses())
        other = await bureau_a.create_intake(unit_id=str(school.id))
        survivor, absorbed = other["incident_id"], accusing["incident_id"]
        path = f"{API}/incidents/{survivor}"
        body = {
            "incident_id": absorbed,
            "etag": await read_etag(bureau_a, f"{API}/incidents/{absorbed}"),
            "reason": "Bịa",
        }
        ok(await bureau_a.post(f"{path}/merges", body, headers={"If-Match": await read_etag(bureau_a, path)}), 201)
        accused = await transfer_user(world, school.head, world.units["bureau_a"], "bureau_officer")
        for incident_id in (survivor, absorbed):
            assert_problem(await accused.incident(incident_id), 404, "not_found")
            assert incident_id not in await list_ids(accused, "incidents")
        for intake in (accusing, other):
            assert_problem(await accused.get(f"{API}/intakes/{intake['id']}"), 404, "not_found")
        assert (await bureau_a.incident(survivor)).status_code == 200

    async def test_a_request_about_the_case_goes_up_with_it(self, school: StaffedUnit, bureau_a: Client) -> None:
        intake = await school.head.create_intake()
        asked = {
            "kind": "access",
            "requester": "representative",
            "child_is_seven": True,
            "identity": {"name": "Phụ huynh bịa"},
            "statement": "Bịa",
            "incident_id": intake["incident_id"],
        }
        keyed = {"Idempotency-Key": "yeu-cau-1"}
        request = ok(await school.head.post(f"{API}/subject-requests", asked, headers=keyed), 201)
        path = f"{API}/subject-requests/{request['id']}"
        accused = {"role": "perpetrator", "kind": "school_leader"}
        ok(await school.head.post(f"{API}/incidents/{intake['incident_id']}/persons", accused), 201)
        assert_problem(await school.head.get(path), 404, "not_found")
        assert request["id"] not in await list_ids(school.head, "subject-requests")
        assert_problem(await school.head.post(f"{API}/subject-requests", asked, headers=keyed), 404, "not_found")
        assert ok(await bureau_a.get(path))["statement"] == "Bịa"
