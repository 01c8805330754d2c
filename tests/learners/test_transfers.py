"""A learner who changes school: the new school hears the same of every child, and the old one confirms or denies."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from app.core.time import today
from app.models.audit import AuditEntry
from app.models.cases.incidents import IncidentPerson
from app.models.learners.learners import Learner
from app.models.learners.transfers import LearnerTransfer
from app.security.access.scope import ALL
from tests.factories.figures import create_event
from tests.factories.http import API, assert_problem, list_items, ok, read_etag
from tests.factories.learners import (
    Pupil,
    change_enrolment,
    create_learner,
    create_pupil,
    guardian,
    write,
)
from tests.factories.privacy import destroy_due_records, set_retention_periods
from tests.factories.statements import sent
from tests.factories.transfers import (
    TRANSFERS,
    Schools,
    create_schools,
    decide,
    departure_of,
    departures,
    moet,
    settle_transfers,
    transfer_of,
)
from tests.factories.units import create_unit
from tests.factories.work import waiting_ids
from tests.world import Client, World

OWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|(?:CT|HS)-[0-9A-F]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|83\d{8}|(?<=version\":)\d+"
)


@pytest.fixture
async def schools(world: World) -> Schools:
    return await create_schools(world)


async def moved(world: World, schools: Schools, **more: Any) -> tuple[Pupil, Pupil, str]:
    """A learner at both schools, and the departure that waits at the old one."""
    code = moet()
    left, came = await schools.leave(code, **more), await schools.arrive(code)
    await settle_transfers(world, in_days=1)
    departure = await departure_of(schools.old.officer, left)
    assert departure is not None
    return left, came, str(departure["id"])


async def children(world: World, *pupils: Pupil) -> list[UUID]:
    async with world.runtime.work(ALL, write=False) as work:
        query = select(Learner.person_id).where(Learner.id.in_([UUID(each.id) for each in pupils]))
        return list(await work.session.scalars(query.order_by(Learner.id)))


def alike(answer: httpx.Response) -> tuple[int, str, str | None]:
    """An answer without what is each record's own."""
    return answer.status_code, OWN.sub("*", answer.text), answer.headers.get("ETag")


async def heard(client: Client, pupil: Pupil) -> list[tuple[int, str, str | None]]:
    """All that the new school reads of a learner who came."""
    key = (await transfer_of(client, pupil))["id"]
    paths = (pupil.path, f"{pupil.path}/enrolments", f"{TRANSFERS}/{key}")
    return [alike(await client.get(path)) for path in paths]


async def protect(department: Client, pupil: Pupil) -> None:
    body = {"learner_id": pupil.id, "valid_from": today().isoformat(), "decision_number": "9/QĐ-MẪU"}
    ok(await department.post(f"{API}/learner-protections", body), 201)


async def test_the_old_school_confirms_and_keeps_the_past(world: World, schools: Schools) -> None:
    left, came, key = await moved(world, schools)
    assert (await transfer_of(schools.new.officer, came))["state"] == "awaiting_confirmation"
    assert await waiting_ids(schools.old.head, "learner_transfers_to_confirm") == [key]
    shown = await schools.old.head.get(f"{TRANSFERS}/{key}")
    assert (ok(shown)["full_name"], shown.json()["status"]) == ("Nguyễn Thị Bịa", "04")
    assert str(schools.new.id) not in shown.text
    assert [each["action"] for each in shown.json()["next_actions"]] == ["confirm", "deny"]
    before = await children(world, left, came)
    done = ok(await decide(schools.old.officer, key, "confirmation"))
    assert (done["state"], done["next_actions"]) == ("confirmed", [])
    (enrolment,) = ok(await schools.old.officer.get(f"{left.path}/enrolments"))
    assert (enrolment["status"], enrolment["left_on"]) == ("04", today().isoformat())
    await settle_transfers(world, in_days=1)
    assert (await transfer_of(schools.new.officer, came))["state"] == "confirmed"
    assert len(set(before)) == 2
    assert await children(world, left, came) == [before[0]] * 2
    assert await waiting_ids(schools.old.head, "learner_transfers_to_confirm") == []


