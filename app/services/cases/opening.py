"""Opening an incident from an intake: its persons, its link and its first clocks (Decree 80/2017 art. 6)."""

from uuid import UUID

from app.core.ids import case_code, new_id
from app.models.cases.ages import note_age_band
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import STAFF_KINDS, Incident, IncidentEvent, IncidentPerson, part_of
from app.models.intakes.intakes import Intake, IntakeLink
from app.repositories.cases.incidents import IncidentRepository
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.cases.incidents import PersonIn
from app.schemas.intakes.intakes import AccusedIn, ChildIn, IntakeForm
from app.services.cases.clocks import ClockService
from app.services.cases.custody import CustodyDecision
from app.services.platform.unit_of_work import UnitOfWork

OTHER = "other"


class OpeningService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.incidents = IncidentRepository(work.session)

    async def open(self, intake: Intake, form: IntakeForm, unit_id: UUID | None, custody: CustodyDecision) -> Incident:
        """The incident of an intake, in the first state of its flow. It has no clock yet, so none is looked for."""
        incident = self._add_incident(intake, form, unit_id, custody)
        children = [child_person(child, unit_id) for child in form.children]
        accused = [accused_person(accused, unit_id) for accused in form.accused]
        for data in [*children, *accused]:
            person = IncidentPerson(**part_of(incident), **data.model_dump())
            note_age_band(person, incident)
            self.incidents.add(person)
        self.link(intake, incident)
        await ClockService(self.work).open(incident)
        return incident

    def link(self, intake: Intake, incident: Incident) -> None:
        """Let the intake count as one of the incident's."""
        self.incidents.add(
            IntakeLink(
                intake_id=intake.id,
                incident_id=incident.id,
                org_path=incident.org_path,
                linked_at=self.work.now,
                linked_by=self.work.actor_id,
            )
        )

    def _add_incident(
        self, intake: Intake, form: IntakeForm, unit_id: UUID | None, custody: CustodyDecision
    ) -> Incident:
        incident = Incident(
            id=new_id(),
            code=case_code(self.work.today.year),
            holder_id=custody.holder.id,
            org_path=custody.holder.org_path,
            unit_id=unit_id,
            state=INCIDENT_FLOW.initial,
            group=form.group or OTHER,
            forms=list(form.forms),
            location=form.location,
            place=form.place,
            occurred_on=form.day,
            occurred_at=form.occurred_at,
            summary=form.narrative,
            received_at=intake.received_at,
            cipher=self.work.new_cipher(),
            held_by_superior=custody.above_accused,
            created_at=self.work.now,
            created_by=self.work.actor_id,
        )
        self.incidents.add(incident)
        self.incidents.add(
            IncidentEvent(
                **part_of(incident),
                kind=CaseEvent.OPENED,
                data={"state": incident.state},
                at=self.work.now,
                by_id=self.work.actor_id,
                by_role=self.work.actor_role,
            )
        )
        return incident


def child_person(child: ChildIn, unit_id: UUID | None) -> PersonIn:
    """A child of an intake as a person of its incident."""
    fields = child.model_dump(include={"sex", "birth_date", "estimated_age", "name"})
    unit = child.unit_id or unit_id
    return PersonIn(role="victim", kind="pupil", unit_id=unit, description=child.current_state, **fields)


def accused_person(accused: AccusedIn, unit_id: UUID | None) -> PersonIn:
    """An accused of an intake as a person of its incident; staff without a unit are of the unit concerned."""
    unit = accused.unit_id or (unit_id if accused.kind in STAFF_KINDS else None)
    fields = {"kind": accused.kind, "unit_id": unit, "name": accused.name, "description": accused.description}
    return PersonIn.model_validate({"role": "perpetrator", **fields})
