"""Which level decides on a grave case (product, after Decree 56/2017 art. 28; the list `plan_raised`)."""

from app.models.cases.incidents import Incident
from app.repositories.units import UnitRepository
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


async def is_above(work: UnitOfWork, incident: Incident) -> bool:
    """Whether the caller's unit is above the holder, or no unit that works on cases is."""
    if len(work.actor.org_path) < len(incident.org_path):
        return True
    return await UnitRepository(work.session).working_level_above(incident.org_path) is None


async def is_competent(work: UnitOfWork, incident: Incident) -> bool:
    """Whether the caller's level decides: the level above the holder where the severity requires it."""
    return incident.severity not in await raised_severities(work) or await is_above(work, incident)


async def raised_severities(work: UnitOfWork) -> set[str]:
    """The severities on which the level above the holder decides."""
    return {entry.code for entry in await CodeListService(work).entries("plan_raised", work.today)}
