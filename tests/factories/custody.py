"""Cases that accuse a unit's staff, and who holds them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.models.intakes.intakes import Intake
from app.security.access.scope import ALL
from tests.factories.cases import count_incidents
from tests.factories.http import API, list_ids, ok
from tests.factories.intakes import create_public_intake
from tests.factories.units import StaffedUnit
from tests.world import Client, World


def accuse(kind: str = "school_leader", **more: object) -> list[dict[str, object]]:
    return [{"kind": kind, **more}]


async def create_unseen_report(world: World, named: StaffedUnit, accused: StaffedUnit) -> None:
    """A stranger's report about one unit, of another's staff, that shows at the next moment of the grid."""
    form = {"accused": accuse("staff", unit_id=str(accused.id)), "narrative": "Bịa", "immediate_danger": False}
    await create_public_intake(world, unit_id=str(named.id), **form)


async def read_holder(world: World, named: StaffedUnit) -> UUID:
    """The holder of the only intake about a unit, whether staff see it yet or not."""
    async with world.runtime.work(ALL) as work:
        holder_id: UUID = (await work.session.scalars(select(Intake.holder_id).where(Intake.unit_id == named.id))).one()
        return holder_id


async def assert_gone_from(client: Client, incident_id: str, unit_id: UUID, *referral_ids: str) -> None:
    """Neither by id, nor in a part, nor in a list, nor in a count."""
    path = f"{API}/incidents/{incident_id}"
    for part in ("", "/timeline", "/persons", "/severities", "/grants"):
        assert (await client.get(path + part)).status_code == 404, part
    for referral_id in referral_ids:
        for part in ("", "/handover-sheet"):
            assert (await client.get(f"{API}/referrals/{referral_id}{part}")).status_code == 404
    assert incident_id not in await list_ids(client, "incidents")
    assert incident_id not in await list_ids(client, "incidents", shared=True)
    assert not await list_ids(client, "referrals", incident_id=incident_id)
    assert await count_incidents(client, unit_id=str(unit_id)) == 0


async def assert_held_by(client: Client, incident_id: str, holder: UUID) -> dict[str, Any]:
    incident: dict[str, Any] = ok(await client.incident(incident_id))
    assert incident["holder_id"] == str(holder)
    assert incident_id in await list_ids(client, "incidents")
    return incident
