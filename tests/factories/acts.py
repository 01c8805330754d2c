"""What the rules' tests do again and again: found a unit of their own, staff it, tell, share. All of it invented."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx

from app.core.time import today, utc_now
from app.models.accounts import User
from app.repositories.units import UnitRepository
from app.schemas.units import UnitDescription
from app.security.access.roles import Role
from app.security.access.scope import ALL
from app.services.cases.escalations import escalate_missed
from app.services.units import UnitService
from tests.world import Client, World

API = "/api/v1"
NUMBERS = count(1)
FOUNDED = date(2021, 9, 1)
SCHOOL_STAFF = {"head": Role.SCHOOL_HEAD, "counsellor": Role.COUNSELLOR, "teacher": Role.HOMEROOM_TEACHER}
STAFF = {
    "school": SCHOOL_STAFF,
    "bureau": {"officer": Role.BUREAU_OFFICER},
    "agency": {"partner": Role.PARTNER},
    "department": {"officer": Role.DEPARTMENT_OFFICER},
}


@dataclass(frozen=True, slots=True)
class Place:
    """A fresh unit and its people, signed in, by their short names."""

    id: UUID
    people: dict[str, Client]

    def __getattr__(self, name: str) -> Client:
        return self.people[name]


async def founded(world: World, kind: str = "school", under: str | UUID = "bureau_a") -> Place:
    """A fresh unit below another, staffed."""
    number = next(NUMBERS)
    parent_id = world.units[under] if isinstance(under, str) else under
    async with world.runtime.work(ALL) as work:
        parent = await UnitRepository(work.session).get(parent_id)
        described = UnitDescription(
            name_vi=f"Đơn vị thử {number} (mẫu)", code=f"t{number}", effective_on=FOUNDED, decision_number="02/QĐ-MẪU"
        )
        unit = await UnitService(work).found_below(kind, parent, described)
        for name, role in STAFF[kind].items():
            work.session.add(
                User(
                    unit_id=unit.id,
                    org_path=unit.org_path,
                    username=f"t{number}.{name}",
                    full_name=f"Người Thử {number} {name}",
                    role=role,
                    password_hash="none",
                    must_change_password=False,
                    created_at=work.now,
                )
            )
        unit_id = unit.id
        await work.commit()
    return Place(unit_id, {name: await world.fresh_client(f"t{number}.{name}") for name in STAFF[kind]})


async def moved(world: World, person: Client, unit_id: UUID, role: str) -> Client:
    """The same person in another unit and role, signed in anew."""
    administrator, account = await world.client("so.admin"), f"{API}/users/{person.user_id}"
    body = {"unit_id": str(unit_id), "role": role}
    user = ok(await administrator.patch(account, body, await tag(administrator, account)))
    return await world.fresh_client(user["username"])


async def closes(world: World, unit_id: UUID, *successors: UUID) -> None:
    """The department closes a unit today, and names who takes over."""
    head, path = await world.client("so.head"), f"{API}/units/{unit_id}"
    body = {"effective_on": today().isoformat(), "decision_number": "10/QĐ-MẪU", "kind": "merge"}
    heirs = {"successor_ids": [str(key) for key in successors]}
    ok(await head.post(f"{path}/closure", body | heirs, headers={"If-Match": await tag(head, path)}), 204)


async def system(world: World, unit: str, *scopes: str) -> Client:
    """An integration client of a unit, with its own access token."""
    administrator = await world.client("so.admin")
    body = {"name": "Hệ thống thử (mẫu)", "unit_id": str(world.units[unit]), "scopes": list(scopes)}
    made = ok(await administrator.post(f"{API}/clients", body), 201)
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
    token = ok(await world.http.post("/oauth/token", data=form))["access_token"]
    return Client(world.http, world, {"Authorization": f"Bearer {token}"})


def ok(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json() if response.content else None


def refused(response: httpx.Response, status: int, code: str, pointer: str | None = None) -> None:
    """The problem with its stable code; with a `pointer`, the fault of that code at that place."""
    assert response.status_code == status, response.text
    problem = response.json()
    if pointer is None:
        assert problem["code"] == code
    else:
        assert (pointer, code) in {(fault["pointer"], fault["code"]) for fault in problem["errors"]}


async def tag(client: Client, path: str) -> str:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    return response.headers["ETag"]


async def step(client: Client, path: str, action: str, **more: object) -> httpx.Response:
    """One transition of an incident or a referral at `path`."""
    headers = {"If-Match": await tag(client, path)}
    return await client.post(f"{path}/transitions", {"action": action, **more}, headers=headers)


async def judge(client: Client, incident_id: str, severity: str) -> httpx.Response:
    path = f"{API}/incidents/{incident_id}"
    headers = {"If-Match": await tag(client, path)}
    return await client.post(f"{path}/severities", {"severity": severity, "reason": "Bịa"}, headers=headers)


async def share(client: Client, incident_id: str, tier: int, *, days: float = 7, **grantee: UUID) -> httpx.Response:
    expires = utc_now() + timedelta(days=days)
    body = {"tier": tier, "reason": "Phối hợp (bịa)", "expires_at": expires.isoformat()}
    return await client.post(
        f"{API}/incidents/{incident_id}/grants", body | {name: str(key) for name, key in grantee.items()}
    )


async def told(world: World, **form: object) -> dict[str, Any]:
    """A public intake's answer."""
    answer: dict[str, Any] = ok(await world.stranger.post(f"{API}/public/intakes", form), 201)
    return answer


async def refer(client: Client, incident_id: str, **fields: object) -> dict[str, Any]:
    """A referral to 111, of now unless told otherwise."""
    body = {"hotline_id": await hotline(client), "channel": "phone", "made_at": utc_now().isoformat()} | fields
    made: dict[str, Any] = ok(await client.post(f"{API}/incidents/{incident_id}/referrals", body), 201)
    return made


async def hotline(client: Client, number: str = "111", as_of: str | None = None) -> str:
    lines = ok(await client.get(f"{API}/hotlines", params={"as_of": as_of} if as_of else {}))
    return str(next(line["id"] for line in lines if line["number"] == number))


async def night_passes(world: World) -> None:
    """What the worker does by itself with clocks that were missed."""
    async with world.runtime.work(ALL) as work:
        await escalate_missed(work)
        await work.commit()


async def listed(client: Client, what: str, **params: object) -> set[str]:
    """Ids of a list, to its last page."""
    return {item["id"] for item in await items(client, what, **params)}


async def items(client: Client, what: str, **params: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more: dict[str, object] = {}
    while True:
        page = ok(await client.get(f"{API}/{what}", params={"limit": 500, **params, **more}))
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        more = {"cursor": page["next_cursor"]}


async def counted(client: Client, **params: object) -> int:
    return sum(row["count"] for row in ok(await client.get(f"{API}/incidents/counts", params=params)))
