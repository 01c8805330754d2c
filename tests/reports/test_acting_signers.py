"""Who signs for a unit: its head by right, an acting signer by a decision and for some days."""

from uuid import UUID

import pytest
from httpx import Response

from app.security.access.principal import Principal
from app.security.access.roles import Role
from app.security.access.scope import Scope
from app.services.reports.acting_signers import Signature, may_sign
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.report_periods import day_in
from tests.isolation.actors import fresh_user
from tests.world import Client, World

SIGNERS = f"{API}/acting-signers"


@pytest.fixture
async def officer(world: World) -> Client:
    return await fresh_user(world, "school_a1", Role.SCHOOL_OFFICER)


async def name(by: Client, user: UUID | None, **changed: object) -> Response:
    body = {
        "user_id": str(user),
        "mode": "kt",
        "valid_from": day_in(0),
        "valid_to": day_in(10),
        "decision_number": "9/QĐ-MẪU",
    }
    return await by.post(SIGNERS, body | changed)


async def signature(world: World, client: Client, unit: str) -> Signature | None:
    """How the client signs for a unit, as a submission asks."""
    token = client.headers["Authorization"].removeprefix("Bearer ")
    principal: Principal = await world.app.state.authenticator.authenticate(token)
    async with world.runtime.work(Scope.of(principal), principal) as work:
        return await may_sign(work, world.units[unit])


async def test_a_head_signs_by_right_and_for_no_other_unit(world: World, school_a1: Client) -> None:
    assert await signature(world, school_a1, "school_a1") == Signature(None)
    assert await signature(world, school_a1, "school_a2") is None


async def test_the_level_above_signs_for_no_school(world: World) -> None:
    head = await world.client("so.head")
    assert await signature(world, head, "department") == Signature(None)
    assert await signature(world, head, "school_a1") is None


async def test_an_officer_signs_while_named(world: World, school_a1: Client, officer: Client) -> None:
    assert await signature(world, officer, "school_a1") is None
    named = ok(await name(school_a1, officer.user_id), 201)
    assert await signature(world, officer, "school_a1") == Signature("kt")
    path = f"{SIGNERS}/{named['id']}"
    withdrawn = ok(await school_a1.post(f"{path}/withdrawal", headers={"If-Match": await read_etag(school_a1, path)}))
    assert withdrawn["state"] == "withdrawn"
    assert await signature(world, officer, "school_a1") is None
    again = await school_a1.post(f"{path}/withdrawal", headers={"If-Match": await read_etag(school_a1, path)})
    assert_problem(again, 409, "wrong_state")


async def test_nobody_signs_before_the_first_day(world: World, school_a1: Client, officer: Client) -> None:
    ok(await name(school_a1, officer.user_id, valid_from=day_in(1)), 201)
    assert await signature(world, officer, "school_a1") is None


async def test_the_level_above_names_one_too(world: World, officer: Client) -> None:
    head = await world.client("so.head")
    named = ok(await name(head, officer.user_id, mode="tm"), 201)
    assert named["unit_id"] == str(world.units["school_a1"])
    assert await signature(world, officer, "school_a1") == Signature("tm")


async def test_who_does_not_lead_names_nobody(officer: Client, school_a2: Client, department: Client) -> None:
    assert_problem(await name(officer, officer.user_id), 403, "forbidden")
    assert_problem(await name(department, officer.user_id), 403, "forbidden")
    assert_problem(await name(school_a2, officer.user_id), 422, "unknown_user", "/user_id")


@pytest.mark.parametrize("role", [Role.COUNSELLOR, Role.SCHOOL_HEAD, Role.SYSTEM_ADMINISTRATOR])
async def test_only_who_drafts_and_does_not_sign_is_named(world: World, school_a1: Client, role: Role) -> None:
    other = await fresh_user(world, "school_a1", role)
    assert_problem(await name(school_a1, other.user_id), 422, "unknown_user", "/user_id")


async def test_the_days_are_in_order_and_not_over(school_a1: Client, officer: Client) -> None:
    refusal = await name(school_a1, officer.user_id, valid_from=day_in(5), valid_to=day_in(5))
    assert_problem(refusal, 422, "ends_before_start", "/valid_to")
    refusal = await name(school_a1, officer.user_id, valid_from=day_in(-5), valid_to=day_in(0))
    assert_problem(refusal, 422, "in_the_past", "/valid_to")


async def test_another_line_sees_no_acting_signer(
    world: World, school_a1: Client, school_a2: Client, bureau_a: Client, officer: Client
) -> None:
    named = ok(await name(school_a1, officer.user_id), 201)["id"]
    assert named in await list_ids(bureau_a, "acting-signers")
    assert named in await list_ids(bureau_a, "acting-signers", unit_id=str(world.units["school_a1"]))
    assert named not in await list_ids(school_a2, "acting-signers")
    assert_problem(await school_a2.get(f"{SIGNERS}/{named}"), 404, "not_found")
