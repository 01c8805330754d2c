"""Webhooks of a unit."""

from typing import Any

from tests.factories.http import API, ok, read_etag
from tests.factories.units import StaffedUnit
from tests.world import Client

WEBHOOKS = f"{API}/webhooks"


async def create_webhook(admin: Client, place: StaffedUnit, url: str, **more: object) -> dict[str, Any]:
    created: dict[str, Any] = ok(await admin.post(WEBHOOKS, {"unit_id": str(place.id), "url": url, **more}), 201)
    return created


async def list_deliveries(admin: Client, webhook: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    page = ok(await admin.get(f"{WEBHOOKS}/{webhook['id']}/deliveries", params={"limit": 500, **query}))
    items: list[dict[str, Any]] = page["items"]
    return items


async def change_webhook(admin: Client, webhook: dict[str, Any], **patch: object) -> dict[str, Any]:
    path = f"{WEBHOOKS}/{webhook['id']}"
    answer: dict[str, Any] = ok(await admin.patch(path, patch, await read_etag(admin, path)))
    return answer
