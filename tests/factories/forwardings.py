"""Forwardings of intakes, and what is set aside."""

from typing import Any
from uuid import UUID

import httpx

from tests.factories.http import API, list_ids
from tests.factories.intakes import create_public_intake
from tests.world import Client, World


async def create_unplaced_intake(world: World, department: Client, **form: object) -> tuple[str, str]:
    """An anonymous intake that names no unit, held by the department: its receipt and id."""
    before = await list_ids(department, "intakes")
    receipt = (await create_public_intake(world, **{"narrative": "Chuyện bịa để thử", **form}))["receipt"]
    (intake_id,) = await list_ids(department, "intakes") - before
    return receipt, intake_id


async def forward(client: Client, intake_id: str, unit_id: UUID | str, **more: Any) -> httpx.Response:
    body = {"unit_id": str(unit_id), "reason": "Bịa: nêu tên đơn vị này", "accuses_nobody": True, **more}
    return await client.post(f"{API}/intakes/{intake_id}/forwarding", body)


async def hand_back(client: Client, intake_id: str) -> httpx.Response:
    return await client.post(f"{API}/intakes/{intake_id}/hand-back", {"reason": "Bịa: không phải ở đây"})


async def reads(client: Client, intake_id: str) -> bool:
    """Whether an intake is within the client's reach."""
    return (await client.get(f"{API}/intakes/{intake_id}")).status_code == 200


async def set_aside(client: Client, intake_id: str, reason: str = "test", **more: Any) -> httpx.Response:
    body = {"reason": reason, "note": "Bịa: gửi thử", **more}
    return await client.post(f"{API}/intakes/{intake_id}/set-asides", body)


async def take_up_again(client: Client, intake_id: str) -> httpx.Response:
    return await client.post(f"{API}/intakes/{intake_id}/set-asides/undo", {"reason": "Bịa: là tin thật"})
