"""The parts of an incident in one answer, each under its own right, tier and seals."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.api.cases.shown import person_out
from app.core.filters import UNFILTERED
from app.core.paging import PageRequest
from app.core.scoping import Tier
from app.models.base import Scoped
from app.models.cases.child_cases import ChildCase
from app.models.cases.clocks import Clock
from app.models.cases.incidents import Incident, IncidentEvent, IncidentPerson
from app.models.openings import is_shared_at
from app.models.referrals import Referral
from app.schemas.base import Out
from app.schemas.cases.child_cases import CaseOut
from app.schemas.cases.clocks import ClockOut
from app.schemas.cases.incidents import EventOut
from app.schemas.cases.screens import INCIDENT_PARTS, MOST_OF_A_PART, IncidentPart, PartOut, first_of, last_of
from app.schemas.referrals.referrals import ReferralOut
from app.security.access.roles import Act, Resource
from app.services.cases.child_cases import CaseService
from app.services.cases.clocks import ClockService
from app.services.cases.incidents import IncidentService
from app.services.cases.persons import PersonService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.referrals.referrals import ReferralService

# One more than is shown, to say whether there is more.
LIMIT = MOST_OF_A_PART + 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the screen: how it is shown, its table, which declares the tier of a share, and the right to it."""

    shown: Callable[[UnitOfWork, Incident, Tier], Awaitable[PartOut[Out]]]
    table: type[Scoped]
    right: Resource = Resource.INCIDENT


async def parts_of(work: UnitOfWork, incident: Incident, named: list[IncidentPart]) -> dict[str, Any]:
    """The members of the answer: the parts that the caller may read, and the names of the others."""
    tier = await IncidentService(work).tier(incident, incident.id)
    asked = [part for part in INCIDENT_PARTS if part in named]
    left_out = [part for part in asked if not _may_read(work, incident, PARTS[part], tier)]
    shown = [part for part in asked if part not in left_out]
    found: dict[str, Any] = {part: await PARTS[part].shown(work, incident, tier) for part in shown}
    return {**found, "left_out": left_out}


def _may_read(work: UnitOfWork, incident: Incident, part: Part, tier: Tier) -> bool:
    is_own = work.scope.reads(Incident).holds(incident.org_path)
    return work.actor.may(Act.READ, part.right) and (is_own or is_shared_at(part.table.__opened_by__, tier))


async def _persons(work: UnitOfWork, incident: Incident, tier: Tier) -> PartOut[Any]:
    found = await PersonService(work).of(incident, LIMIT)
    return first_of([person_out(incident, person, tier) for person in found])


async def _timeline(work: UnitOfWork, incident: Incident, tier: Tier) -> PartOut[Any]:
    found = await IncidentService(work).events(incident, LIMIT)
    return last_of([EventOut.shown(event, tier) for event in found])


async def _clocks(work: UnitOfWork, incident: Incident, _: Tier) -> PartOut[Any]:
    found = await ClockService(work).of_incident(incident, LIMIT)
    return first_of([ClockOut.model_validate(clock) for clock in found])


async def _referrals(work: UnitOfWork, incident: Incident, tier: Tier) -> PartOut[Any]:
    page = PageRequest(MOST_OF_A_PART, None)
    found = await ReferralService(work).page(page, UNFILTERED, incident_id=incident.id, state=())
    return PartOut(items=[ReferralOut.shown(each, tier) for each in found.items], more=found.more)


async def _cases(work: UnitOfWork, incident: Incident, tier: Tier) -> PartOut[Any]:
    found = await CaseService(work).of_incident(incident, LIMIT)
    return first_of([CaseOut.shown(case, tier) for case in found])


PARTS: Mapping[IncidentPart, Part] = {
    "persons": Part(_persons, IncidentPerson),
    "timeline": Part(_timeline, IncidentEvent),
    "clocks": Part(_clocks, Clock),
    "referrals": Part(_referrals, Referral, Resource.REFERRAL),
    "cases": Part(_cases, ChildCase),
}
