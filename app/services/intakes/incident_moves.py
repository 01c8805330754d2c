"""The incident of a forwarded intake, which moves with it."""

from uuid import UUID

from app.core.problems import Text
from app.models.cases.incidents import ACCUSED_ROLES, STAFF_KINDS, Incident
from app.models.intakes.intakes import Intake
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.privacy.subject_requests import SubjectRequestRepository
from app.repositories.sharing.grants import GrantRepository
from app.schemas.intakes.flow import INTAKE_FLOW
from app.schemas.intakes.intakes import IntakeForm
from app.services.cases.custody import CustodyDecision
from app.services.cases.incidents import IncidentService, check_open
from app.services.cases.moves import move
from app.services.intakes.events import IntakeEvent
from app.services.intakes.problems import SEVERAL_INTAKES
from app.services.intakes.waiting import incident_of
from app.services.platform.unit_of_work import UnitOfWork


class IncidentMoveService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.intakes = IntakeRepository(work.session)
        self.incidents = IncidentRepository(work.session)

    async def lock_of(self, intake_id: UUID) -> None:
        """Lock the incident of an intake before the intake, as what moves an incident with its intakes does."""
        if incident_id := await incident_of(self.work, intake_id):
            await self.incidents.lock(incident_id)

    async def only_incident_of(self, intake: Intake) -> Incident | None:
        """The incident of an intake, locked; None without one.

        Raises `several_intakes` (409) if it has others or is part of a merge, `wrong_state` (409) once it has ended or
        where another unit than the intake's holds it, as after a clearing.
        """
        incident_id = await incident_of(self.work, intake.id)
        if incident_id is None:
            return None
        await self.incidents.lock(incident_id)
        return await self.movable_incident(intake, incident_id)

    async def movable_incident(self, intake: Intake, incident_id: UUID) -> Incident:
        """Raises as `only_incident_of`."""
        incident = await self.incidents.find(incident_id)
        if incident is None or incident.holder_id != intake.holder_id:
            why = Text("Vụ việc của tin này do đơn vị khác giữ", "Another unit holds the incident of this intake")
            raise INTAKE_FLOW.refusal("linked", why)
        self.work.check_writable(incident)
        check_open(incident)
        if incident.is_part_of_merge or await self.intakes.count_of(incident.id) > 1:
            raise SEVERAL_INTAKES()
        return incident

    async def accused_units(self, incident: Incident) -> set[UUID]:
        return {unit_id for _, unit_id in await self.incidents.accused_of([incident.id]) if unit_id is not None}

    async def move(self, incident: Incident, form: IntakeForm, unit_id: UUID | None, decision: CustodyDecision) -> None:
        """Let the incident follow its only intake; shares with the former holder and with accused units end."""
        former, concerned = incident.holder_id, incident.unit_id
        ending = {unit.id for unit in decision.accused_units}
        if not decision.holder.org_path.startswith(incident.org_path):
            ending.add(former)
        await GrantRepository(self.work.session).revoke_to(incident.id, sorted(ending))
        unplaced = {accused.kind for accused in form.accused if accused.unit_id is None} & STAFF_KINDS
        for person in await self.incidents.persons(incident.id):
            # Staff accused without a unit of their own are of the unit concerned.
            if person.role in ACCUSED_ROLES and person.kind in unplaced and person.unit_id == concerned:
                person.unit_id = unit_id
        for request in await SubjectRequestRepository(self.work.session).of_incidents([incident.id]):
            if request.unit_id == former:
                move(request, decision.holder, self.work.now)
        move(incident, decision.holder, self.work.now)
        incident.unit_id, incident.held_by_superior = unit_id, decision.above_accused
        if decision.above_accused:
            incident.returned_at = None
        await self.work.flush()
        IncidentService(self.work).add_event(incident, IntakeEvent.FORWARDED, {"holder_id": str(decision.holder.id)})
