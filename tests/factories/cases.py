"""Incidents: their transitions, severities, clocks, escalations and disciplines."""

from typing import Any

import httpx

from app.security.access.scope import ALL
from app.services.cases.escalations import escalate_overdue
from tests.factories.http import API, ok, read_etag
from tests.world import Client, World


async def list_clocks(client: Client, incident_id: str) -> dict[str, dict[str, Any]]:
    """The latest round of each clock, by its rule."""
    found = ok(await client.get(f"{API}/incidents/{incident_id}/clocks"))
    return {clock["rule_code"]: clock for clock in sorted(found, key=lambda clock: clock["round"])}


async def clock_states(client: Client, incident_id: str) -> dict[str, str]:
    return {code: clock["state"] for code, clock in (await list_clocks(client, incident_id)).items()}


async def list_escalations(client: Client, incident_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(await client.get(f"{API}/incidents/{incident_id}/escalations"))
    return found


def discipline_form(person_id: str, **fields: object) -> dict[str, object]:
    decided = {"measure": "criticism", "level": "level_2", "decided_on": "2025-11-03", "note": "Bịa"}
    return {"person_id": person_id, **decided, **fields}


async def create_discipline(client: Client, incident_id: str, person_id: str) -> dict[str, Any]:
    path = f"{API}/incidents/{incident_id}/disciplines"
    found: dict[str, Any] = ok(await client.post(path, discipline_form(person_id)), 201)
    return found


# The coded reason of a step that ends an incident, where a test says no other.
CODED = {"close": {"closing_reason": "resolved_at_school"}, "dismiss": {"dismissal_reason": "unfounded"}}


async def transition(client: Client, path: str, action: str, **more: object) -> httpx.Response:
    """One transition of an incident or a referral at `path`."""
    headers = {"If-Match": await read_etag(client, path)}
    coded = CODED.get(action, {}) if "/incidents/" in path else {}
    return await client.post(f"{path}/transitions", {"action": action, **coded, **more}, headers=headers)


async def dismiss(client: Client, path: str, **more: object) -> httpx.Response:
    """Dismiss an incident that is assessed first: it is not grave."""
    ok(await set_severity(client, path.rpartition("/")[2], "low"), 201)
    return await transition(client, path, "dismiss", **{"reason": "Bịa", **more})


async def set_severity(client: Client, incident_id: str, severity: str) -> httpx.Response:
    path = f"{API}/incidents/{incident_id}"
    headers = {"If-Match": await read_etag(client, path)}
    return await client.post(f"{path}/severities", {"severity": severity, "reason": "Bịa"}, headers=headers)


async def escalate_overdue_clocks(world: World) -> None:
    """Run the worker's escalation until nothing is left."""
    async with world.runtime.work(ALL) as work:
        await escalate_overdue(work)
        await work.commit()


async def count_incidents(client: Client, **params: object) -> int:
    return sum(row["count"] for row in ok(await client.get(f"{API}/incidents/counts", params=params)))
