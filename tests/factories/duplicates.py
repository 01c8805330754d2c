"""Merges of incidents."""

from typing import Any

from tests.factories.http import API, read_etag
from tests.world import Client

INCIDENTS = f"{API}/incidents"


async def merge_incidents(client: Client, survivor: str, absorbed: str, **more: Any) -> Any:
    body = {
        "incident_id": absorbed,
        "etag": await read_etag(client, f"{INCIDENTS}/{absorbed}"),
        "reason": "Một vụ (bịa)",
    }
    headers = {"If-Match": await read_etag(client, f"{INCIDENTS}/{survivor}")}
    return await client.post(f"{INCIDENTS}/{survivor}/merges", body | more, headers=headers)


async def undo_merge(client: Client, merged: dict[str, Any]) -> Any:
    survivor, absorbed = merged["survivor_id"], merged["incident_id"]
    body = {"etag": await read_etag(client, f"{INCIDENTS}/{absorbed}"), "reason": "Hai vụ khác nhau (bịa)"}
    headers = {"If-Match": await read_etag(client, f"{INCIDENTS}/{survivor}")}
    return await client.post(f"{INCIDENTS}/{survivor}/merges/{merged['id']}/undo", body, headers=headers)
