"""Two objects in one request, one permitted and one foreign: the foreign one stays not found."""

import re

import pytest

from tests.isolation.estate import Estate
from tests.isolation.operation import MERGE, NARRATIVE, soon
from tests.isolation.rule import Case, Shared
from tests.world import Client, World

pytestmark = pytest.mark.isolation
INCIDENTS = "/api/v1/incidents"


async def estate_of(world: World) -> Estate:
    estate = Estate(world, {})
    await estate.open()
    return estate


async def both(world: World) -> tuple[Case, Case]:
    estate = await estate_of(world)
    return await estate.case("own", "school_a1"), await estate.case("foreign", "school_b1")


@pytest.mark.parametrize("part", ["person_id", "grant_id"])
async def test_a_foreign_part_is_not_found_below_ones_own_incident(world: World, school_a1: Client, part: str) -> None:
    own, foreign = await both(world)
    above = f"{INCIDENTS}/{own.ids['incident_id']}"
    if part == "grant_id":
        assert (await school_a1.delete(f"{above}/grants/{foreign.ids[part]}")).status_code == 404
        return
    path = f"{above}/persons/{foreign.ids[part]}"
    assert (await school_a1.get(path)).status_code == 404
    assert (await school_a1.patch(path, {"name": "Ai Đó"}, '"1.3"')).status_code == 404


async def test_an_own_part_is_not_found_below_a_foreign_incident(world: World, school_a1: Client) -> None:
    own, foreign = await both(world)
    path = f"{INCIDENTS}/{foreign.ids['incident_id']}/persons/{own.ids['person_id']}"
    assert (await school_a1.get(path)).status_code == 404


async def test_an_intake_joins_no_incident_beyond_reach_nor_one_only_shared(world: World, school_a1: Client) -> None:
    estate = await estate_of(world)
    own, foreign = await estate.case("own", "school_a1"), await estate.case("foreign", "school_b1")
    shared = await estate.case("shared", "school_b1", Shared(frozenset({"school_a1"})))
    path = f"/api/v1/intakes/{own.ids['loose_intake_id']}/link"
    for incident, status in ((foreign, 404), (shared, 403), (own, 200)):
        response = await school_a1.post(path, {"incident_id": str(incident.ids["incident_id"])})
        assert response.status_code == status


@pytest.mark.parametrize("query", ["unit_id={unit}", "code={code}", "shared=true", "shared=true&unit_id={unit}"])
async def test_filters_find_nothing_foreign(world: World, school_a1: Client, query: str) -> None:
    _, foreign = await both(world)
    code = (await (await world.client("b1.head")).incident(str(foreign.ids["incident_id"]))).json()["code"]
    asked = query.format(unit=world.units["school_b1"], code=code)
    found = (await school_a1.get(f"{INCIDENTS}?{asked}")).json()["items"]
    assert [item for item in found if item["id"] == str(foreign.ids["incident_id"])] == []
    assert (await school_a1.get(f"{INCIDENTS}/counts?unit_id={world.units['school_b1']}")).json() == []
    listed = await school_a1.get(f"/api/v1/referrals?incident_id={foreign.ids['incident_id']}")
    assert listed.json()["items"] == []


async def test_users_of_another_unit_are_not_listed_by_its_id(world: World, school_a1: Client) -> None:
    assert (await school_a1.get(f"/api/v1/users?unit_id={world.units['school_b1']}")).json()["items"] == []


async def test_a_foreign_user_cannot_be_named_as_grantee(world: World, school_a1: Client) -> None:
    own, _ = await both(world)
    stranger = str((await world.client("b1.head")).user_id)
    body = {"grantee_user_id": stranger, "tier": 1, "reason": "thử", "expires_at": soon(days=1)}
    response = await school_a1.post(f"{INCIDENTS}/{own.ids['incident_id']}/grants", body)
    assert response.status_code == 422
    assert stranger not in response.text


async def test_an_administrator_moves_no_account_out_of_the_line(world: World) -> None:
    estate = await estate_of(world)
    account = await estate.account("school_a1")
    administrator = await world.client("phong_a.admin")
    path = f"/api/v1/users/{account.ids['user_id']}"
    etag = (await administrator.get(path)).headers["ETag"]
    moved = await administrator.patch(path, {"unit_id": str(world.units["school_b1"])}, etag)
    assert moved.status_code == 422


async def test_a_cursor_serves_only_whom_it_was_given(world: World, bureau_a: Client, school_a1: Client) -> None:
    estate = await estate_of(world)
    for _ in range(2):
        await estate.case("own", "school_a1")
    cursor = (await bureau_a.get(f"{INCIDENTS}?limit=1")).json()["next_cursor"]
    assert (await bureau_a.get(f"{INCIDENTS}?limit=1&cursor={cursor}")).status_code == 200
    assert (await school_a1.get(f"{INCIDENTS}?limit=1&cursor={cursor}")).status_code == 400


async def test_intake_for_another_unit_is_not_visible_to_its_author(
    world: World, school_a1: Client, school_b1: Client
) -> None:
    intake = await school_a1.create_intake(unit_id=str(world.units["school_b1"]))
    assert intake["visible"] is False
    assert (await school_a1.incident(intake["incident_id"])).status_code == 404
    assert (await school_b1.incident(intake["incident_id"])).status_code == 200


async def test_a_case_leaves_the_accused_unit_and_its_answers_say_nothing_more(
    school_a1: Client, bureau_a: Client
) -> None:
    intake = await school_a1.create_intake(narrative=NARRATIVE)
    path = f"{INCIDENTS}/{intake['incident_id']}"
    named = await school_a1.post(f"{path}/persons", {"role": "perpetrator", "kind": "staff"})
    assert named.status_code == 201
    hidden = [path, *(f"{path}/{part}" for part in ("timeline", "severities", "persons", "grants"))]
    hidden += [f"{path}/persons/{named.json()['id']}", f"/api/v1/intakes/{intake['id']}"]
    for address in hidden:
        response = await school_a1.get(address)
        assert response.status_code == 404, address
        assert set(re.findall(r"zq\d{6}t\dzq", response.text)) == set()
        assert (await bureau_a.get(address)).status_code == 200, address


async def test_users_end_only_their_own_sessions(world: World) -> None:
    one, other = await world.fresh_client("a1.officer"), await world.fresh_client("a1.counsellor")
    own = [s["id"] for s in (await one.get("/api/v1/auth/sessions")).json() if s["current"]]
    assert (await other.delete(f"/api/v1/auth/sessions/{own[0]}")).status_code == 404
    assert (await one.delete(f"/api/v1/auth/sessions/{own[0]}")).status_code == 204
    assert (await one.get("/api/v1/auth/me")).status_code == 401
    assert (await other.get("/api/v1/auth/me")).status_code == 200


async def test_a_shared_case_is_read_and_never_written(world: World, bureau_b: Client) -> None:
    estate = await estate_of(world)
    case = await estate.case("shared", "school_a1", Shared(frozenset({"bureau_b"})))
    path = f"{INCIDENTS}/{case.ids['incident_id']}"
    read = await bureau_b.get(path)
    assert read.status_code == 200
    headers = {"If-Match": read.headers["ETag"], "Content-Type": MERGE}
    refused = await bureau_b.call("PATCH", path, json={"summary": NARRATIVE}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await bureau_b.get(path)).headers["ETag"] == read.headers["ETag"]
