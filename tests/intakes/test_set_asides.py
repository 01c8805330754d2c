"""Setting an intake aside is a row with a coded reason, counted apart, never an incident, and undone if wrong."""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from app.models.cases.clocks import Clock
from app.models.intakes.messages import Message
from app.repositories.cases.clocks import ClockRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.security.access.scope import ALL
from app.services.cases.clocks import SET_ASIDE
from app.services.intakes.set_asides import announce_set_asides
from app.services.notices.notices import announce_intakes
from tests.factories.forwardings import create_unplaced_intake, forward, set_aside, take_up_again
from tests.factories.http import API, assert_problem, list_ids, ok
from tests.factories.intakes import (
    RECEIPTS,
    create_intake_with_receipt,
    read_thread,
    reply_to_reporter,
    write_by_receipt,
)
from tests.factories.notices import list_unread_notices
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

NOWHERE = "01900000-0000-7000-8000-000000000000"


async def create_waiting(client: Client, **form: object) -> str:
    return str((await client.create_intake(open_incident=False, **form))["id"])


async def read_clocks(world: World, intake_id: str) -> list[Clock]:
    async with world.runtime.work(ALL) as work:
        return await ClockRepository(work.session).of_intake(UUID(intake_id))


async def approve(client: Client, intake_id: str) -> httpx.Response:
    return await client.post(f"{API}/intakes/{intake_id}/set-asides/approval")


async def read_counts(client: Client) -> dict[tuple[str, str | None], int]:
    counted = ok(await client.get(f"{API}/intakes/counts"))
    return {(row["state"], row["reason"]): row["count"] for row in counted if row["lane"] == "staff"}


async def test_it_becomes_no_incident_until_that_is_undone(school: StaffedUnit, school_b1: Client) -> None:
    intake_id = await create_waiting(school.head)
    assert_problem(await set_aside(school_b1, intake_id), 404, "not_found")
    row = ok(await set_aside(school.head, intake_id), 201)
    assert (row["reason"], row["note"], row["undone_at"]) == ("test", "Bịa: gửi thử", None)
    intake = ok(await school.head.get(f"{API}/intakes/{intake_id}"))
    assert (intake["set_aside_reason"], intake["content"]["narrative"]) == ("test", "Chuyện bịa để thử")
    body = {"incident_id": (await school.head.create_intake())["incident_id"]}
    for refused in (
        await school.head.post(f"{API}/intakes/{intake_id}/incident"),
        await school.head.post(f"{API}/intakes/{intake_id}/link", body),
        await forward(school.head, intake_id, school_b1.world.units["school_b1"]),
        await set_aside(school.head, intake_id),
    ):
        assert_problem(refused, 409, "set_aside")
    assert_problem(await take_up_again(school_b1, intake_id), 404, "not_found")
    assert ok(await take_up_again(school.head, intake_id))["undone_at"] is not None
    assert_problem(await take_up_again(school.head, intake_id), 409, "wrong_state")
    ok(await school.head.post(f"{API}/intakes/{intake_id}/incident"), 201)
    refused = await set_aside(school.head, intake_id)
    assert_problem(refused, 409, "wrong_state")
    assert "hãy không thụ lý vụ việc" in refused.json()["detail"]


async def test_the_level_above_undoes_it_too_and_every_time_is_listed(school: StaffedUnit, bureau_a: Client) -> None:
    intake_id = await create_waiting(school.head)
    ok(await set_aside(school.head, intake_id, "junk"), 201)
    ok(await take_up_again(bureau_a, intake_id))
    ok(await set_aside(school.counsellor, intake_id, "unintelligible"), 201)
    rows = ok(await bureau_a.get(f"{API}/intakes/{intake_id}/set-asides"))
    assert [(row["reason"], row["undo_reason"]) for row in rows] == [
        ("junk", "Bịa: là tin thật"),
        ("unintelligible", None),
    ]


async def test_its_clocks_stop_with_that_as_their_reason_and_run_on_with_the_same_due_times(
    world: World, school: StaffedUnit
) -> None:
    intake_id = await create_waiting(school.head)
    before = await read_clocks(world, intake_id)
    assert [clock.state for clock in before] == ["running"]
    ok(await set_aside(school.head, intake_id), 201)
    assert [(c.state, c.void_reason) for c in await read_clocks(world, intake_id)] == [("void", SET_ASIDE)]
    ok(await take_up_again(school.head, intake_id))
    after = await read_clocks(world, intake_id)
    assert [(c.state, c.void_reason, c.due_at) for c in after] == [("running", None, before[0].due_at)]


