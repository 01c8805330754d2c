"""Users and systems of a test's own, who really sign in."""

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pyotp

from app.core import time as clock
from app.models.accounts import User
from app.repositories.units import UnitRepository
from app.security.access.roles import Role
from app.security.access.scope import ALL
from tests.factories.http import API, ok, read_etag
from tests.province import PASSWORD
from tests.world import Client, World

AUTH = "/api/v1/auth"
USER_NUMBERS = count(1)


async def transfer_user(world: World, person: Client, unit_id: UUID, role: str) -> Client:
    """Move a user to another unit and role, and sign in again."""
    administrator, account = await world.client("so.admin"), f"{API}/users/{person.user_id}"
    body = {"unit_id": str(unit_id), "role": role}
    user = ok(await administrator.patch(account, body, await read_etag(administrator, account)))
    return await world.fresh_client(user["username"])


async def register_integration_client(world: World, unit_id: UUID | str, *scopes: str) -> dict[str, Any]:
    """The account of an integration client, with its id and secret."""
    administrator = await world.client("so.admin")
    body = {"name": "Hệ thống thử (mẫu)", "unit_id": str(unit_id), "scopes": list(scopes)}
    made: dict[str, Any] = ok(await administrator.post(f"{API}/clients", body), 201)
    return made


async def create_integration_client(world: World, unit: str, *scopes: str) -> Client:
    """An integration client of a unit, with its own access token."""
    made = await register_integration_client(world, world.units[unit], *scopes)
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
    token = ok(await world.http.post("/oauth/token", data=form))["access_token"]
    return Client(world.http, world, {"Authorization": f"Bearer {token}"})


@dataclass(frozen=True, slots=True)
class UserAccount:
    id: UUID
    username: str
    totp: pyotp.TOTP

    def code(self, moment: datetime | None = None) -> str:
        return self.totp.at(moment or clock.utc_now())


async def create_user(
    world: World,
    role: Role = Role.SCHOOL_HEAD,
    unit: str | UUID = "school_a1",
    *,
    first_password: bool = False,
    second_factor: bool = False,
) -> UserAccount:
    """A fresh account whose password is PASSWORD."""
    number = next(USER_NUMBERS)
    secret = pyotp.random_base32()
    async with world.runtime.work(ALL) as work:
        home = await UnitRepository(work.session).get(world.units[unit] if isinstance(unit, str) else unit)
        user = User(
            unit_id=home.id,
            org_path=home.org_path,
            username=f"nguoi.{number}",
            full_name=f"Người Bịa {number}",
            role=role,
            password_hash=await world.runtime.passwords.hash(PASSWORD),
            must_change_password=first_password,
            totp_enrolled_at=work.now if second_factor else None,
            created_at=work.now,
        )
        user.totp_sealed = world.runtime.sealer.seal(secret, f"totp:{user.id}")
        work.session.add(user)
        await work.commit()
        return UserAccount(user.id, user.username, pyotp.TOTP(secret))


async def sign_in(world: World, username: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    return await world.anonymous.post(f"{AUTH}/sign-in", {"username": username, "password": password, **more})


async def refresh_session(world: World, token: str) -> httpx.Response:
    return await world.anonymous.post(f"{AUTH}/refresh", {"refresh_token": token})


def client_with_token(world: World, tokens: dict[str, Any]) -> Client:
    return Client(world.http, world, {"Authorization": f"Bearer {tokens['access_token']}"})


async def sign_in_client(world: World, username: str, password: str = PASSWORD, **more: Any) -> Client:
    response = await sign_in(world, username, password, **more)
    assert response.status_code == 200, response.text
    return client_with_token(world, response.json())


async def is_signed_in(client: Client) -> bool:
    """Whether the access token is still valid."""
    response = await client.get(f"{AUTH}/me")
    assert response.status_code in {200, 401}, response.text
    return response.status_code == 200
