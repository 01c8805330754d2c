"""Decisions about units: founding, moves, closures, and what is read of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from app.core import time
from app.repositories.units import UnitRepository
from app.security.access.roles import Role
from app.security.access.scope import ALL
from tests.factories.accounts import create_user
from tests.factories.http import API, ok, read_etag
from tests.factories.units import NUMBERS
from tests.world import Client, World

DECISION = {"decision_number": "77/QĐ-MẪU"}
YESTERDAY = (time.today() - timedelta(days=1)).isoformat()


def unit_path(unit_id: object) -> str:
    return f"{API}/units/{unit_id}"


async def act_on_unit(client: Client, unit_id: object, what: str, **body: object) -> httpx.Response:
    headers = {"If-Match": await read_etag(client, unit_path(unit_id))}
    return await client.post(f"{unit_path(unit_id)}/{what}", DECISION | body, headers=headers)


async def move_unit(
    client: Client, unit_id: object, parent_id: object, on: str = YESTERDAY, **more: object
) -> httpx.Response:
    return await act_on_unit(client, unit_id, "moves", parent_id=str(parent_id), effective_on=on, **more)


async def create_administrator(world: World, unit_id: UUID) -> Client:
    someone = await create_user(world, Role.SYSTEM_ADMINISTRATOR, unit_id, second_factor=True)
    return await world.fresh_client(someone.username)


async def found_unit(client: Client, parent_id: object, **more: object) -> httpx.Response:
    name = f"Trường Mới Lập {next(NUMBERS)} (mẫu)"
    body = {"kind": "school", "name_vi": name, "effective_on": "2024-09-01", **DECISION}
    return await client.post(f"{API}/units", body | {"parent_id": str(parent_id)} | more)


async def read_unit_as_of(client: Client, unit_id: object, day: str) -> Any:
    return ok(await client.get(unit_path(unit_id), params={"as_of": day}))


async def read_org_path(world: World, unit_id: UUID) -> str:
    async with world.runtime.work(ALL) as work:
        return (await UnitRepository(work.session).get(unit_id)).org_path
