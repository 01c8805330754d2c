"""Forwarding an intake is a decision of custody: it ends with the unit that custody decides on."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.models.audit import AuditEntry
from app.repositories.cases.clocks import ClockRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.units import UnitRepository
from app.security.access.scope import ALL
from tests.factories.attachments import create_attachment
from tests.factories.cases import escalate_overdue_clocks, set_severity, transition
from tests.factories.forwardings import create_unplaced_intake, forward, hand_back, reads
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.intakes import RECEIPTS, read_thread, reply_to_reporter, write_by_receipt
from tests.factories.units import StaffedUnit, close_unit, create_unit
from tests.isolation.actors import fresh_user
from tests.world import Client, World

NOWHERE = "01900000-0000-7000-8000-000000000000"
STAFF = [{"kind": "school_leader"}]


async def accused_units(world: World, intake_id: str) -> set[UUID]:
    async with world.runtime.work(ALL) as work:
        return await IntakeRepository(work.session).accused_units(UUID(intake_id))


async def due_times(world: World, intake_id: str) -> list[tuple[str, object, object]]:
    async with world.runtime.work(ALL) as work:
        clocks = await ClockRepository(work.session).of_intake(UUID(intake_id))
        return [(clock.rule_code, clock.started_at, clock.due_at) for clock in clocks]


async def hears_of(client: Client, intake_id: str) -> bool:
    notices = await list_items(client, "notices")
    return any(n["kind"] == "intake_forwarded" and n["data"]["intake_id"] == intake_id for n in notices)


async def test_an_anonymous_intake_goes_to_the_school_that_it_names(
    world: World, school: StaffedUnit, department: Client, bureau_a: Client, school_b1: Client
) -> None:
    informant = {"consent": True, "name": "Người Báo Bịa"}
    receipt, intake_id = await create_unplaced_intake(world, department, informant=informant)
    ok(await write_by_receipt(world, receipt, "Lời em bịa"), 201)
    before = await due_times(world, intake_id)
    assert not await reads(school.head, intake_id)
    answer = ok(await forward(department, intake_id, school.id))
    assert answer == {"visible": True, "held_by_superior": False}
    assert [await reads(each, intake_id) for each in (school.head, bureau_a, department)] == [True] * 3
    assert not await reads(school_b1, intake_id)
    assert [m["text"] for m in ok(await school.head.get(f"{API}/intakes/{intake_id}/messages"))] == ["Lời em bịa"]
    ok(await school.head.post(f"{API}/intakes/{intake_id}/informant", {"reason": "Bịa"}))
    assert await due_times(world, intake_id) == before != []
    assert [await hears_of(each, intake_id) for each in (school.head, bureau_a, school_b1)] == [True, True, False]
    (row,) = ok(await school.head.get(f"{API}/intakes/{intake_id}/forwardings"))
    assert (row["unit_id"], row["from_unit_id"], row["to_unit_id"], row["reason"]) == (
        str(school.id),
        str(world.units["department"]),
        str(school.id),
        "Bịa: nêu tên đơn vị này",
    )
    incident = ok(await school.head.post(f"{API}/intakes/{intake_id}/incident"), 201)
    assert (incident["unit_id"], incident["held_by_superior"]) == (str(school.id), False)


async def test_the_reporter_sees_that_it_was_forwarded_and_not_where(
    world: World, school: StaffedUnit, department: Client
) -> None:
    receipt, intake_id = await create_unplaced_intake(world, department)
    status = ok(await world.anonymous.post(f"{RECEIPTS}/status", {"receipt": receipt}))
    assert (status["forwarded"], status["forwarded_label"]) == (False, None)
    ok(await forward(department, intake_id, school.id))
    status = ok(await world.anonymous.post(f"{RECEIPTS}/status", {"receipt": receipt}))
    assert (status["state"], status["forwarded"]) == ("received", True)
    for language, text in (("vi", "chuyển đến nơi có trách nhiệm"), ("en", "passed on to those responsible")):
        thread = await read_thread(world, receipt, language)
        (told,) = [entry["text"] for entry in thread if entry["code"] == "forwarded"]
        assert text in told
        assert "thử" not in told
    ok(await reply_to_reporter(school.head, intake_id, "Bịa: đã nhận"), 201)
    assert [e["text"] for e in await read_thread(world, receipt) if e["kind"] == "staff"] == ["Bịa: đã nhận"]


async def test_without_the_confirmation_the_level_above_the_school_receives_it(
    world: World, school: StaffedUnit, department: Client, bureau_a: Client
) -> None:
    _, intake_id = await create_unplaced_intake(world, department)
    answer = ok(await forward(department, intake_id, school.id, accuses_nobody=False))
    assert answer == {"visible": True, "held_by_superior": True}
    assert [await reads(each, intake_id) for each in (school.head, bureau_a)] == [False, True]
    assert [await hears_of(each, intake_id) for each in (school.head, bureau_a, department)] == [False, True, True]
    # The level above has read it, and confirms.
    ok(await forward(bureau_a, intake_id, school.id))
    assert await reads(school.head, intake_id)


async def test_an_accused_head_never_reads_it(
    world: World, school: StaffedUnit, department: Client, bureau_a: Client
) -> None:
    """Staff accused without a unit count as the staff of the unit that the words name."""
    _, intake_id = await create_unplaced_intake(world, department, accused=STAFF)
    answer = ok(await forward(department, intake_id, school.id))
    assert answer == {"visible": True, "held_by_superior": True}
    assert [await reads(each, intake_id) for each in (school.head, bureau_a)] == [False, True]
    assert await accused_units(world, intake_id) == {school.id}
    assert not await hears_of(school.head, intake_id)
    # Nor after another attempt, by the level that holds it now.
    answer = ok(await forward(bureau_a, intake_id, school.id))
    assert answer == {"visible": True, "held_by_superior": True}
    assert not await reads(school.head, intake_id)
    incident = ok(await bureau_a.post(f"{API}/intakes/{intake_id}/incident"), 201)
    assert incident["held_by_superior"]
    assert (await school.head.incident(incident["id"])).status_code == 404


async def test_an_accused_bureau_leaves_it_with_the_department(
    world: World, department: Client, bureau_a: Client
) -> None:
    _, intake_id = await create_unplaced_intake(world, department, accused=[{"kind": "staff"}])
    assert ok(await forward(department, intake_id, world.units["bureau_a"]))["held_by_superior"]
    assert [await reads(each, intake_id) for each in (bureau_a, department)] == [False, True]


async def test_a_school_forwards_a_report_about_another_school_and_reads_it_no_more(
    world: World, school: StaffedUnit, school_b1: Client, bureau_a: Client, bureau_b: Client
) -> None:
    intake = await school.head.create_intake(open_incident=False)
    answer = ok(await forward(school.head, intake["id"], world.units["school_b1"]))
    assert answer == {"visible": False, "held_by_superior": False}
    readers = (school.head, bureau_a, school_b1, bureau_b)
    assert [await reads(each, intake["id"]) for each in readers] == [False, False, True, True]
    assert_problem(await forward(school.head, intake["id"], school.id), 404, "not_found")


async def test_of_a_closed_school_the_successor_receives_it(world: World, department: Client) -> None:
    closed, heir, other = [await create_unit(world) for _ in range(3)]
    await close_unit(world, closed.id, heir.id)
    _, intake_id = await create_unplaced_intake(world, department)
    ok(await forward(department, intake_id, closed.id))
    assert [await reads(each.head, intake_id) for each in (heir, other)] == [True, False]
    # What accuses the staff of the closed school accuses those who came from it.
    _, intake_id = await create_unplaced_intake(world, department, accused=STAFF)
    assert ok(await forward(department, intake_id, closed.id))["held_by_superior"]
    assert not await reads(heir.head, intake_id)


async def test_a_unit_that_receives_no_intakes_is_refused(
    world: World, school: StaffedUnit, department: Client
) -> None:
    _, intake_id = await create_unplaced_intake(world, department)
    closed, heir = await create_unit(world), await create_unit(world)
    await close_unit(world, closed.id, heir.id, school.id)
    for unit_id, code in (
        (NOWHERE, "unknown_unit"),
        (world.units["agency"], "no_case_unit"),
        (closed.id, "unit_closed"),
        (world.units["department"], "holds_it_now"),
    ):
        assert_problem(await forward(department, intake_id, unit_id), 422, code, "/unit_id")
    assert [await reads(each, intake_id) for each in (department, school.head)] == [True, False]


async def test_what_the_reporter_writes_later_reaches_the_receiver(
    world: World, school: StaffedUnit, department: Client, bureau_b: Client
) -> None:
    receipt, intake_id = await create_unplaced_intake(world, department)
    ok(await forward(department, intake_id, school.id))
    ok(await write_by_receipt(world, receipt, "Lời em bịa thêm"), 201)
    assert ok(await school.head.get(f"{API}/intakes/{intake_id}"))["unread_messages"] == 1
    assert (await bureau_b.get(f"{API}/intakes/{intake_id}/messages")).status_code == 404


async def test_a_level_that_no_longer_sees_it_is_notified(
    world: World, school: StaffedUnit, bureau_a: Client, bureau_b: Client
) -> None:
    intake = await school.head.create_intake(open_incident=False)
    ok(await forward(school.head, intake["id"], world.units["school_b1"]))
    assert [await hears_of(each, intake["id"]) for each in (bureau_a, bureau_b, school.head)] == [True, True, False]


async def test_the_audit_log_names_both_sides(world: World, school: StaffedUnit, department: Client) -> None:
    _, intake_id = await create_unplaced_intake(world, department)
    ok(await forward(department, intake_id, school.id))
    async with world.runtime.work(ALL, write=False) as work:
        rows = await work.session.scalars(select(AuditEntry).where(AuditEntry.about == "forward_intake"))
        bodies = [json.loads(row.body) for row in rows if intake_id in row.body]
    (entry,) = [body for body in bodies if intake_id in body["subjects"]]
    assert entry["acts"] == [
        {"act": "forwarded_from", "subject": str(world.units["department"])},
        {"act": "forwarded_to", "subject": str(school.id)},
    ]


async def test_the_auditor_of_an_accused_school_does_not_see_who_forwarded(
    world: World, school: StaffedUnit, bureau_b: Client
) -> None:
    intake = await school.head.create_intake(open_incident=False)
    ok(await forward(school.head, intake["id"], world.units["school_b1"], accuses_nobody=False))
    assert await reads(bureau_b, intake["id"])
    own, above = [await fresh_user(world, unit, "auditor") for unit in ("school_b1", "bureau_b")]
    seen = [str(await list_items(each, "audit/entries", about="forward_intake")) for each in (own, above)]
    assert [intake["id"] in entries for entries in seen] == [False, True]


async def test_a_missed_clock_stays_missed(world: World, school: StaffedUnit, department: Client) -> None:
    _, intake_id = await create_unplaced_intake(world, department)
    async with world.runtime.work(ALL) as work:
        for clock in await ClockRepository(work.session).of_intake(UUID(intake_id)):
            clock.due_at = work.now - timedelta(hours=1)
        await work.commit()
    await escalate_overdue_clocks(world)
    ok(await forward(department, intake_id, school.id))
    async with world.runtime.work(ALL) as work:
        assert (
            await ClockRepository(work.session).late_intakes(
                (await UnitRepository(work.session).get(school.id)).org_path
            )
            == 1
        )


async def test_only_the_holder_forwards_it(school: StaffedUnit, school_b1: Client, world: World) -> None:
    intake = await school.head.create_intake(open_incident=False)
    assert_problem(await forward(school_b1, intake["id"], world.units["school_b1"]), 404, "not_found")
    assert (await forward(school.teacher, intake["id"], world.units["school_b1"])).status_code == 403


class TestIncident:
    async def test_it_moves_with_its_only_intake(
        self, world: World, school: StaffedUnit, school_b1: Client, bureau_a: Client
    ) -> None:
        intake = await school.teacher.create_intake(accused=[{"kind": "pupil"}])
        before = ok(await school.head.get(f"{API}/incidents/{intake['incident_id']}/clocks"))
        ok(await forward(school.head, intake["id"], world.units["school_b1"]))
        for former in (school.head, school.teacher, bureau_a):
            assert (await former.incident(intake["incident_id"])).status_code == 404
        incident = ok(await school_b1.incident(intake["incident_id"]))
        assert (incident["holder_id"], incident["unit_id"]) == (str(world.units["school_b1"]),) * 2
        after = ok(await school_b1.get(f"{API}/incidents/{intake['incident_id']}/clocks"))
        assert [(c["id"], c["due_at"]) for c in after] == [(c["id"], c["due_at"]) for c in before] != []
        events = ok(await school_b1.get(f"{API}/incidents/{intake['incident_id']}/timeline"))
        assert "forwarded" in [event["kind"] for event in events]

    async def test_of_an_opening_and_a_forwarding_at_once_no_incident_is_left_behind(
        self, world: World, school: StaffedUnit, school_b1: Client
    ) -> None:
        intake = await school.head.create_intake(open_incident=False)
        opened, forwarded = await asyncio.gather(
            school.counsellor.post(f"{API}/intakes/{intake['id']}/incident"),
            forward(school.head, intake["id"], world.units["school_b1"]),
        )
        assert (forwarded.status_code, opened.status_code in {201, 404}) == (200, True)
        found = ok(await school_b1.get(f"{API}/intakes/{intake['id']}"))
        assert (found["incident_id"] is not None) == (opened.status_code == 201)
        if found["incident_id"]:
            ok(await school_b1.incident(found["incident_id"]))

    async def test_its_evidence_goes_along(self, world: World, school: StaffedUnit, school_b1: Client) -> None:
        intake = await school.head.create_intake()
        attachment = await create_attachment(school.head, intake["incident_id"])
        ok(await forward(school.head, intake["id"], world.units["school_b1"]))
        path = f"{API}/attachments/{attachment['id']}"
        assert [(await each.get(path)).status_code for each in (school.head, school_b1)] == [404, 200]

    async def test_a_grave_one_is_forwarded_by_the_level_above(
        self, world: World, school: StaffedUnit, bureau_a: Client, bureau_b: Client
    ) -> None:
        intake = await school.head.create_intake(group="child_abuse")
        assert_problem(await forward(school.head, intake["id"], world.units["school_b1"]), 403, "forbidden")
        ok(await forward(bureau_a, intake["id"], world.units["school_b1"]))
        assert (await bureau_b.incident(intake["incident_id"])).status_code == 200

    async def test_one_that_has_ended_stays(self, world: World, school: StaffedUnit, bureau_a: Client) -> None:
        intake = await school.head.create_intake(group="other")
        path = f"{API}/incidents/{intake['incident_id']}"
        ok(await set_severity(school.head, intake["incident_id"], "low"), 201)
        ok(await transition(school.head, path, "dismiss", reason="Bịa", dismissal_reason="outside_scope"))
        assert_problem(await forward(school.head, intake["id"], world.units["school_b1"]), 409, "wrong_state")
        assert (await bureau_a.get(path)).status_code == 200

    async def test_its_accused_without_a_unit_are_the_named_schools(
        self, world: World, school: StaffedUnit, bureau_a: Client, bureau_b: Client
    ) -> None:
        intake = await school.head.create_intake(accused=STAFF)
        assert intake["held_by_superior"]
        answer = ok(await forward(bureau_a, intake["id"], world.units["school_b1"]))
        assert answer == {"visible": False, "held_by_superior": True}
        head = await world.client("b1.head")
        assert (await head.incident(intake["incident_id"])).status_code == 404
        persons = ok(await bureau_b.get(f"{API}/incidents/{intake['incident_id']}/persons"))
        assert [person["unit_id"] for person in persons] == [str(world.units["school_b1"])]

    async def test_it_does_not_leave_its_other_intakes(self, world: World, school: StaffedUnit) -> None:
        first, second = await school.head.create_intake(), await school.head.create_intake(open_incident=False)
        ok(await school.head.post(f"{API}/intakes/{second['id']}/link", {"incident_id": first["incident_id"]}))
        for intake in (first, second):
            refused = await forward(school.head, intake["id"], world.units["school_b1"])
            assert_problem(refused, 409, "several_intakes")
        assert await reads(school.head, first["id"])


class TestHandBack:
    async def test_it_returns_to_its_forwarder(self, world: World, school: StaffedUnit, school_b1: Client) -> None:
        intake = await school.head.create_intake(open_incident=False)
        assert_problem(await hand_back(school.head, intake["id"]), 409, "wrong_state")
        ok(await forward(school.head, intake["id"], world.units["school_b1"]))
        assert ok(await hand_back(school_b1, intake["id"]))["visible"] is False
        assert [await reads(each, intake["id"]) for each in (school.head, school_b1)] == [True, False]
        rows = ok(await school.head.get(f"{API}/intakes/{intake['id']}/forwardings"))
        assert [(row["is_hand_back"], row["unit_id"]) for row in rows] == [
            (False, str(world.units["school_b1"])),
            (True, str(school.id)),
        ]
        assert_problem(await hand_back(school.head, intake["id"]), 409, "wrong_state")

    async def test_the_second_goes_to_the_nearest_level_above_both(
        self, world: World, school: StaffedUnit, bureau_a: Client, department: Client
    ) -> None:
        other = await create_unit(world)
        intake = await school.head.create_intake(open_incident=False)
        ok(await forward(school.head, intake["id"], other.id))
        ok(await hand_back(other.head, intake["id"]))
        ok(await forward(school.head, intake["id"], other.id))
        ok(await hand_back(other.head, intake["id"]))
        readers = (school.head, other.head, bureau_a, department)
        assert [await reads(each, intake["id"]) for each in readers] == [False, False, True, True]
        # What the level above both decides stands.
        ok(await forward(bureau_a, intake["id"], other.id))
        assert_problem(await hand_back(other.head, intake["id"]), 409, "forwarding_final")
        assert_problem(await forward(other.head, intake["id"], school.id), 409, "held_before")
        assert await reads(other.head, intake["id"])

    async def test_across_bureaus_it_goes_to_the_department(
        self, world: World, school: StaffedUnit, school_b1: Client, bureau_a: Client, department: Client
    ) -> None:
        intake = await school.head.create_intake(open_incident=False)
        for _ in range(2):
            ok(await forward(school.head, intake["id"], world.units["school_b1"]))
            ok(await hand_back(school_b1, intake["id"]))
        readers = (school.head, school_b1, bureau_a, department)
        assert [await reads(each, intake["id"]) for each in readers] == [False, False, False, True]

    async def test_forwarding_does_not_replace_handing_back(
        self, world: World, school: StaffedUnit, school_b1: Client
    ) -> None:
        intake = await school.head.create_intake(open_incident=False)
        ok(await forward(school.head, intake["id"], world.units["school_b1"]))
        assert_problem(await forward(school_b1, intake["id"], school.id), 409, "held_before")
        assert await reads(school_b1, intake["id"])

    async def test_of_a_closed_unit_the_successor_receives_it_back(
        self, world: World, school: StaffedUnit, school_b1: Client
    ) -> None:
        heir = await create_unit(world)
        intake = await school.head.create_intake(open_incident=False)
        ok(await forward(school.head, intake["id"], world.units["school_b1"]))
        await close_unit(world, school.id, heir.id)
        ok(await hand_back(school_b1, intake["id"]))
        assert [await reads(each, intake["id"]) for each in (heir.head, school_b1)] == [True, False]

    async def test_its_incident_returns_too(self, world: World, school: StaffedUnit, school_b1: Client) -> None:
        intake = await school.head.create_intake()
        ok(await forward(school.head, intake["id"], world.units["school_b1"]))
        ok(await hand_back(school_b1, intake["id"]))
        incident = ok(await school.head.incident(intake["incident_id"]))
        assert (incident["holder_id"], incident["unit_id"]) == (str(school.id),) * 2
        assert (await school_b1.incident(intake["incident_id"])).status_code == 404
