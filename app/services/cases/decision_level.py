"""Which level decides on a grave case (product, after Decree 56/2017 art. 28; the list `plan_raised`)."""

from uuid import UUID

from app.core.ids import PATH_KEY_LENGTH
from app.models.base import Scoped
from app.models.cases.incidents import CHILD_ABUSE, Incident
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.units import UnitRepository
from app.schemas.proposals import GuardedAct
from app.security.access.elevation import ElevationReason
from app.services.cases.problems import PROPOSAL_REQUIRED
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

LEVEL_ABOVE, SECOND_PERSON = "level_above", "second_person"


async def is_grave(work: UnitOfWork, incident: Incident) -> bool:
    """Whether `GuardedAct`s on a case are decided above its holder.

    It is so at a severity on which the level above decides, now or ever, and in every case of child abuse. A merged
    incident is as grave as the one that stands for its event.
    """
    raised = await raised_severities(work)
    return any(
        each.grave_since is not None or each.group == CHILD_ABUSE or each.severity in raised
        for each in (incident, await standing(work, incident))
    )


async def standing(work: UnitOfWork, incident: Incident) -> Incident:
    """The facts of the incident that stands for an event, the survivor of its merges, also beyond the caller's range.

    They are read for the gravity and the duties of the event alone.
    """
    if not incident.is_merged or incident.event_id is None:
        return incident
    async with work.elevated(ElevationReason.MERGED_EVENT):
        return await IncidentRepository(work.session).facts(incident.event_id) or incident


async def check_decided(work: UnitOfWork, incident: Incident, act: GuardedAct, proposed_by: UUID | None = None) -> None:
    """Raises `proposal_required` (409), with the unit that decides and how, unless the caller may complete the act.

    Of a grave case the level above the holder decides; where none works, a second person of the holder on a proposal.
    An erasure is decided in this way whatever the severity. Decision 0011.
    """
    if act is not GuardedAct.ERASE and not await is_grave(work, incident):
        return
    above = await UnitRepository(work.session).working_level_above(incident.org_path)
    if is_superior(work, incident):
        return
    if above is None and proposed_by not in {None, work.actor.id}:
        return
    decided_by = incident.holder_id if above is None else above.id
    way = SECOND_PERSON if above is None else LEVEL_ABOVE
    raise PROPOSAL_REQUIRED(extra={"act": act, "decided_by": way, "deciding_unit_id": str(decided_by)})


def is_superior(work: UnitOfWork, row: Scoped) -> bool:
    """Whether the caller's unit is above the holder."""
    own = work.actor.org_path
    return own != row.org_path and row.org_path.startswith(own)


async def is_above(work: UnitOfWork, row: Scoped) -> bool:
    """Whether the caller's unit is above the holder, or no unit that works on cases is."""
    if is_superior(work, row):
        return True
    return await UnitRepository(work.session).working_level_above(row.org_path) is None


async def decided_lengths(work: UnitOfWork) -> tuple[int, ...]:
    """How long the paths of the holders are for whom the caller's unit decides as the level above.

    Those right below it; where no unit above it works on cases, its own too, by a second person.
    """
    own = len(work.actor.org_path)
    below = own + PATH_KEY_LENGTH + 1
    above = await UnitRepository(work.session).working_level_above(work.actor.org_path)
    return (below,) if above else (own, below)


async def is_competent(work: UnitOfWork, incident: Incident) -> bool:
    """Whether the caller's level decides: the level above the holder where the severity requires it."""
    severity = (await standing(work, incident)).severity
    return severity not in await raised_severities(work) or await is_above(work, incident)


async def raised_severities(work: UnitOfWork) -> set[str]:
    """The severities on which the level above the holder decides."""
    return {entry.code for entry in await CodeListService(work).entries("plan_raised", work.today)}


async def severity_ranks(work: UnitOfWork) -> dict[str, int]:
    """The severities in force, from the least; the reference data has them in this order."""
    entries = await CodeListService(work).entries("severity", work.today)
    return {entry.code: rank for rank, entry in enumerate(entries)}
