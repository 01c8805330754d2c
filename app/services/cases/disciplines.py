"""Discipline of pupils: measures and levels as they were on the day of the decision (Circulars 08/1988, 19/2025)."""

from uuid import UUID

from app.core.problems import invalid
from app.core.scoping import Tier
from app.models.cases.disciplines import Discipline
from app.models.cases.events import CaseEvent, EventKind
from app.models.cases.incidents import ACCUSED_ROLES, Incident, part_of
from app.repositories.cases.disciplines import DisciplineRepository
from app.schemas.cases.disciplines import DisciplineIn
from app.schemas.cases.flows import DISCIPLINE_FLOW
from app.services.cases.incidents import IncidentService
from app.services.cases.persons import PersonService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

PUPILS = frozenset({"pupil", "pupil_other_school"})


class DisciplineService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.disciplines = DisciplineRepository(work.session)
        self.incidents = IncidentService(work)

    async def of_incident(self, incident: Incident) -> list[Discipline]:
        return await self.disciplines.of_incident(incident.id)

    async def tier(self, incident: Incident) -> Tier:
        return await self.incidents.tier(incident, incident.id)

    async def record(self, incident: Incident, data: DisciplineIn) -> Discipline:
        """Record a measure.

        Raises `merged` (409), `invalid` (422) for a measure not in force on its day, or a person it does not apply to.
        """
        await self.incidents.check_unmerged(incident)
        person = await PersonService(self.work).get(incident, data.person_id)
        if person.role not in ACCUSED_ROLES or person.kind not in PUPILS:
            raise invalid(
                "/person_id",
                "not_disciplined",
                "Chỉ ghi hình thức kỷ luật với học sinh có hành vi vi phạm",
                "Only a pupil who took part in the deed is disciplined",
            )
        await CodeListService(self.work).check(data, data.decided_on)
        discipline = Discipline(
            **part_of(incident),
            recorded_at=self.work.now,
            recorded_by=self.work.actor_id,
            **data.model_dump(),
        )
        self.disciplines.add(discipline)
        self._add_event(incident, CaseEvent.DISCIPLINE_RECORDED, discipline)
        await self.work.flush()
        return discipline

    async def get(self, discipline_id: UUID) -> Discipline:
        return await self.disciplines.get(discipline_id)

    async def withdraw(self, discipline: Discipline, reason: str) -> Discipline:
        """Withdraw a mistaken or lifted measure. Raises `wrong_state` (409) a second time."""
        self.incidents.check_own(discipline)
        DISCIPLINE_FLOW.step("recorded" if discipline.withdrawn_at is None else "withdrawn", "withdraw", reason)
        discipline.withdrawn_at, discipline.withdrawal = self.work.now, reason
        incident = await self.incidents.get(discipline.incident_id)
        self._add_event(incident, CaseEvent.DISCIPLINE_WITHDRAWN, discipline)
        await self.work.flush()
        return discipline

    def _add_event(self, incident: Incident, kind: EventKind, discipline: Discipline) -> None:
        data = {"person_id": str(discipline.person_id), "measure": discipline.measure}
        self.incidents.add_event(incident, kind, data)
