"""What reports use of roster counts: which moments, and which drafts a new count makes stale."""

from uuid import UUID

from app.repositories.reports.reports import ReportRepository
from app.repositories.reports.sources.rosters import MOMENTS
from app.schemas.reports.definitions import Definition
from app.schemas.reports.flow import EDITABLE
from app.schemas.school_years.roster_counts import RosterCountIn
from app.security.access.elevation import ElevationReason
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.templates.definitions import Definitions
from app.services.school_years.roster_counts import RosterCountService, UnitRoster


def moments_of(definition: Definition) -> list[str]:
    """The moments of the year whose counts its figures are made of."""
    used = {name for item in definition.indicators().values() for name in (item.source, item.denominator)}
    return [moment for source, moment in MOMENTS.items() if source in used]


async def put_roster(work: UnitOfWork, roster: UnitRoster, data: RosterCountIn) -> UnitRoster:
    """Set the count of the caller's unit; its drafts that use it are stale from then on. Raises as the count does."""
    await _mark_stale_drafts(work, roster.unit_id, roster.school_year, roster.moment)
    return await RosterCountService(work).put(roster, data)


async def _mark_stale_drafts(work: UnitOfWork, unit_id: UUID, school_year: str, moment: str) -> None:
    """Mark the unit's drafts that use its count of a moment: what they counted has changed.

    They are locked before the count is written, as a submission locks its report before it freezes the count.
    """
    async with work.elevated(ElevationReason.REPORT_CHAIN):
        reports = ReportRepository(work.session)
        for report in await reports.locked_of_year(unit_id, school_year, EDITABLE):
            template = await reports.template(await reports.period(report))
            if moment in moments_of(work.runtime.cache(Definitions).of(template)):
                report.is_stale = True
        await work.flush()
