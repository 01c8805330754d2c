"""Invented people of a test's own, who really sign in; and a clock that a test may set forward."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest

from app.core import time as clock
from app.models.accounts import User
from app.repositories.units import UnitRepository
from app.security.access.roles import Role
from app.security.access.scope import ALL
from app.services.accounts import authenticator
from tests.province import PASSWORD
from tests.world import Client, World

AUTH = "/api/v1/auth"
NUMBERS = count(1)
Shift = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    username: str
    totp: pyotp.TOTP

    def code(self, moment: datetime | None = None) -> str:
        return self.totp.at(moment or clock.utc_now())


async def person(
    world: World,
    role: Role = Role.SCHOOL_HEAD,
    unit: str | UUID = "school_a1",
    *,
    first_password: bool = False,
    second_factor: bool = False,
) -> Person:
    """A fresh account whose password is PASSWORD."""
    number = next(NUMBERS)
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
        return Person(user.id, user.username, pyotp.TOTP(secret))


async def sign_in(world: World, username: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    return await world.stranger.post(f"{AUTH}/sign-in", {"username": username, "password": password, **more})


async def refresh(world: World, token: str) -> httpx.Response:
    return await world.stranger.post(f"{AUTH}/refresh", {"refresh_token": token})


def bearer(world: World, tokens: dict[str, Any]) -> Client:
    return Client(world.http, world, {"Authorization": f"Bearer {tokens['access_token']}"})


async def signed_in(world: World, username: str, password: str = PASSWORD, **more: Any) -> Client:
    response = await sign_in(world, username, password, **more)
    assert response.status_code == 200, response.text
    return bearer(world, response.json())


async def is_in(client: Client) -> bool:
    """Whether the access token still opens anything."""
    response = await client.get(f"{AUTH}/me")
    assert response.status_code in {200, 401}, response.text
    return response.status_code == 200


async def closed(world: World, unit_id: UUID, *, in_days: int) -> None:
    """The unit is closed by a decision that takes effect in so many days."""
    async with world.runtime.work(ALL) as work:
        (await UnitRepository(work.session).get(unit_id)).closed_on = work.today + timedelta(days=in_days)
        await work.commit()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Shift:
    """Calling it sets the application's clock ahead of the machine's, by so much in all."""
    real = clock.utc_now

    def shift(**ahead: float) -> None:
        def moved() -> datetime:
            return real() + timedelta(**ahead)

        seconds = timedelta(**ahead).total_seconds()
        watches = SimpleNamespace(time=lambda: time.time() + seconds, monotonic=lambda: time.monotonic() + seconds)
        monkeypatch.setattr(clock, "utc_now", moved)
        monkeypatch.setattr(authenticator, "utc_now", moved)
        monkeypatch.setattr(authenticator, "time", watches)

    return shift
