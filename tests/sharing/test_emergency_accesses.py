"""Emergency access: by code and reason, for hours, notified upward, reviewed, never for the accused."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.ids import case_code
from app.models.sharing.emergency_accesses import EmergencyAccess
from app.repositories.sharing.emergency_accesses import EmergencyAccessRepository
from app.repositories.sharing.grants import GrantRepository
from app.security.access.scope import ALL
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

REASON = "Em đang ở trường chúng tôi và nguy cấp (bịa)"


@pytest.fixture
async def other(world: World) -> StaffedUnit:
    """A school of another bureau of the province."""
    return await create_unit(world, under="bureau_b")


async def create_case(school: StaffedUnit, **form: object) -> tuple[str, str]:
    """An incident's id and code."""
    incident_id = (await school.head.create_intake(place="Sân sau (bịa)", **form))["incident_id"]
    return incident_id, ok(await school.head.incident(incident_id))["code"]


async def opened(client: Client, code: str) -> httpx.Response:
    return await client.post(f"{API}/emergency-accesses", {"code": code, "reason": REASON})


async def reviewed(client: Client, access_id: str, *, is_justified: bool) -> httpx.Response:
    path = f"{API}/emergency-accesses/{access_id}"
    body = {"is_justified": is_justified, "review": "Đã xem xét (bịa)"}
    return await client.post(f"{path}/review", body, headers={"If-Match": await read_etag(client, path)})


async def notices(client: Client, kind: str) -> list[dict[str, Any]]:
    found = ok(await client.get(f"{API}/notices", params={"limit": 500}))["items"]
    return [notice for notice in found if notice["kind"] == kind]


async def test_a_case_beyond_reach_opens_by_its_code_for_hours(
    world: World, school: StaffedUnit, other: StaffedUnit
) -> None:
    incident_id, code = await create_case(school)
    assert_problem(await other.counsellor.incident(incident_id), 404, "not_found")
    given = ok(await opened(other.counsellor, code), 201)
    assert given["incident_id"] == incident_id
    assert ok(await other.counsellor.incident(incident_id))["place"] == "Sân sau (bịa)"
    assert_problem(await other.head.incident(incident_id), 404, "not_found")
    async with world.runtime.work(ALL) as work:
        (grant,) = await GrantRepository(work.session).of_incident(UUID(incident_id))
        assert grant.expires_at - grant.created_at == timedelta(minutes=240)
        grant.expires_at = work.now
        await work.commit()
    assert_problem(await other.counsellor.incident(incident_id), 404, "not_found")


async def test_it_opens_to_read_and_not_to_write(school: StaffedUnit, other: StaffedUnit) -> None:
    incident_id, code = await create_case(school)
    ok(await opened(other.counsellor, code), 201)
    path = f"{API}/incidents/{incident_id}"
    change = await other.counsellor.patch(path, {"place": "Bịa"}, await read_etag(other.counsellor, path))
    assert_problem(change, 403, "forbidden")


async def test_a_homeroom_teacher_reaches_a_case_of_the_own_school(school: StaffedUnit) -> None:
    incident_id, code = await create_case(school)
    assert_problem(await school.teacher.incident(incident_id), 404, "not_found")
    ok(await opened(school.teacher, code), 201)
    ok(await school.teacher.incident(incident_id))


async def test_holder_and_level_above_are_notified_at_once(
    world: World, school: StaffedUnit, other: StaffedUnit
) -> None:
    incident_id, code = await create_case(school)
    ok(await opened(other.counsellor, code), 201)
    for client in (school.head, await world.client("phong_a.officer")):
        (notice,) = [n for n in await notices(client, "emergency_access_opened") if n["incident_id"] == incident_id]
        assert notice["data"]["by_unit_id"] == str(other.id)
        assert REASON not in str(notice)
    (access,) = ok(await school.head.get(f"{API}/incidents/{incident_id}/emergency-accesses"))
    assert access["reason"] == REASON
    kinds = [event["kind"] for event in ok(await school.head.get(f"{API}/incidents/{incident_id}/timeline"))]
    assert kinds[-1] == "emergency_access_opened"


