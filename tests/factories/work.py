"""What waits for somebody."""

from typing import Any

from tests.factories.http import API, ok
from tests.world import Client


async def list_work(client: Client) -> dict[str, dict[str, Any]]:
    """By kind."""
    found = ok(await client.get(f"{API}/work"))["waiting"]
    return {each["kind"]: each for each in found}


async def waiting_ids(client: Client, kind: str) -> list[str]:
    """The ids of the first few of a kind; each of them opens."""
    items = (await list_work(client))[kind]["items"]
    for item in items:
        ok(await client.call(item["method"], item["path"]))
    return [item["id"] for item in items]
