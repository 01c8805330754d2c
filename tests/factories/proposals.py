"""Proposals of acts on a case, and the decisions on them."""

from typing import Any

import httpx

from tests.factories.http import API, ok, read_etag
from tests.world import Client

PROPOSALS = f"{API}/proposals"


async def propose(client: Client, incident_id: str, act: str, **members: object) -> httpx.Response:
    body = {"act": act, "reason": "Đã xác minh (bịa)", **members}
    return await client.post(f"{API}/incidents/{incident_id}/proposals", body)


async def create_proposal(client: Client, incident_id: str, act: str, **members: object) -> dict[str, Any]:
    found: dict[str, Any] = ok(await propose(client, incident_id, act, **members), 201)
    return found


async def decide_proposal(client: Client, proposal_id: str, action: str, **more: object) -> httpx.Response:
    path = f"{PROPOSALS}/{proposal_id}"
    headers = {"If-Match": await read_etag(client, path)}
    return await client.post(f"{path}/transitions", {"action": action, **more}, headers=headers)
