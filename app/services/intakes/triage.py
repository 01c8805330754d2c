"""Triage of waiting intakes: a new incident, or a link to an existing one (Decree 80/2017 art. 6)."""

from uuid import UUID

from app.models.cases.events import CaseEvent
from app.models.cases.incidents import CHILD_ABUSE, STAFF_KINDS, Incident
from app.models.intakes.intakes import Intake
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.intakes.forwardings import ForwardingRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.schemas.intakes.flow import INTAKE_FLOW
from app.schemas.intakes.intakes import IntakeForm
from app.services.cases.clocks import ClockService
from app.services.cases.custody import Custody, CustodyDecision
from app.services.cases.incidents import IncidentService, check_open
from app.services.cases.moves import move
from app.services.cases.opening import OpeningService, accused_person
from app.services.cases.persons import PersonService
from app.services.intakes.waiting import check_movable, incident_of, locked, reports_grave
from app.services.platform.unit_of_work import UnitOfWork


class TriageService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.intakes = IntakeRepository(work.session)
        self.forwardings = ForwardingRepository(work.session)
        self.opening = OpeningService(work)

    async def open_incident(self, intake_id: UUID) -> Incident:
        """Open an incident from an intake; raises `wrong_state` (409) for a linked intake."""
        intake = await self._unlinked(intake_id)
        holder = await Custody(self.work).unit(intake.holder_id, "/unit_id")
        await ClockService(self.work).taken_up(intake)
        unit_id = await self.forwardings.concerned_unit(intake)
        above_accused = unit_id not in {None, intake.holder_id}
        form = IntakeForm.of(intake.content)
        return await self.opening.open(intake, form, unit_id, CustodyDecision(holder, above_accused=above_accused))

    async def link(self, intake_id: UUID, incident_id: UUID) -> Intake:
        """Link an intake to an existing incident.

        Staff accused by the intake become persons of the incident, which is routed above their unit. An incident with
        a report of child abuse is one of child abuse. Raises `forbidden` (403), `merged` (409), `wrong_state` (409)
        also where a report of child abuse or of immediate danger would end in an ended incident.
        """
        intake = await self._unlinked(intake_id)
        service = IncidentService(self.work)
        await IncidentRepository(self.work.session).lock(incident_id)
        incident = await service.writable(incident_id)
        await service.check_unmerged(incident)
        await self._carry(intake, incident)
        unit_id = await self.forwardings.concerned_unit(intake)
        for accused in IntakeForm.of(intake.content).accused:
            if accused.kind in STAFF_KINDS:
                await PersonService(self.work).add(incident, accused_person(accused, unit_id))
        await service.clocks.taken_up(intake)
        if incident.held_by_superior and intake.org_path.startswith(incident.org_path):
            # At the lower unit an accused head would see the link to an incident hidden from them.
            move(intake, await Custody(self.work).unit(incident.holder_id, "/unit_id"), self.work.now)
        self.opening.link(intake, incident)
        await service.link(incident, intake)
        await self.work.flush()
        return intake

    async def _carry(self, intake: Intake, incident: Incident) -> None:
        if await reports_grave(self.work, intake):
            check_open(incident)
        if IntakeForm.of(intake.content).group == CHILD_ABUSE != incident.group:
            incident.group = CHILD_ABUSE
            await IncidentService(self.work).record_event(incident, CaseEvent.CHANGED, {"fields": ["group"]})

    async def _unlinked(self, intake_id: UUID) -> Intake:
        intake = await locked(self.work, intake_id)
        await self.check_unlinked(intake)
        return intake

    async def check_unlinked(self, intake: Intake) -> None:
        """Raises `forbidden` (403), `destroyed`, `set_aside`, `wrong_state` (409) for a linked intake."""
        await check_movable(self.work, intake)
        if await incident_of(self.work, intake.id) is not None:
            raise INTAKE_FLOW.refusal("linked")
