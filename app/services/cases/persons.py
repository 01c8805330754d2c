"""Persons of incidents; an accused member of staff moves custody (Decree 80/2017 art. 6, domain words)."""

from collections.abc import Collection, Iterable
from uuid import UUID

from app.core.problems import FORBIDDEN, NOT_FOUND, Text
from app.models.cases.ages import note_age_band
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import Incident, IncidentPerson, part_of
from app.models.intakes.intakes import Intake
from app.models.privacy.subject_requests import SubjectRequest
from app.repositories.cases.incidents import CLEARED, IncidentRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.privacy.subject_requests import SubjectRequestRepository
from app.repositories.sharing.grants import GrantRepository
from app.schemas.cases.incidents import PersonIn, PersonPatch
from app.security.access.elevation import ElevationReason
from app.services.cases.closure_requirements import ClosureRequirements
from app.services.cases.custody import Accused, Custody, CustodyDecision
from app.services.cases.decision_level import is_superior
from app.services.cases.incidents import IncidentService
from app.services.cases.learner_links import LearnerLinks
from app.services.cases.moves import move
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

WHO = frozenset({"role", "kind", "unit_id", "name"})
# What decides on whether a victim requires a case.
AGE = frozenset({"role", "kind", "birth_date", "estimated_age"})
# What decides on whether, and to whom, a person is linked.
LINKED = frozenset({"learner_id", "kind"})
KNOWN_AGE = frozenset({"birth_date", "estimated_age"})