async def test_each_school_reaches_its_own_side_alone(world: World, schools: Schools) -> None:
    _, came, key = await moved(world, schools)
    arrival = (await transfer_of(schools.new.officer, came))["id"]
    third = await create_unit(world)
    for stranger in (schools.new.head, third.head):
        assert_problem(await stranger.get(f"{TRANSFERS}/{key}"), 404, "not_found")
    assert_problem(await schools.old.head.get(f"{TRANSFERS}/{arrival}"), 404, "not_found")
    assert_problem(await decide(schools.new.head, arrival, "confirmation"), 409, "own_arrival")
    tag = {"If-Match": await read_etag(schools.old.head, f"{TRANSFERS}/{key}")}
    path = f"{TRANSFERS}/{key}/confirmation"
    assert_problem(await schools.old.counsellor.post(path, headers=tag), 403, "forbidden")
    assert_problem(await schools.new.head.post(path, headers=tag), 404, "not_found")
    assert await departures(schools.old.teacher) == []


async def test_notices_name_the_own_side_by_its_code(world: World, schools: Schools) -> None:
    _, came, key = await moved(world, schools)
    (asked,) = await list_items(schools.old.head, "notices")
    code = ok(await schools.old.head.get(f"{TRANSFERS}/{key}"))["code"]
    assert (asked["kind"], asked["data"]) == ("learner_transfer_to_confirm", {"transfer_id": key, "code": code})
    assert await list_items(schools.new.head, "notices") == []
    ok(await decide(schools.old.head, key, "confirmation"))
    await settle_transfers(world, in_days=1)
    (answered,) = await list_items(schools.new.head, "notices")
    arrival = await transfer_of(schools.new.head, came)
    assert answered["data"] == {"transfer_id": arrival["id"], "code": arrival["code"]}


async def test_known_protected_and_unknown_children_read_alike_until_the_end(world: World, schools: Schools) -> None:
    department = await world.client("so.head")
    codes = {each: moet() for each in ("unknown", "known", "marked", "barred", "other name", "denied")}
    known = {each: await schools.leave(code) for each, code in codes.items() if each not in {"unknown", "other name"}}
    await create_pupil(schools.old.officer, schools.old_class, "Trần Văn Bịa", identifiers=[codes["other name"]])
    await protect(department, known["marked"])
    ok(await write(schools.old.officer, known["barred"].id, "guardians", guardian(may_know_whereabouts=False)), 201)
    came = {each: await schools.arrive(code) for each, code in codes.items()}
    reader = schools.new.officer

    async def all_heard() -> dict[str, list[tuple[int, str, str | None]]]:
        return {each: await heard(reader, pupil) for each, pupil in came.items()}

    def assert_alike(answers: dict[str, Any], state: str) -> None:
        assert all(each == answers["unknown"] for each in answers.values())
        assert f'"state":"{state}"' in answers["known"][2][1]

    assert_alike(await all_heard(), "awaiting_confirmation")
    await settle_transfers(world, in_days=1)
    assert_alike(await all_heard(), "awaiting_confirmation")
    found = {each["learner_id"] for each in await departures(schools.old.officer)}
    assert found == {known["known"].id, known["denied"].id}
    denied = await departure_of(schools.old.officer, known["denied"])
    assert denied is not None
    ok(await decide(schools.old.officer, denied["id"], "denial", because="still_attends"))
    await settle_transfers(world, in_days=1)
    assert_alike(await all_heard(), "awaiting_confirmation")
    assert await list_items(schools.new.head, "notices") == []
    await settle_transfers(world, in_days=31)
    assert_alike(await all_heard(), "not_confirmed")
    assert len({OWN.sub("*", str(each)) for each in await list_items(schools.new.head, "notices")}) == 1
    states = {each["learner_id"]: each["state"] for each in await departures(schools.old.officer)}
    assert states == {known["known"].id: "not_confirmed", known["denied"].id: "denied"}
    late = next(each for each in await departures(schools.old.officer) if each["state"] == "not_confirmed")
    assert_problem(await decide(schools.old.officer, late["id"], "confirmation"), 409, "wrong_state")