async def test_it_is_counted_apart(school: StaffedUnit, bureau_a: Client) -> None:
    waiting, junk, test = [await create_waiting(school.head) for _ in range(3)]
    linked = (await school.head.create_intake())["id"]
    above = await read_counts(bureau_a)
    ok(await set_aside(school.head, junk, "junk"), 201)
    ok(await set_aside(school.head, test, "test"), 201)
    assert await read_counts(school.head) == {
        ("waiting", None): 1,
        ("linked", None): 1,
        ("set_aside", "junk"): 1,
        ("set_aside", "test"): 1,
    }
    assert (await read_counts(bureau_a))["waiting", None] == above["waiting", None] - 2
    assert await list_ids(school.head, "intakes", set_aside=True) == {junk, test}
    assert await list_ids(school.head, "intakes", set_aside=False) == {waiting, linked}
    assert await list_ids(school.head, "intakes", set_aside=False, linked=False) == {waiting}
    ok(await take_up_again(school.head, junk))
    assert (await read_counts(school.head))["waiting", None] == 2


async def test_a_notice_of_waiting_intakes_leaves_it_out(world: World, school: StaffedUnit, bureau_a: Client) -> None:
    _, intake_id = await create_intake_with_receipt(world, school)
    await create_intake_with_receipt(world, school)
    ok(await set_aside(bureau_a, intake_id), 201)
    async with world.runtime.work(ALL) as work:
        await announce_intakes(work, {"unit_id": str(school.id)})
        await work.commit()
    (notice,) = await list_unread_notices(school.head, "intakes_waiting")
    assert notice["data"] == {"unproven": 1}


async def test_the_level_above_is_notified_of_how_many_and_not_which(world: World) -> None:
    bureau = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=bureau.id)
    intakes = [await create_waiting(school.head) for _ in range(3)]
    async with world.runtime.work(ALL) as work:
        since = work.now.isoformat()
    for intake_id in intakes:
        ok(await set_aside(school.head, intake_id), 201)
    ok(await take_up_again(school.head, intakes[0]))
    assert await list_unread_notices(bureau.officer, "intakes_set_aside") == []
    async with world.runtime.work(ALL) as work:
        await announce_set_asides(work, {"unit_id": str(school.id), "since": since})
        await work.commit()
    (notice,) = await list_unread_notices(bureau.officer, "intakes_set_aside")
    assert notice["data"] == {"unit_id": str(school.id), "set_aside": 2}
    assert await list_unread_notices(school.head, "intakes_set_aside") == []


async def test_the_reporters_dialogue_stays_open(world: World, school: StaffedUnit, bureau_a: Client) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)
    ok(await set_aside(bureau_a, intake_id, "junk"), 201)
    status = ok(await world.anonymous.post(f"{RECEIPTS}/status", {"receipt": receipt}))
    assert (status["state"], "nhắn thêm" in status["state_label"]) == ("set_aside", True)
    ok(await write_by_receipt(world, receipt, "Em nói thật (bịa)"), 201)
    ok(await reply_to_reporter(school.head, intake_id, "Bịa: cảm ơn em"), 201)
    ok(await take_up_again(school.head, intake_id))
    thread = await read_thread(world, receipt, "en")
    assert [e["code"] for e in thread if e["kind"] == "system"] == ["received", "set_aside", "taken_up_again"]
    assert "junk" not in str(thread).lower()
    status = ok(await world.anonymous.post(f"{RECEIPTS}/status", {"receipt": receipt}))
    assert status["state"] == "received"


class TestReportedTwice:
    async def test_it_may_name_the_other(self, school: StaffedUnit) -> None:
        first, second = await create_waiting(school.head), await create_waiting(school.head)
        row = ok(await set_aside(school.head, second, "reported_twice", same_as_id=first), 201)
        assert row["same_as_id"] == first

    async def test_the_other_is_another_that_the_caller_sees(self, school: StaffedUnit, school_b1: Client) -> None:
        own, foreign = await create_waiting(school.head), await create_waiting(school_b1)
        wrong: list[tuple[str, str, str]] = [
            ("reported_twice", foreign, "unknown_intake"),
            ("reported_twice", NOWHERE, "unknown_intake"),
            ("reported_twice", own, "not_the_same"),
            ("junk", foreign, "not_the_same"),
        ]
        for reason, other, code in wrong:
            refused = await set_aside(school.head, own, reason, same_as_id=other)
            assert_problem(refused, 422, code, "/same_as_id")
        assert ok(await school.head.get(f"{API}/intakes/{own}"))["set_aside_reason"] is None