async def test_a_review_is_due_within_two_working_days(school: StaffedUnit, other: StaffedUnit) -> None:
    incident_id, code = await create_case(school)
    given = ok(await opened(other.counsellor, code), 201)
    assert await _clock(school, incident_id) == "running"
    assert_problem(await other.head.get(f"{API}/emergency-accesses/{given['id']}"), 404, "not_found")
    ok(await reviewed(school.head, given["id"], is_justified=True))
    assert await _clock(school, incident_id) == "met"
    ok(await other.counsellor.incident(incident_id))
    assert_problem(await reviewed(school.head, given["id"], is_justified=True), 409, "wrong_state")


async def test_unjustified_access_ends_and_its_unit_is_notified(school: StaffedUnit, other: StaffedUnit) -> None:
    incident_id, code = await create_case(school)
    given = ok(await opened(other.counsellor, code), 201)
    ok(await reviewed(school.head, given["id"], is_justified=False))
    assert_problem(await other.counsellor.incident(incident_id), 404, "not_found")
    (notice,) = [
        n for n in await notices(other.head, "emergency_access_reviewed") if n["data"]["access_id"] == given["id"]
    ]
    assert notice["incident_id"] is None


async def test_users_cannot_review_their_own_access(world: World, school: StaffedUnit) -> None:
    incident_id, code = await create_case(school)
    given = ok(await opened(school.teacher, code), 201)
    assert_problem(await school.teacher.get(f"{API}/emergency-accesses/{given['id']}"), 403, "forbidden")
    ok(await reviewed(await world.client("phong_a.officer"), given["id"], is_justified=True))
    assert incident_id


async def test_the_accused_units_staff_do_not_open_their_own_case(
    school: StaffedUnit, other: StaffedUnit, world: World
) -> None:
    """The code alone must not bring a head back to the case that was raised above him."""
    body = {"source_channel": "in_person", "group": "school_violence", "narrative": "Bịa", "unit_id": str(school.id)}
    officer = await world.client("phong_a.officer")
    intake = ok(await officer.post(f"{API}/intakes", body | {"accused": [{"kind": "school_leader"}]}), 201)
    code = ok(await officer.incident(intake["incident_id"]))["code"]
    for client in (school.head, school.counsellor, school.teacher):
        assert_problem(await opened(client, code), 404, "not_found")
    ok(await opened(other.counsellor, code), 201)


async def test_another_departments_staff_and_partners_do_not(world: World, school: StaffedUnit) -> None:
    _, code = await create_case(school)
    assert_problem(await opened(await world.client("z.head"), code), 404, "not_found")
    assert_problem(await opened(await world.client("congan.partner"), code), 403, "forbidden")
    assert_problem(await opened(await world.client("so.auditor"), code), 403, "forbidden")


async def test_emergency_access_is_refused_to_those_who_already_read_the_case(school: StaffedUnit) -> None:
    _, code = await create_case(school)
    assert_problem(await opened(school.head, code), 409, "duplicate")


async def test_emergency_accesses_per_day_are_limited(world: World, school: StaffedUnit, other: StaffedUnit) -> None:
    """Above the limit no answer reveals whether a code exists; the limit resets a day after the first access."""
    for _ in range(3):
        ok(await opened(other.counsellor, (await create_case(school))[1]), 201)
    for code in ((await create_case(school))[1], case_code(2020)):
        answer = await opened(other.counsellor, code)
        assert_problem(answer, 429, "too_many_requests")
        assert 86_300 < int(answer.headers["Retry-After"]) <= 86_400
    async with world.runtime.work(ALL) as work:
        last = EmergencyAccessRepository(work.session)
        (first, *_) = await work.session.scalars(
            last.select().where(EmergencyAccess.opened_by == other.counsellor.user_id).order_by(EmergencyAccess.id)
        )
        first.opened_at = work.now - timedelta(days=1)
        await work.commit()
    ok(await opened(other.counsellor, (await create_case(school))[1]), 201)


async def test_the_daily_limit_holds_under_ten_requests_at_once(school: StaffedUnit, other: StaffedUnit) -> None:
    codes = [(await create_case(school))[1] for _ in range(10)]
    answers = await asyncio.gather(*(opened(other.counsellor, code) for code in codes))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 7


async def _clock(school: StaffedUnit, incident_id: str) -> str:
    clocks = ok(await school.head.get(f"{API}/incidents/{incident_id}/clocks"))
    (state,) = [clock["state"] for clock in clocks if clock["rule_code"] == "review_emergency_access"]
    return str(state)