async def test_the_department_confirms_for_a_protected_child(world: World, schools: Schools) -> None:
    department, code = await world.client("so.head"), moet()
    left = await schools.leave(code)
    await protect(department, left)
    came = await schools.arrive(code)
    await settle_transfers(world, in_days=1)
    assert await departures(schools.old.head) == []
    departure = await departure_of(department, left)
    assert departure is not None
    assert (departure["full_name"], departure["school_id"]) == ("Nguyễn Thị Bịa", str(schools.old.id))
    ok(await decide(department, departure["id"], "confirmation"))
    (enrolment,) = ok(await schools.old.officer.get(f"{left.path}/enrolments"))
    assert enrolment["status"] == "04"
    await settle_transfers(world, in_days=1)
    assert (await transfer_of(schools.new.officer, came))["state"] == "confirmed"
    async with world.runtime.work(ALL, write=False) as work:
        (new,) = await work.session.scalars(select(Learner).where(Learner.id == UUID(came.id)))
        assert new.protected_from == today()


@pytest.mark.parametrize("side", ["old", "new"])
async def test_a_child_who_is_protected_meanwhile_goes_to_the_department(
    world: World, schools: Schools, side: str
) -> None:
    left, came, key = await moved(world, schools)
    if side == "old":
        await protect(await world.client("so.head"), left)
    else:
        body = guardian(may_know_whereabouts=False)
        ok(await write(schools.new.officer, came.id, "guardians", body), 201)
    await settle_transfers(world, in_days=1)
    assert_problem(await schools.old.head.get(f"{TRANSFERS}/{key}"), 404, "not_found")
    assert await departure_of(await world.client("so.officer"), left) is not None


async def test_of_a_confirmation_and_a_denial_at_once_one_counts(world: World, schools: Schools) -> None:
    left, came, key = await moved(world, schools)
    answers = await asyncio.gather(
        decide(schools.old.head, key, "confirmation"),
        decide(schools.old.officer, key, "denial", because="other"),
    )
    assert sorted(each.status_code for each in answers) in ([200, 409], [200, 412])
    await settle_transfers(world, in_days=1)
    state = ok(await schools.old.head.get(f"{TRANSFERS}/{key}"))["state"]
    (enrolment,) = ok(await schools.old.officer.get(f"{left.path}/enrolments"))
    is_confirmed = answers[0].status_code == 200
    assert state == ("confirmed" if is_confirmed else "denied")
    assert enrolment["status"] == ("04" if is_confirmed else "01")
    waits = (await transfer_of(schools.new.officer, came))["state"]
    assert waits == ("confirmed" if is_confirmed else "awaiting_confirmation")


async def test_a_record_with_a_case_answers_as_one_without(world: World, schools: Schools) -> None:
    answers = []
    for has_case in (False, True):
        left, _, key = await moved(world, schools)
        if has_case:
            await linked_event(schools.old.head, left)
        shown = alike(await schools.old.officer.get(f"{TRANSFERS}/{key}"))
        answers.append((shown, alike(await decide(schools.old.officer, key, "confirmation"))))
    assert answers[0] == answers[1]


async def test_a_code_that_is_entered_later_is_found_the_next_day(world: World, schools: Schools) -> None:
    code = moet()
    left, came = await schools.leave(code), await schools.arrive({"kind": "passport", "value": "B0000001"})
    await settle_transfers(world, in_days=1)
    assert await departure_of(schools.old.officer, left) is None
    ok(await write(schools.new.officer, came.id, "identifiers", code), 201)
    await settle_transfers(world, in_days=2)
    assert await departure_of(schools.old.officer, left) is not None


async def test_what_the_worker_writes_is_in_no_unit_s_audit_log(world: World, schools: Schools) -> None:
    _, came, key = await moved(world, schools)
    ok(await decide(schools.old.head, key, "confirmation"))
    await settle_transfers(world, in_days=1)
    arrival = (await transfer_of(schools.new.officer, came))["id"]
    async with world.runtime.work(ALL, write=False) as work:
        entries = list(await work.session.scalars(select(AuditEntry).where(AuditEntry.body.contains(arrival))))
    assert {each.org_path for each in entries if each.actor_id is None} == {"/"}
    assert not any(key in each.body for each in entries if each.org_path != "/")


