"""Who signs for a unit: its head by right, an acting signer by a decision and for some days."""

from uuid import UUID

import pytest
from httpx import Response

from app.security.access.principal import Principal
from app.security.access.roles import Role
from app.security.access.scope import Scope
from app.services.reports.submission.acting_signers import Signature, may_sign
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.report_periods import day_in
from tests.factories.units import StaffedUnit
from tests.isolation.actors import fresh_user
from tests.world import Client, World

SIGNERS = f"{API}/acting-signers"


@pytest.fixture
def head(school: StaffedUnit) -> Client:
    return school.head


@pytest.fixture
def officer(school: StaffedUnit) -> Client:
    return school.officer


async def name(by: Client, user: UUID | None, **changed: object) -> Response:
    body = {
        "user_id": str(user),
        "mode": "kt",
        "valid_from": day_in(0),
        "valid_to": day_in(10),
        "decision_number": "9/QĐ-MẪU",
    }
    return await by.post(SIGNERS, body | changed)


async def signature(world: World, client: Client, unit: UUID) -> Signature | None:
    """How the client signs for a unit, as a submission asks."""
    token = client.headers["Authorization"].removeprefix("Bearer ")
    principal: Principal = await world.app.state.authenticator.authenticate(token)
    async with world.runtime.work(Scope.of(principal), principal) as work:
        return await may_sign(work, unit)


async def test_a_head_signs_by_right_and_for_no_other_unit(world: World, school: StaffedUnit) -> None:
    assert await signature(world, school.head, school.id) == Signature(None)
    assert await signature(world, school.head, world.units["school_a2"]) is None


async def test_the_level_above_signs_for_no_school(world: World) -> None:
    head = await world.client("so.head")
    assert await signature(world, head, world.units["department"]) == Signature(None)
    assert await signature(world, head, world.units["school_a1"]) is None


async def test_an_officer_signs_while_named(world: World, school: StaffedUnit, head: Client, officer: Client) -> None:
    assert await signature(world, officer, school.id) is None
    named = ok(await name(head, officer.user_id), 201)
    assert await signature(world, officer, school.id) == Signature("kt")
    path = f"{SIGNERS}/{named['id']}"
    withdrawn = ok(await head.post(f"{path}/withdrawal", headers={"If-Match": await read_etag(head, path)}))
    assert withdrawn["state"] == "withdrawn"
    assert await signature(world, officer, school.id) is None
    again = await head.post(f"{path}/withdrawal", headers={"If-Match": await read_etag(head, path)})
    assert_problem(again, 409, "wrong_state")


async def test_nobody_signs_before_the_first_day(world: World, school: StaffedUnit, officer: Client) -> None:
    ok(await name(school.head, officer.user_id, valid_from=day_in(1)), 201)
    assert await signature(world, officer, school.id) is None


async def test_the_level_above_names_one_too(world: World, school: StaffedUnit, officer: Client) -> None:
    above = await world.client("so.head")
    named = ok(await name(above, officer.user_id, mode="tm"), 201)
    assert named["unit_id"] == str(school.id)
    assert await signature(world, officer, school.id) == Signature("tm")


async def test_who_does_not_lead_names_nobody(officer: Client, school_a2: Client, department: Client) -> None:
    assert_problem(await name(officer, officer.user_id), 403, "forbidden")
    assert_problem(await name(department, officer.user_id), 403, "forbidden")
    assert_problem(await name(school_a2, officer.user_id), 422, "unknown_user", "/user_id")


@pytest.mark.parametrize("role", [Role.COUNSELLOR, Role.SCHOOL_HEAD, Role.SYSTEM_ADMINISTRATOR])
async def test_only_who_drafts_and_does_not_sign_is_named(world: World, school: StaffedUnit, role: Role) -> None:
    other = await fresh_user(world, school.id, role)
    assert_problem(await name(school.head, other.user_id), 422, "unknown_user", "/user_id")


async def test_the_days_are_in_order_and_not_over(head: Client, officer: Client) -> None:
    refusal = await name(head, officer.user_id, valid_from=day_in(5), valid_to=day_in(5))
    assert_problem(refusal, 422, "ends_before_start", "/valid_to")
    refusal = await name(head, officer.user_id, valid_from=day_in(-5), valid_to=day_in(0))
    assert_problem(refusal, 422, "in_the_past", "/valid_to")


async def test_an_absence_has_a_longest_time(world: World, head: Client, officer: Client) -> None:
    longest = world.runtime.settings.acting_signer_longest_days
    refusal = await name(head, officer.user_id, valid_from=day_in(20), valid_to=day_in(21 + longest))
    assert_problem(refusal, 422, "too_long", "/valid_to")
    assert (await name(head, officer.user_id, valid_to="9999-12-31")).status_code == 422
    ok(await name(head, officer.user_id, valid_from=day_in(20), valid_to=day_in(20 + longest)), 201)


async def test_one_person_at_a_time_signs_for_a_head(world: World, school: StaffedUnit) -> None:
    second = (await fresh_user(world, school.id, Role.SCHOOL_OFFICER)).user_id
    first = ok(await name(school.head, school.officer.user_id, valid_from=day_in(5), valid_to=day_in(10)), 201)
    for client in (school.head, await world.client("so.head")):
        for days in ((0, 6), (5, 10), (7, 8), (9, 20), (0, 20)):
            dated = {"valid_from": day_in(days[0]), "valid_to": day_in(days[1])}
            assert_problem(await name(client, second, **dated), 409, "acting_signer_overlaps")
    ok(await name(school.head, second, valid_from=day_in(10), valid_to=day_in(12)), 201)
    ok(await name(school.head, second, valid_from=day_in(3), valid_to=day_in(5)), 201)
    path = f"{SIGNERS}/{first['id']}"
    ok(await school.head.post(f"{path}/withdrawal", headers={"If-Match": await read_etag(school.head, path)}))
    ok(await name(school.head, second, valid_from=day_in(5), valid_to=day_in(10)), 201)


async def test_another_line_sees_no_acting_signer(
    school: StaffedUnit, head: Client, school_a2: Client, bureau_a: Client, officer: Client
) -> None:
    named = ok(await name(head, officer.user_id), 201)["id"]
    assert named in await list_ids(bureau_a, "acting-signers")
    assert named in await list_ids(bureau_a, "acting-signers", unit_id=str(school.id))
    assert named not in await list_ids(school_a2, "acting-signers")
    assert_problem(await school_a2.get(f"{SIGNERS}/{named}"), 404, "not_found")
