"""Urgent reports on an incident."""

from typing import Any

import httpx

from tests.factories.http import API, ok, read_etag
from tests.world import Client

NARRATIVES = {"DX1": "Diễn biến do cán bộ sửa (bịa)", "DX2": "Đã tách hai bên (bịa)", "DX3": "Không (bịa)"}


def urgent_path(report: dict[str, Any]) -> str:
    return f"{API}/urgent-reports/{report['id']}"


async def request_draft(client: Client, incident_id: str) -> httpx.Response:
    return await client.post(f"{API}/incidents/{incident_id}/urgent-reports")


async def draft(client: Client, incident_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(await request_draft(client, incident_id), 201)
    return found


async def list_urgent(client: Client, incident_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(await client.get(f"{API}/incidents/{incident_id}/urgent-reports"))
    return found


async def edit(client: Client, report: dict[str, Any], **narratives: str) -> httpx.Response:
    headers = {"If-Match": await read_etag(client, urgent_path(report))}
    return await client.call("PUT", urgent_path(report), json={"narratives": narratives}, headers=headers)


async def hand_in(client: Client, report: dict[str, Any], **more: object) -> httpx.Response:
    headers = {"If-Match": await read_etag(client, urgent_path(report))}
    body = {"signer_name": "Người Ký Bịa"} | more
    return await client.post(f"{urgent_path(report)}/submission", body, headers=headers)
