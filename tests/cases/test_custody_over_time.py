"""Where a case that accuses is held when units move, close or merge, and people change their places."""

import pytest

from app.core.vocabulary import SuccessionKind
from app.models.units import UnitSuccession
from app.security.access.scope import ALL
from tests.factories.accounts import transfer_user
from tests.factories.custody import accuse, create_unseen_report, read_holder
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.intakes import create_public_intake
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, close_unit, create_unit, schedule_unit_closure
from tests.world import Client, World


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
        await create_unseen_report(world, successor, former)
        assert await read_holder(world, successor) == successor.id
        await close_unit(world, former.id, successor.id)
        assert await read_holder(world, successor) == level.id

    async def test_report_that_staff_do_not_see_yet_is_not_moved_below_the_accused(
        self, world: World, school: StaffedUnit
    ) -> None:
        accused, head = await create_unit(world, "bureau", "department"), await world.client("so.head")
        await create_unseen_report(world, school, accused)
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
        raised = await school.counsellor.create_intake(accused=accuse())
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
        intake = await school.counsellor.create_intake(accused=accuse())
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
        later = await bureau_a.create_intake(unit_id=str(school.id), accused=accuse())
        assert_problem(await accused.incident(later["incident_id"]), 404, "not_found")
        other = await bureau_a.create_intake()
        assert (await accused.incident(other["incident_id"])).status_code == 200

    async def test_accused_who_is_promoted_does_not_see_unopened_intakes(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        who = {"consent": True, "name": "Người báo tin bịa", "phone": "0900000000"}
        form = {"unit_id": str(school.id), "narrative": "Bịa", "accused": accuse(), "informant": who}
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
        accusing = await bureau_a.create_intake(unit_id=str(school.id), accused=accuse())
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
