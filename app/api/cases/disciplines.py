"""Discipline of an incident's pupils."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, IfMatch, May, WorkDep, check_tag, entity_tag
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.core.scoping import Tier
from app.models.cases.disciplines import Discipline
from app.schemas.cases.disciplines import DisciplineIn, DisciplineOut, WithdrawalIn
from app.security.access.roles import Act, Resource
from app.services.cases.disciplines import DisciplineService
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(
    tags=[tag("disciplines", "What schools decided about pupils, by the measures of that day")], route_class=Route
)
reader = Depends(May(Act.READ, Resource.INCIDENT))
decider = Depends(May(Act.DECIDE, Resource.INCIDENT))


def _out(discipline: Discipline, tier: Tier, headers: RecordHeaders) -> DisciplineOut:
    headers.tag(discipline.version, int(tier))
    return DisciplineOut.shown(discipline, tier)


async def _tier(work: UnitOfWork, discipline: Discipline) -> Tier:
    return await IncidentService(work).tier(discipline, discipline.incident_id)


@router.get("/incidents/{incident_id}/disciplines", dependencies=[reader])
async def list_disciplines(incident_id: UUID, work: WorkDep) -> list[DisciplineOut]:
    """List the disciplinary measures for pupils of an incident, including withdrawn ones."""
    incident = await IncidentService(work).get(incident_id)
    service = DisciplineService(work)
    tier = await service.tier(incident)
    return [DisciplineOut.shown(discipline, tier) for discipline in await service.of_incident(incident)]


@router.post("/incidents/{incident_id}/disciplines", status_code=201, dependencies=[decider, Idempotent])
async def record_discipline(incident_id: UUID, body: DisciplineIn, headers: Created, work: WorkDep) -> DisciplineOut:
    """Record a school's disciplinary decision on a pupil, from the list of measures valid on that day."""
    incident = await IncidentService(work).writable(incident_id)
    discipline = await DisciplineService(work).record(incident, body)
    headers.locate(f"/disciplines/{discipline.id}")
    return _out(discipline, work.actor.case_tier, headers)


@router.get("/disciplines/{discipline_id}", dependencies=[reader])
async def get_discipline(discipline_id: UUID, headers: Tagged, work: WorkDep) -> DisciplineOut:
    """One disciplinary measure."""
    discipline = await DisciplineService(work).get(discipline_id)
    return _out(discipline, await _tier(work, discipline), headers)


@router.post("/disciplines/{discipline_id}/withdrawal", dependencies=[decider, Idempotent])
async def withdraw_discipline(
    discipline_id: UUID, body: WithdrawalIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> DisciplineOut:
    """Withdraw a mistaken or lifted measure, with a reason. It remains visible."""
    service = DisciplineService(work)
    discipline = await service.get(discipline_id)
    tier = await _tier(work, discipline)
    check_tag(tag, entity_tag(discipline.version, int(tier)))
    return _out(await service.withdraw(discipline, body.reason), tier, headers)
