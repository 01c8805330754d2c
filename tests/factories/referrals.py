"""Referrals to a hotline, and their follow-ups."""

from typing import Any

from app.core import time
from app.core.time import utc_now
from tests.factories.http import API, ok
from tests.world import Client


async def create_follow_up(client: Client, referral_id: str, **fields: object) -> Any:
    body = {"followed_up_at": time.utc_now().isoformat(), "channel": "phone", "result": "no_answer"} | fields
    return await client.post(f"{API}/referrals/{referral_id}/follow-ups", body)


async def create_referral(client: Client, incident_id: str, **fields: object) -> dict[str, Any]:
    """A referral to 111, made now by default."""
    body = {"hotline_id": await find_hotline(client), "channel": "phone", "made_at": utc_now().isoformat()} | fields
    made: dict[str, Any] = ok(await client.post(f"{API}/incidents/{incident_id}/referrals", body), 201)
    return made


async def find_hotline(client: Client, number: str = "111", as_of: str | None = None) -> str:
    lines = ok(await client.get(f"{API}/hotlines", params={"as_of": as_of} if as_of else {}))
    return str(next(line["id"] for line in lines if line["number"] == number))
