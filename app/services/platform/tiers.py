"""The caller's tier for rows of an incident: by role inside its scope, by grant outside."""

from collections.abc import Sequence
from uuid import UUID

from app.core.scoping import Tier
from app.models.cases.incidents import Incident
from app.repositories.sharing.grants import GrantRepository
from app.services.platform.unit_of_work import UnitOfWork


async def tiers(work: UnitOfWork, rows: Sequence[tuple[str, UUID]]) -> list[Tier]:
    """The tier of each row, given its path and incident."""
    actor, own = work.actor, work.scope.reads(Incident)
    most = actor.case_tier
    beyond = {incident_id for path, incident_id in rows if not own.holds(path)}
    if not beyond:
        return [most] * len(rows)
    granted = await GrantRepository(work.session).tiers(beyond, actor)
    return [
        most if own.holds(path) else Tier(min(int(most), granted.get(incident_id, 0))) for path, incident_id in rows
    ]