class PersonService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.incidents = IncidentRepository(work.session)
        self.intakes = IntakeRepository(work.session)
        self.requests = SubjectRequestRepository(work.session)
        self.custody = Custody(work)
        self.links = LearnerLinks(work)
        self.incident_service = IncidentService(work)

    async def of(self, incident: Incident, limit: int | None = None) -> list[IncidentPerson]:
        return await self.incidents.persons(incident.id, limit)

    async def get(self, incident: Incident, person_id: UUID) -> IncidentPerson:
        person = await self.incidents.person(incident.id, person_id)
        if person is None:
            raise NOT_FOUND()
        return person

    async def add(self, incident: Incident, data: PersonIn) -> IncidentPerson:
        """Add a person. An accused member of staff moves the case above the unit, perhaps out of the caller's sight.

        Raises `merged` (409), `invalid` (422).
        """
        await self.incident_service.check_takes_writes(incident)
        await self._check(data)
        person = self._add(incident, data)
        note_age_band(person, incident)
        await self.links.note(incident, person)
        self.incident_service.add_event(incident, CaseEvent.PERSON_ADDED, {"role": data.role, "kind": data.kind})
        await self.work.flush()
        await self.review_custody(incident)
        return person

    async def change(self, incident: Incident, person: IncidentPerson, patch: PersonPatch) -> None:
        """Apply a merge-patch. The case may leave the caller's sight, as in `add`.

        Raises `merged`, `wrong_state` (409), `invalid` (422), `forbidden` (403) for who a cleared person is, except to
        a level above the holder: without that person an intake would come down to those whom it accused.
        """
        await self.incident_service.check_changeable(incident)
        await self._check(patch)
        changes = patch.model_dump(exclude_unset=True)
        if person.finding == CLEARED and WHO.intersection(changes) and not is_superior(self.work, incident):
            raise FORBIDDEN(Text("Chỉ cấp trên sửa người đã được minh oan", "Only the level above changes this person"))
        protected = await ClosureRequirements(self.work).protected(incident) if AGE.intersection(changes) else set()
        for name, value in changes.items():
            setattr(person, name, value)
        if LINKED.intersection(changes):
            await self.links.note(incident, person)
        if KNOWN_AGE.intersection(changes) and "age_band" not in changes:
            person.age_band = None
        note_age_band(person, incident)
        if WHO.intersection(changes):
            # The finding is about the person who was named before.
            person.finding = None
        if changes:
            self.incident_service.add_event(incident, CaseEvent.PERSON_CHANGED, {"fields": sorted(changes)})
        await self.work.flush()
        await self.incident_service.note_ruled_out(incident, protected)
        await self.work.flush()
        await self.review_custody(incident)

    async def review_custody(self, incident: Incident) -> None:
        """Move the case above every accused unit, and revoke its shares with them.

        Incidents of one event count the accused of all of them.
        """
        await self.incidents.lock(incident.id)
        if not incident.is_part_of_merge:
            accused = await self.incidents.accused_of([incident.id])
            await self._review(incident, [Accused(kind, unit_id) for kind, unit_id in accused if unit_id])
            return
        async with self.work.elevated(ElevationReason.ACCUSED_ROUTING):
            event = await self.incidents.of_event(incident.event_id or incident.id)
            accused = await self.incidents.accused_of([each.id for each in event])
            for each in event:
                await self._review(each, [Accused(kind, unit_id) for kind, unit_id in accused if unit_id])

    async def review_waiting(self, unit_ids: Collection[UUID]) -> None:
        """Move waiting intakes above those of the units whose staff they accuse."""
        await self._review_waiting(await self.intakes.accusing(unit_ids))

    async def review_waiting_within(self, org_path: str) -> None:
        """Move waiting intakes that are held within a path above the units whose staff they accuse."""
        await self._review_waiting(await self.intakes.accusing_within(org_path))

    async def _review_waiting(self, intakes: Iterable[Intake]) -> None:
        for intake in intakes:
            holder = await self.custody.unit(intake.holder_id, "/unit_id")
            accused = await self.intakes.accused_units(intake.id)
            decision = await self.custody.assign(holder, [Accused("staff", unit_id) for unit_id in accused])
            if decision.above_accused:
                move(intake, decision.holder, self.work.now)
        await self.work.flush()

    async def _review(self, incident: Incident, accused: list[Accused]) -> None:
        holder = await self.custody.unit(incident.holder_id, "/unit_id")
        decision = await self.custody.assign(holder, accused)
        unit_ids = [unit.id for unit in decision.accused_units]
        if unit_ids:
            async with self.work.elevated(ElevationReason.ACCUSED_ROUTING):
                raised = await self.incidents.get(incident.id)
                if revoked := await GrantRepository(self.work.session).revoke_to(incident.id, unit_ids):
                    self.incident_service.add_event(raised, CaseEvent.SHARE_REVOKED, {"grants": revoked})
                if decision.above_accused:
                    await self._raise(raised, decision)

    async def _raise(self, incident: Incident, decision: CustodyDecision) -> None:
        accused = [unit.org_path for unit in decision.accused_units]
        intakes = await self.intakes.of_incident(incident.id)
        requests = await self.requests.of_incidents([incident.id])
        following: list[Intake | SubjectRequest] = [*intakes, *requests]
        raised = [row for row in following if any(row.org_path.startswith(path) for path in accused)]
        for row in (*raised, incident):
            move(row, decision.holder, self.work.now)
        incident.held_by_superior, incident.returned_at = True, None
        await self.work.flush()
        noted: dict[str, object] = {"holder_id": str(decision.holder.id)}
        if ids := [str(request.id) for request in requests if request in raised]:
            noted["requests"] = ids
        self.incident_service.add_event(incident, CaseEvent.RAISED_ABOVE_ACCUSED, noted)

    def _add(self, incident: Incident, data: PersonIn) -> IncidentPerson:
        person = IncidentPerson(**part_of(incident), **data.model_dump())
        self.incidents.add(person)
        return person

    async def _check(self, data: PersonIn | PersonPatch) -> None:
        await CodeListService(self.work).check(data, self.work.today)
        if data.unit_id is not None:
            await self.custody.unit(data.unit_id, "/unit_id")
        await self.links.check(data.learner_id)