async def test_nobody_is_asked_on_the_day_of_the_enrolment(world: World, schools: Schools) -> None:
    """The new school can say first who may not know where the child is."""
    code = moet()
    left, came = await schools.leave(code), await schools.arrive(code)
    await settle_transfers(world)
    assert await departure_of(schools.old.officer, left) is None
    ok(await write(schools.new.officer, came.id, "guardians", guardian(may_know_whereabouts=False)), 201)
    await settle_transfers(world, in_days=1)
    assert await departure_of(schools.old.officer, left) is None


async def test_an_enrolment_asks_the_database_alike_of_known_and_unknown_children(
    world: World, schools: Schools
) -> None:
    known, asked = moet(), list[list[str]]()
    await schools.leave(known)
    for code in (moet(), moet(), known):
        made = await create_learner(schools.new.officer, identifiers=[code])
        headers = {"If-Match": await read_etag(schools.new.officer, f"{API}/learners/{made['id']}")}
        body = {"class_id": schools.new_class, "entered_on": today().isoformat(), "status": "02"}
        with sent(world) as statements:
            ok(await schools.new.officer.post(f"{API}/learners/{made['id']}/enrolments", body, headers=headers), 201)
        asked.append(statements)
    # The first fills what the process remembers.
    assert asked[1] == asked[2]


async def test_a_confirmation_counts_though_the_worker_comes_after_the_last_day(world: World, schools: Schools) -> None:
    left, came, key = await moved(world, schools)
    ok(await decide(schools.old.head, key, "confirmation"))
    await settle_transfers(world, in_days=31, queued=False)
    assert (await transfer_of(schools.new.officer, came))["state"] == "confirmed"
    assert len(set(await children(world, left, came))) == 1


async def test_who_came_twice_is_confirmed_once(world: World, schools: Schools) -> None:
    _, came, key = await moved(world, schools)
    for status in ("04", "06"):
        ok(await change_enrolment(schools.new.officer, came, status=status), 201)
    await settle_transfers(world, in_days=2)
    assert len(await departures(schools.old.head)) == 2
    ok(await decide(schools.old.head, key, "confirmation"))
    await settle_transfers(world, in_days=2)
    assert {each["state"] for each in await list_items(schools.new.head, "learner-transfers")} == {"confirmed"}
    found = {each["id"]: each["state"] for each in await departures(schools.old.head)}
    assert sorted(found.values()) == ["confirmed", "withdrawn"]
    assert found[key] == "confirmed"


async def test_an_ended_transfer_is_destroyed_after_its_period(world: World, schools: Schools) -> None:
    _, _, key = await moved(world, schools)
    ok(await decide(schools.old.head, key, "denial", because="another_child"))
    await set_retention_periods(world)
    await destroy_due_records(world)
    ok(await schools.old.head.get(f"{TRANSFERS}/{key}"))
    async with world.runtime.work(ALL) as work:
        (ended,) = await work.session.scalars(select(LearnerTransfer).where(LearnerTransfer.id == UUID(key)))
        ended.ended_at = work.now - timedelta(days=61 * 31)
        await work.commit()
    await destroy_due_records(world)
    assert_problem(await schools.old.head.get(f"{TRANSFERS}/{key}"), 404, "not_found")


async def test_figures_of_both_schools_count_one_child_once_it_is_confirmed(world: World, schools: Schools) -> None:
    left, came, key = await moved(world, schools)
    events = [await linked_event(schools.old.head, left), await linked_event(schools.new.head, came)]
    assert len(set(await digests(world, events))) == 2
    ok(await decide(schools.old.head, key, "confirmation"))
    await settle_transfers(world, in_days=1)
    assert len(set(await digests(world, events))) == 1


async def linked_event(client: Client, pupil: Pupil) -> str:
    """An event with one child, who is linked to a learner."""
    event = await create_event(client, children=[{"sex": "female", "estimated_age": 11}])
    (person,) = ok(await client.get(f"{API}/incidents/{event}/persons"))
    path = f"{API}/incidents/{event}/persons/{person['id']}"
    ok(await client.patch(path, {"learner_id": pupil.id}, await read_etag(client, path)))
    return event


async def digests(world: World, events: list[str]) -> list[str | None]:
    async with world.runtime.work(ALL, write=False) as work:
        named = IncidentPerson.incident_id.in_([UUID(each) for each in events])
        return list(await work.session.scalars(select(IncidentPerson.learner_digest).where(named)))
