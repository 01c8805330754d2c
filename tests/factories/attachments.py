"""Files of an incident: uploaded, linked, fetched, destroyed."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from app.security.access.scope import ALL
from app.services.attachments import AttachmentService
from tests.factories.http import API, ok
from tests.files.samples import TEXT, jpeg
from tests.world import Client, World

JPEG = jpeg()
MIB = 1024 * 1024


async def upload_attachment(
    client: Client, incident_id: str, content: bytes = TEXT, kind: str = "text/plain", title: str = "", **more: Any
) -> httpx.Response:
    headers = {"Content-Type": kind} | ({"Attachment-Title": quote(title)} if title else {})
    return await client.call(
        "POST", f"{API}/incidents/{incident_id}/attachments", content=content, headers=headers, **more
    )


async def create_attachment(client: Client, incident_id: str, *what: Any, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = ok(await upload_attachment(client, incident_id, *what, **more), 201)
    return made


async def list_attachments(client: Client, incident_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(await client.get(f"{API}/incidents/{incident_id}/attachments"))
    return found


async def request_link(client: Client, attachment_id: str, variant: str = "original") -> httpx.Response:
    return await client.post(f"{API}/attachments/{attachment_id}/links", {"variant": variant})


async def create_link(client: Client, attachment_id: str, variant: str = "original") -> str:
    return str(ok(await request_link(client, attachment_id, variant), 201)["url"])


async def fetch_link(client: Client, url: str, **headers: str) -> httpx.Response:
    """Download by link, without a token."""
    return await client.http.get(url, headers=headers)


async def destroy_attachment(client: Client, attachment_id: str, reason: str = "Tải nhầm (bịa)") -> httpx.Response:
    return await client.post(f"{API}/attachments/{attachment_id}/destruction", {"reason": reason})


async def stored_objects(world: World) -> set[str]:
    return {found.path async for page in world.runtime.files._store.list() for found in page}


async def sweep_attachments(world: World, after: timedelta) -> int:
    async with world.runtime.work(ALL) as work:
        work.now += after
        return await AttachmentService(work).sweep()


async def release_attachment(client: Client, attachment_id: str, reason: str = "Cần bản gốc (bịa)") -> httpx.Response:
    return await client.call("PUT", f"{API}/attachments/{attachment_id}/release", json={"reason": reason})


async def drop_copy(world: World, attachment_id: str, copy_state: str) -> None:
    """Make the file one of which no shared copy could be made."""
    async with world.runtime.work(ALL) as work:
        attachment = await AttachmentService(work).get(UUID(attachment_id))
        attachment.shared_object = attachment.shared_size = None
        attachment.copy_state = copy_state
        await work.commit()
