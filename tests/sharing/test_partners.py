"""A partner agency's staff and system: their notices, their rights, and nothing beyond a grant. All invented."""

import json
from typing import Any
from uuid import UUID

import pytest

from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.notices import deliver_notices
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.receivers import receiving
from tests.world import Client, World

SCOPES = ("attachment:read", "incident:read", "notice:read", "referral:decide", "referral:read")


@pytest.fixture
async def incident_id(school: StaffedUnit) -> str:
    return str((await school.head.create_intake(narrative="Chuyện bịa kể riêng"))["incident_id"])


@pytest.fixture
async def machine(world: World, agency: StaffedUnit) -> Client:
    return await client_of(world, agency.id)


async def client_of(world: World, unit_id: UUID, scopes: tuple[str, ...] = SCOPES) -> Client:
    registration = ok(await register(world, unit_id, *scopes), 201)
    form = {
        "grant_type": "client_credentials",
        "client_id": registration["id"],
        "client_secret": registration["secret"],
    }
    token = ok(await world.http.post("/oauth/token", data=form))["access_token"]
    return Client(world.http, world, {"Authorization": f"Bearer {token}"})


async def register(world: World, unit_id: UUID, *scopes: str) -> Any:
    body = {"name": "Hệ thống của cơ quan (mẫu)", "unit_id": str(unit_id), "scopes": list(scopes)}
    return await (await world.client("so.admin")).post(f"{API}/clients", body)


async def handed(school: StaffedUnit, incident_id: str, agency: StaffedUnit) -> dict[str, Any]:
    return await create_referral(school.head, incident_id, hotline_id=None, agency_id=str(agency.id))


async def noticed(client: Client) -> list[dict[str, Any]]:
    """The agency's notices, except the one about its own integration client."""
    items: list[dict[str, Any]] = ok(await client.get(f"{API}/notices", params={"limit": 500}))["items"]
    return [item for item in items if item["kind"] != "client_sees_cases"]


async def test_agency_notice_names_the_referral_but_not_the_case(
    school: StaffedUnit, agency: StaffedUnit, machine: Client, incident_id: str
) -> None:
    referral = await handed(school, incident_id, agency)
    for reader in (agency.partner, machine):
        (notice,) = await noticed(reader)
        assert (notice["kind"], notice["incident_id"]) == ("referral_made", None)
        assert notice["data"] == {"code": referral["code"], "referral_id": referral["id"]}
        assert ok(await reader.get(f"{API}/notices/{notice['id']}")) == notice
        assert_problem(await reader.get(f"{API}/referrals/{referral['id']}"), 404, "not_found")
        assert_problem(await reader.incident(incident_id), 404, "not_found")
        assert await list_ids(reader, "referrals") == set()


async def test_grantee_notice_names_the_shared_case(
    school: StaffedUnit, agency: StaffedUnit, machine: Client, incident_id: str
) -> None:
    ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=agency.id), 201)
    for reader in (agency.partner, machine):
        (notice,) = await noticed(reader)
        assert (notice["kind"], notice["incident_id"], notice["data"]) == ("case_shared", incident_id, {"tier": 2})
        ok(await reader.incident(notice["incident_id"]))


async def test_a_notice_of_another_unit_is_not_there(
    world: World, school: StaffedUnit, agency: StaffedUnit, machine: Client, incident_id: str
) -> None:
    other = await create_unit(world, "agency", "department")
    await handed(school, incident_id, other)
    (notice,) = await noticed(other.partner)
    for stranger in (agency.partner, machine, school.head):
        assert_problem(await stranger.get(f"{API}/notices/{notice['id']}"), 404, "not_found")
        assert notice["id"] not in await list_ids(stranger, "notices")


async def test_a_partner_marks_its_units_notice_and_a_system_marks_none(
    school: StaffedUnit, agency: StaffedUnit, machine: Client, incident_id: str
) -> None:
    await handed(school, incident_id, agency)
    (notice,) = await noticed(agency.partner)
    path = f"{API}/notices/{notice['id']}/read"
    assert_problem(await machine.post(path), 403, "forbidden")
    assert ok(await agency.partner.post(path))["read_at"] is not None


async def test_its_system_lists_and_answers_what_was_handed_to_it_and_shared(
    school: StaffedUnit, agency: StaffedUnit, machine: Client, incident_id: str
) -> None:
    referral = await handed(school, incident_id, agency)
    unshared = str((await school.head.create_intake())["incident_id"])
    await handed(school, unshared, agency)
    ok(await share_incident(school.head, incident_id, 3, grantee_unit_id=agency.id), 201)
    assert await list_ids(machine, "referrals") == {referral["id"]}
    assert await list_ids(machine, "incidents") == {incident_id}
    path = f"{API}/referrals/{referral['id']}"
    headers = {"If-Match": await read_etag(machine, path)}
    ok(await machine.post(f"{path}/answers", {"action": "acknowledge", "reference_given": "CA-7"}, headers=headers))
    assert ok(await school.head.get(path))["state"] == "acknowledged"
    assert "Chuyện bịa" not in (await machine.incident(incident_id)).text, "a system reads no narrative"


async def test_its_system_sees_a_case_until_the_share_is_revoked(
    school: StaffedUnit, agency: StaffedUnit, machine: Client, incident_id: str
) -> None:
    grant = ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=agency.id), 201)
    ok(await machine.incident(incident_id))
    ok(await school.head.delete(f"{API}/incidents/{incident_id}/grants/{grant['id']}"), 204)
    assert_problem(await machine.incident(incident_id), 404, "not_found")
    assert await list_ids(machine, "incidents") == set()


@pytest.mark.parametrize("scope", ["intake:read", "intake:create", "referral:create", "attachment:create"])
async def test_system_of_an_agency_cannot_have_other_scopes(world: World, agency: StaffedUnit, scope: str) -> None:
    assert_problem(await register(world, agency.id, "incident:read", scope), 422, "unknown_scope", "/scopes/1")


async def test_a_school_answers_for_no_partner(world: World, school: StaffedUnit) -> None:
    assert_problem(await register(world, school.id, "referral:decide"), 422, "unknown_scope", "/scopes/0")


async def test_its_webhook_receives_ids_only(
    world: World, school: StaffedUnit, agency: StaffedUnit, incident_id: str
) -> None:
    with receiving() as receiver:
        admin = await world.client("so.admin")
        hook = ok(await admin.post(f"{API}/webhooks", {"unit_id": str(agency.id), "url": receiver.url}), 201)
        referral = await handed(school, incident_id, agency)
        ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=agency.id), 201)
        await deliver_notices(world.runtime)
        bodies = {body["type"]: body["data"] for body in (json.loads(each.body) for each in receiver.received)}
    assert bodies.keys() == {"notice.referral_made", "notice.case_shared"}
    assert bodies["notice.referral_made"]["incident_id"] is None
    assert bodies["notice.case_shared"]["incident_id"] == incident_id
    assert referral["code"] not in str(bodies)
    shown = ok(await admin.get(f"{API}/webhooks/{hook['id']}/preview"))
    assert {each["type"] for each in shown} == bodies.keys()
    assert {each["data"]["incident_id"] for each in shown} == {None}
