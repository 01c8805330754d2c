"""How much of an incident's rows the caller sees: by role within its own line, by grant beyond it."""

from collections.abc import Sequence
from uuid import UUID

from app.core.scoping import Tier
from app.models.cases.incidents import Incident
from app.repositories.sharing.grants import GrantRepository
from app.services.platform.unit_of_work import UnitOfWork


async def tiers(work: UnitOfWork, rows: Sequence[tuple[str, UUID]]) -> list[Tier]:
    """For each row its tier, given the path it lies under and the incident it belongs to."""
    actor, own = work.actor, work.scope.reads(Incident)
    beyond = {incident_id for path, incident_id in rows if not own.holds(path)}
    granted = await GrantRepository(work.session).tiers(beyond, actor) if beyond else {}
    return [
        actor.case_tier if own.holds(path) else Tier(min(int(actor.case_tier), granted.get(incident_id, 0)))
        for path, incident_id in rows
    ]