async def test_a_code_of_no_list_is_refused(school: StaffedUnit) -> None:
    intake_id = await create_waiting(school.head)
    assert_problem(await set_aside(school.head, intake_id, "nonsense"), 422, "unknown_code", "/reason")


async def test_only_the_level_above_sets_a_report_of_abuse_aside(school: StaffedUnit, bureau_a: Client) -> None:
    intake_id = await create_waiting(school.head, group="child_abuse")
    assert_problem(await set_aside(school.head, intake_id, "junk"), 403, "forbidden")
    ok(await set_aside(bureau_a, intake_id, "junk"), 201)


async def test_only_the_level_above_sets_a_report_of_immediate_danger_aside(
    world: World, school: StaffedUnit, bureau_a: Client
) -> None:
    _, intake_id = await create_intake_with_receipt(world, school)
    assert_problem(await set_aside(school.head, intake_id, "junk"), 403, "forbidden")
    ok(await set_aside(bureau_a, intake_id, "junk"), 201)


async def test_a_message_of_immediate_danger_is_decided_above_too(
    world: World, school: StaffedUnit, bureau_a: Client
) -> None:
    intake_id = await create_waiting(school.head)
    async with world.runtime.work(ALL) as work:
        intake = await IntakeRepository(work.session).get(UUID(intake_id))
        part: dict[str, Any] = {"intake_id": intake.id, "org_path": intake.org_path, "cipher": intake.row_cipher}
        work.session.add(Message(**part, from_reporter=True, text="Bịa", written_at=work.now, immediate_danger=True))
        await work.commit()
    assert_problem(await set_aside(school.head, intake_id, "junk"), 403, "forbidden")
    ok(await set_aside(bureau_a, intake_id, "junk"), 201)


async def test_where_no_level_is_above_a_second_person_of_the_holder_approves_it(
    world: World, school: StaffedUnit, department: Client
) -> None:
    receipt, intake_id = await create_unplaced_intake(world, department, group="child_abuse")
    row = ok(await set_aside(department, intake_id, "junk"), 201)
    assert (row["needs_second"], row["approved_at"]) == (True, None)
    assert ok(await department.get(f"{API}/intakes/{intake_id}"))["set_aside_reason"] is None
    assert [clock.state for clock in await read_clocks(world, intake_id)] == ["running"]
    assert [e["code"] for e in await read_thread(world, receipt) if e["kind"] == "system"] == ["received"]
    again = await set_aside(department, intake_id, "junk")
    assert_problem(again, 409, "wrong_state")
    assert "chờ người thứ hai" in again.json()["detail"]
    assert_problem(await approve(department, intake_id), 403, "forbidden")
    assert_problem(await approve(school.head, intake_id), 404, "not_found")
    second = await world.client("so.head")
    assert ok(await approve(second, intake_id))["approved_by"] == str(second.user_id)
    assert ok(await department.get(f"{API}/intakes/{intake_id}"))["set_aside_reason"] == "junk"
    assert [clock.state for clock in await read_clocks(world, intake_id)] == ["void"]
    assert_problem(await approve(second, intake_id), 409, "wrong_state")


async def test_what_waits_for_a_second_person_is_withdrawn_or_decided_where_it_goes(
    world: World, school: StaffedUnit, department: Client
) -> None:
    _, intake_id = await create_unplaced_intake(world, department)
    ok(await set_aside(department, intake_id, "junk"), 201)
    ok(await take_up_again(department, intake_id))
    second = await world.client("so.head")
    assert_problem(await approve(second, intake_id), 409, "wrong_state")
    ok(await set_aside(department, intake_id, "junk"), 201)
    ok(await forward(department, intake_id, school.id))
    assert_problem(await approve(school.head, intake_id), 403, "forbidden")


async def test_of_several_at_once_one_stands(school: StaffedUnit) -> None:
    intake_id = await create_waiting(school.head)
    answers: list[Any] = await asyncio.gather(*(set_aside(school.head, intake_id) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"set_aside"}
