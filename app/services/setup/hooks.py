"""Hooks between areas within one transaction, so that neither imports the other."""

from app.repositories.cases.former_units import apart_from_accused
from app.repositories.cases.incidents import IncidentRepository
from app.security.access.criteria import SEPARATIONS
from app.security.access.scope import ElevationReason
from app.services.cases.persons import PersonService
from app.services.platform.unit_of_work import UnitOfWork


async def review_custody_below(work: UnitOfWork, org_path: str) -> None:
    """Review custody after a move: a case may now be below a person it accuses."""
    async with work.elevated(ElevationReason.ACCUSED_ROUTING):
        for incident in await IncidentRepository(work.session).accusing_staff_within(org_path):
            await PersonService(work).review_custody(incident)


# After a unit moved, with its new path.
UNIT_MOVED = (review_custody_below,)
# Added to every statement of staff with former units.
SEPARATIONS[:] = [apart_from_accused]
