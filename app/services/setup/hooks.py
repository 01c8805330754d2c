"""Hooks between areas within one transaction, so that neither imports the other."""

from uuid import UUID

from app.repositories.cases.former_units import apart_from_accused
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.units import UnitRepository
from app.security.access.criteria import SEPARATIONS
from app.security.access.elevation import ElevationReason
from app.services.cases.persons import PersonService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.obligations.obligations import ObligationService
from app.services.reports.obligations.reporters import ReporterService


async def review_custody_below(work: UnitOfWork, org_path: str) -> None:
    """Review custody after a move: a case may now be below a person it accuses."""
    async with work.elevated(ElevationReason.ACCUSED_ROUTING):
        for incident in await IncidentRepository(work.session).accusing_staff_within(org_path):
            await PersonService(work).review_custody(incident)
        async with work.elevated(ElevationReason.UNIT_CHANGE):
            await PersonService(work).review_waiting_within(org_path)


async def review_custody_after(work: UnitOfWork, unit_id: UUID) -> None:
    """Review custody and shares after a closing: the staff whom cases accuse are now the successors'."""
    async with work.elevated(ElevationReason.ACCUSED_ROUTING):
        units = {unit_id} | await UnitRepository(work.session).predecessors([unit_id])
        for incident in await IncidentRepository(work.session).accusing_staff_of(units):
            await PersonService(work).review_custody(incident)
        async with work.elevated(ElevationReason.UNIT_CHANGE):
            await PersonService(work).review_waiting(units)


async def readdress_reports(work: UnitOfWork, org_path: str) -> None:
    """What units owe after a move goes to the unit that stands above them now."""
    await ObligationService(work).readdress(org_path)


async def pass_reports_on(work: UnitOfWork, unit_id: UUID) -> None:
    """What a closed unit still owes is reported by its only successor."""
    await ReporterService(work).follow_succession(unit_id)


# After a unit moved, with its new path.
UNIT_MOVED = (review_custody_below, readdress_reports)
# After a unit was closed and its successors were recorded.
UNIT_CLOSED = (review_custody_after, pass_reports_on)
# Added to every statement of staff with former units.
SEPARATIONS[:] = [apart_from_accused]
