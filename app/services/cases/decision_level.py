"""Which level decides on a grave case (product, after Decree 56/2017 art. 28; the list `plan_raised`)."""

from app.models.cases.incidents import Incident
from app.repositories.units import UnitRepository
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


async def is_above(work: UnitOfWork, incident: Incident) -> bool:
    """Whether the caller stands above the holder, or nobody who works on cases does."""
    if len(work.actor.org_path) < len(incident.org_path):
        return True
    return await UnitRepository(work.session).working_level_above(incident.org_path) is None


async def is_competent(work: UnitOfWork, incident: Incident) -> bool:
    """Whether the caller's level decides, which is the one above the holder where the severity asks for that."""
    return incident.severity not in await raised_severities(work) or await is_above(work, incident)


async def raised_severities(work: UnitOfWork) -> set[str]:
    """Those of which the level above the holder decides."""
    return {entry.code for entry in await CodeListService(work).entries("plan_raised", work.today)}
