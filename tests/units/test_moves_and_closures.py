"""Units move and close from a day on, and take along what they hold."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core import time
from app.core.ids import new_id
from app.models.intakes.intakes import Intake
from app.repositories.accounts import UserRepository
from app.security.access.scope import ALL
from app.services.cases.unit_places import UnitPlaces
from app.services.units import UnitService
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.unit_changes import (
    DECISION,
    YESTERDAY,
    act_on_unit,
    create_administrator,
    found_unit,
    move_unit,
    read_org_path,
    read_unit_as_of,
    unit_path,
)
from tests.factories.units import create_unit
from tests.world import Client, World


class TestMovingASchool:
    async def test_everything_it_holds_moves_to_the_new_bureau(
        self, world: World, head: Client, bureau_a: Client, bureau_b: Client, department: Client
    ) -> None:
        school = await create_unit(world)
        partner = await world.client("congan.partner")
        intake = await school.head.create_intake(children=[{"estimated_age": 9}])
        referral = await create_referral(school.head, intake["incident_id"])
        ok(await share_incident(school.head, intake["incident_id"], 2, grantee_unit_id=world.units["agency"]), 201)
        parts = [
            f"{API}/incidents/{intake['incident_id']}",
            f"{API}/incidents/{intake['incident_id']}/persons",
            f"{API}/intakes/{intake['id']}",
            f"{API}/referrals/{referral['id']}",
            f"{API}/users/{school.head.user_id}",
        ]
        for part in parts:
            assert [(await c.get(part)).status_code for c in (bureau_a, bureau_b)] == [200, 404], part
        moved = ok(await move_unit(head, school.id, world.units["bureau_b"]), 201)
        assert moved["parent_id"] == str(world.units["bureau_b"])
        for part in parts:
            assert [(await c.get(part)).status_code for c in (bureau_a, bureau_b)] == [404, 200], part
            assert (await department.get(part)).status_code == 200, part
        for own in (school.head, partner):
            assert (await own.incident(intake["incident_id"])).status_code == 200
        for what, key in (
            ("incidents", intake["incident_id"]),
            ("intakes", intake["id"]),
            ("referrals", referral["id"]),
        ):
            assert key in await list_ids(bureau_b, what)
            assert key not in await list_ids(bureau_a, what)

    async def test_later_incidents_belong_to_the_new_bureau(self, world: World, head: Client, bureau_b: Client) -> None:
        school = await create_unit(world)
        ok(await move_unit(head, school.id, world.units["bureau_b"]), 201)
        intake = await school.head.create_intake()
        assert (await bureau_b.incident(intake["incident_id"])).status_code == 200

    async def test_before_the_day_it_stood_under_the_old_one(self, world: World, head: Client) -> None:
        school = await create_unit(world)
        ok(await move_unit(head, school.id, world.units["bureau_b"], "2025-07-01"), 201)
        for day, parent in (("2025-06-30", "bureau_a"), ("2025-07-01", "bureau_b")):
            assert (await read_unit_as_of(head, school.id, day))["parent_id"] == str(world.units[parent])
        history = ok(await head.get(f"{unit_path(school.id)}/history"))
        governed = [(e["parent_id"], e["valid_to"]) for e in history["edges"] if e["relation"] == "administrative"]
        assert governed == [(str(world.units["bureau_a"]), "2025-07-01"), (str(world.units["bureau_b"]), None)]

    async def test_the_professional_line_moves_no_case(self, world: World, head: Client, bureau_b: Client) -> None:
        school = await create_unit(world)
        intake = await school.head.create_intake()
        moved = ok(await move_unit(head, school.id, world.units["bureau_b"], relation="professional"), 201)
        assert moved["professional_parent_id"] == str(world.units["bureau_b"])
        assert (await bureau_b.incident(intake["incident_id"])).status_code == 404

    async def test_only_by_a_level_above_both_ends(self, world: World, head: Client) -> None:
        school = await create_unit(world)
        other = await world.client("so2.head")
        assert (await move_unit(other, school.id, world.units["department_2"])).status_code == 403
        assert (await move_unit(head, school.id, world.units["department_2"])).status_code == 403
        assert (await read_unit_as_of(head, school.id, YESTERDAY))["parent_id"] == str(world.units["bureau_a"])

    async def test_an_intake_that_remembers_the_old_place_is_recorded_at_the_new(
        self, world: World, head: Client, bureau_a: Client, bureau_b: Client, department: Client
    ) -> None:
        school = await create_unit(world)
        remembered = await department.create_intake(unit_id=str(school.id))
        ok(await move_unit(head, school.id, world.units["bureau_b"]), 201)
        assert school.id in world.runtime.cache(UnitPlaces).places
        body = {"source_channel": "in_person", "narrative": "Chuyện bịa để thử", "unit_id": str(school.id)}
        answers = [
            ok(await department.post(f"{API}/intakes", body, headers={"Idempotency-Key": str(new_id())}), 201)
            for _ in range(2)
        ]
        for intake in (remembered, *answers):
            path = f"{API}/intakes/{intake['id']}"
            assert [(await c.get(path)).status_code for c in (bureau_a, bureau_b)] == [404, 200]
        async with world.runtime.work(ALL, write=False) as work:
            written = await work.session.scalars(select(Intake.id).where(Intake.unit_id == school.id))
            assert len(set(written)) == 3, "the first attempt leaves nothing"

    async def test_not_before_its_last_move(self, world: World, head: Client) -> None:
        school = await create_unit(world)
        early = await move_unit(head, school.id, world.units["bureau_b"], "2021-09-01")
        assert_problem(early, 422, "not_after_last_change", "/effective_on")


@pytest.mark.usefixtures("nested_bureaus")
class TestMovingABureau:
    async def test_its_schools_follow(self, world: World, head: Client, department: Client) -> None:
        under, moved = (
            await create_unit(world, "bureau", "department"),
            await create_unit(world, "bureau", "department"),
        )
        school = await create_unit(world, "school", moved.id)
        intake = await school.head.create_intake()
        ok(await move_unit(head, moved.id, under.id), 201)
        for sees in (under.officer, moved.officer, school.head, department):
            assert (await sees.incident(intake["incident_id"])).status_code == 200
        assert (await read_org_path(world, school.id)).startswith(await read_org_path(world, under.id))

    async def test_never_below_itself(self, world: World, head: Client) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school = await create_unit(world, "school", bureau.id)
        for below in (school.id, bureau.id):
            assert_problem(await move_unit(head, bureau.id, below), 422, "cycle", "/parent_id")

    async def test_nor_below_what_will_stand_below_it(self, world: World, head: Client) -> None:
        one, two = await create_unit(world, "bureau", "department"), await create_unit(world, "bureau", "department")
        soon, later = ((time.today() + timedelta(days=days)).isoformat() for days in (5, 9))
        ok(await move_unit(head, one.id, two.id, soon), 201)
        assert_problem(await move_unit(head, two.id, one.id, later), 422, "cycle", "/parent_id")


async def settled_on(world: World, day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    noon = datetime.combine(day, datetime.min.time(), time.VIETNAM) + timedelta(hours=12)
    with monkeypatch.context() as patched:
        patched.setattr(time, "utc_now", lambda: noon)
        async with world.runtime.work(ALL) as work:
            await UnitService(work).settle()
            await work.commit()


async def test_a_move_of_the_future_waits_for_its_day(
    world: World, head: Client, bureau_a: Client, bureau_b: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = await create_unit(world)
    intake = await school.head.create_intake()
    day = time.today() + timedelta(days=3)
    ok(await move_unit(head, school.id, world.units["bureau_b"], day.isoformat()), 201)
    before = await read_org_path(world, school.id)
    for waits in (time.today(), day - timedelta(days=1)):
        await settled_on(world, waits, monkeypatch)
        assert await read_org_path(world, school.id) == before
        assert [(await c.incident(intake["incident_id"])).status_code for c in (bureau_a, bureau_b)] == [200, 404]
    await settled_on(world, day, monkeypatch)
    assert (await read_org_path(world, school.id)).startswith(await read_org_path(world, world.units["bureau_b"]))
    assert [(await c.incident(intake["incident_id"])).status_code for c in (bureau_a, bureau_b)] == [404, 200]
    async with world.runtime.work(ALL) as work:
        assert school.head.user_id is not None
        users_path = (await UserRepository(work.session).get(school.head.user_id)).org_path
    assert users_path == await read_org_path(world, school.id)


class TestClosing:
    async def test_a_closed_unit_is_known_before_its_day_and_not_after(self, world: World, head: Client) -> None:
        school, successor = await create_unit(world), await create_unit(world)
        intake = await school.head.create_intake()
        body = {"effective_on": "2025-07-01", "successor_ids": [str(successor.id)], "kind": "merge"}
        ok(await act_on_unit(head, school.id, "closure", **body), 204)
        before = await read_unit_as_of(head, school.id, "2025-06-30")
        assert before["closed_on"] == "2025-07-01"
        assert (await head.get(unit_path(school.id), params={"as_of": "2025-07-01"})).status_code == 404
        for unit in (school, successor):
            (became,) = ok(await head.get(f"{unit_path(unit.id)}/history"))["successions"]
            assert (became["from_id"], became["to_id"], became["kind"]) == (str(school.id), str(successor.id), "merge")
        bureau = await world.client("phong_a.officer")
        assert (await bureau.incident(intake["incident_id"])).status_code == 200, "its records stay"

    async def test_not_while_units_stand_below_it(self, world: World, head: Client) -> None:
        bureau = await create_unit(world, "bureau", "department")
        await create_unit(world, "school", bureau.id)
        assert_problem(await act_on_unit(head, bureau.id, "closure", effective_on="2025-07-01"), 409, "wrong_state")

    async def test_closed_unit_cannot_be_changed(self, world: World, head: Client) -> None:
        school = await create_unit(world)
        seen = await read_etag(head, unit_path(school.id))
        ok(await act_on_unit(head, school.id, "closure", effective_on=YESTERDAY), 204)
        seen = f'"{int(seen.strip(chr(34))) + 1}"'
        bodies = {
            "versions": {"name_vi": "Tên khác"},
            "moves": {"parent_id": str(world.units["bureau_b"])},
            "closure": {},
        }
        for what, body in bodies.items():
            day = time.today().isoformat()
            again = body | DECISION | {"effective_on": day}
            assert_problem(
                await head.post(f"{unit_path(school.id)}/{what}", again, headers={"If-Match": seen}), 409, "wrong_state"
            )
        assert_problem(await found_unit(head, school.id), 422, "unknown_unit", "/parent_id")

    async def test_not_before_its_last_change_nor_into_the_unknown(self, world: World, head: Client) -> None:
        school = await create_unit(world)
        early = await act_on_unit(head, school.id, "closure", effective_on="2021-09-01")
        assert_problem(early, 422, "not_after_last_change", "/effective_on")
        nowhere = ["01900000-0000-7000-8000-000000000000"]
        lost = await act_on_unit(head, school.id, "closure", effective_on="2025-07-01", successor_ids=nowhere)
        assert_problem(lost, 422, "unknown_unit", "/successor_ids")

    async def test_only_by_the_level_above(self, world: World) -> None:
        school = await create_unit(world)
        other = await world.client("so2.head")
        assert (await act_on_unit(other, school.id, "closure", effective_on="2025-07-01")).status_code == 403

    async def test_successor_must_be_in_the_callers_subtree(self, world: World, head: Client) -> None:
        """The successor receives the cases that accuse the closed unit's staff."""
        school, bureau = await create_unit(world), await create_administrator(world, world.units["bureau_a"])
        for who, successor in ((bureau, "bureau_b"), (bureau, "department"), (head, "department_2")):
            body = {"effective_on": YESTERDAY, "successor_ids": [str(world.units[successor])]}
            assert_problem(await act_on_unit(who, school.id, "closure", **body), 403, "forbidden")
        ok(
            await act_on_unit(
                bureau, school.id, "closure", effective_on=YESTERDAY, successor_ids=[str((await create_unit(world)).id)]
            ),
            204,
        )

    async def test_school_cannot_gain_a_case_by_naming_its_bureau_successor(
        self, world: World, bureau_a: Client
    ) -> None:
        school = await create_unit(world)
        intake = await bureau_a.create_intake(unit_id=str(school.id), accused=[{"kind": "staff"}])
        own = await create_administrator(world, school.id)
        body = {"effective_on": YESTERDAY, "successor_ids": [str(world.units["bureau_a"])], "kind": "merge"}
        assert_problem(await act_on_unit(own, school.id, "closure", **body), 403, "forbidden")
        path = f"{API}/incidents/{intake['incident_id']}"
        ok(await bureau_a.post(f"{path}/persons", {"role": "witness", "kind": "pupil"}), 201)
        assert (await bureau_a.get(path)).status_code == 200
