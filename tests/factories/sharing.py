"""Grants of an incident."""

from datetime import timedelta
from uuid import UUID

import httpx

from app.core.time import utc_now
from tests.factories.http import API
from tests.world import Client


async def share_incident(
    client: Client, incident_id: str, tier: int, *, days: float = 7, **grantee: UUID
) -> httpx.Response:
    expires = utc_now() + timedelta(days=days)
    body = {"tier": tier, "reason": "Phối hợp (bịa)", "expires_at": expires.isoformat()}
    return await client.post(
        f"{API}/incidents/{incident_id}/grants", body | {name: str(key) for name, key in grantee.items()}
    )
