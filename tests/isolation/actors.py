"""Who asks: every role, in several places of the province, and a stranger."""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.models.accounts import SubjectKind, User
from app.repositories.units import UnitRepository
from app.security.access.roles import MATRIX, Role, client_role, client_scopes
from app.security.access.scope import ALL
from tests.isolation.rule import Actor
from tests.province import DEPARTMENT_ROLES, SCHOOL_ROLES, STAFF, UNITS
from tests.world import Client, World

NAMES = (
    *(f"so.{name}" for name in DEPARTMENT_ROLES),
    *(f"a1.{name}" for name in SCHOOL_ROLES),
    "phong_a.head",
    "phong_a.officer",
    "phong_a.admin",
    "phong_b.officer",
    "congan.partner",
    "a2.head",
    "b1.counsellor",
    "thpt.teacher",
    "so2.officer",
    "so2.admin",
    "z.head",
)
FRESH = {"bureau_a": Role.AUDITOR, "school_a1": Role.SYSTEM_ADMINISTRATOR}
RENEWED_EVERY_S = 240
CLIENTS = ("department", "bureau_a", "school_a1", "agency")


async def everyone(world: World) -> list[Actor]:
    staff = [Actor(name, _role(name), STAFF[name.split(".")[0]][0], await world.fresh_client(name)) for name in NAMES]
    actors = [Actor(a.name, a.role, a.unit, a.client, a.client.user_id) for a in staff]
    for unit, role in FRESH.items():
        client = await fresh_user(world, unit, role)
        actors.append(Actor(f"{unit}.{role}", role, unit, client, client.user_id))
    actors += [await system(world, unit) for unit in CLIENTS]
    assert {actor.role for actor in actors} == set(MATRIX)
    return [*actors, Actor("stranger", "", "", world.anonymous)]


def _role(name: str) -> str:
    prefix, _, staff = name.partition(".")
    return STAFF[prefix][1][staff]


async def fresh_user(world: World, unit: str | UUID, role: str, *, password: str | None = None) -> Client:
    """A new user with a session. With a password, no second factor is enrolled yet."""
    password_hash = await world.runtime.passwords.hash(password) if password else "khong-dung-duoc"
    async with world.runtime.work(ALL) as work:
        owner = await UnitRepository(work.session).get(world.units[unit] if isinstance(unit, str) else unit)
        name = f"thu.{role.replace('_', '.')}.{datetime.now(UTC).timestamp():.6f}"
        user = User(
            unit_id=owner.id,
            org_path=owner.org_path,
            username=name,
            full_name="Người Thử",
            role=role,
            password_hash=password_hash,
            must_change_password=False,
            totp_enrolled_at=None if password else work.now,
            created_at=work.now,
        )
        work.session.add(user)
        return await world._signed_in(work, user.id, user.epoch, SubjectKind.USER)


async def system(world: World, unit: str) -> Actor:
    """An integration client as it comes to be: registered by an administrator, signed in by its secret."""
    administrator = await world.client("so.admin")
    role = client_role(UNITS[unit][0])
    body = {"name": "Hệ thống thử", "unit_id": str(world.units[unit]), "scopes": sorted(client_scopes(role))}
    made = await administrator.post("/api/v1/clients", body)
    assert made.status_code == 201, made.text
    secret = {"client_id": made.json()["id"], "client_secret": made.json()["secret"]}
    actor = Actor(f"{unit}.system", role, unit, Client(world.http, world, {}), secret=secret)
    await _sign_in_again(world, actor)
    return actor


async def _sign_in_again(world: World, actor: Actor) -> None:
    """The session of a client lives no longer than its token: a token alone would not renew it."""
    form = {"grant_type": "client_credentials", **(actor.secret or {})}
    token = await world.http.post("/oauth/token", data=form)
    assert token.status_code == 200, token.text
    actor.client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"


@dataclass
class Watch:
    """Renews everybody's token long before its fifteen minutes end, however slow the machine."""

    world: World
    actors: list[Actor]
    renewed_at: float = -math.inf

    async def stay_signed_in(self) -> None:
        if time.monotonic() - self.renewed_at < RENEWED_EVERY_S:
            return
        self.renewed_at = time.monotonic()
        for actor in self.actors:
            if actor.secret:
                await _sign_in_again(self.world, actor)
            elif actor.role:
                self.world.renew(actor.client)
