"""What the rules of attachments do again and again: attach, link, fetch, sweep."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from app.security.access.scope import ALL
from app.services.attachments import AttachmentService
from tests.factories.acts import API, ok
from tests.files.samples import TEXT
from tests.world import Client, World


async def attach(
    client: Client, incident_id: str, content: bytes = TEXT, kind: str = "text/plain", title: str = "", **more: Any
) -> httpx.Response:
    headers = {"Content-Type": kind} | ({"Attachment-Title": quote(title)} if title else {})
    return await client.call(
        "POST", f"{API}/incidents/{incident_id}/attachments", content=content, headers=headers, **more
    )


async def attached(client: Client, incident_id: str, *what: Any, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = ok(await attach(client, incident_id, *what, **more), 201)
    return made


async def files(client: Client, incident_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(await client.get(f"{API}/incidents/{incident_id}/attachments"))
    return found


async def link(client: Client, attachment_id: str, variant: str = "original") -> httpx.Response:
    return await client.post(f"{API}/attachments/{attachment_id}/links", {"variant": variant})


async def linked(client: Client, attachment_id: str, variant: str = "original") -> str:
    return str(ok(await link(client, attachment_id, variant), 201)["url"])


async def fetch(client: Client, url: str, **headers: str) -> httpx.Response:
    """As whoever holds the link: without a token."""
    return await client.http.get(url, headers=headers)


async def destroy(client: Client, attachment_id: str, reason: str = "Tải nhầm (bịa)") -> httpx.Response:
    return await client.call("DELETE", f"{API}/attachments/{attachment_id}", json={"reason": reason})


async def objects(world: World) -> set[str]:
    return {found.path async for page in world.runtime.files._store.list() for found in page}


async def swept(world: World, after: timedelta) -> int:
    async with world.runtime.work(ALL) as work:
        work.now += after
        return await AttachmentService(work).sweep()


async def release(client: Client, attachment_id: str, reason: str = "Cần bản gốc (bịa)") -> httpx.Response:
    return await client.call("PUT", f"{API}/attachments/{attachment_id}/release", json={"reason": reason})
