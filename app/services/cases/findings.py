"""What an accusation of staff proved to be, after which custody comes down again (decision 0001).

*Corrected*: the accused was named by mistake, and everything comes down to the unit whose it is. *Cleared*: the
incident alone comes down. Intakes, dialogue and informant stay above, so that nobody reads who accused them.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from app.core.problems import FORBIDDEN, Text, invalid
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import ACCUSED_ROLES, STAFF_KINDS, Incident, IncidentPerson
from app.models.intakes.intakes import Intake
from app.models.units import Unit
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.intakes.forwardings import ForwardingRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.privacy.subject_requests import SubjectRequestRepository
from app.schemas.cases.findings import FindingIn
from app.schemas.cases.flows import ACCUSATION_FLOW
from app.security.access.elevation import ElevationReason
from app.services.cases.custody import Accused, Custody, Place
from app.services.cases.incidents import IncidentService
from app.services.cases.moves import move
from app.services.cases.notices import CUSTODY_RETURNED
from app.services.cases.problems import NOT_ACCUSED, REPORTER_NAMED
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork

STAFF: Final = "staff"


STEP_TO: Final = {step.target: step.action for step in ACCUSATION_FLOW.steps}


class FindingService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.incidents = IncidentRepository(work.session)
        self.intakes = IntakeRepository(work.session)
        self.forwardings = ForwardingRepository(work.session)
        self.requests = SubjectRequestRepository(work.session)
        self.custody = Custody(work)
        self.service = IncidentService(work)

    async def record(self, incident: Incident, person: IncidentPerson, data: FindingIn) -> None:
        """Record what the accusation of a member of staff proved to be, and judge custody again.

        Only the present holder decides. Raises `forbidden` (403), `merged`, `not_accused`, `reporter_named` (409),
        `invalid` (422) where the incident comes down to a cleared unit without words of its own.
        """
        await self.service.check_unmerged(incident)
        if incident.holder_id != self.work.actor.unit_id:
            raise FORBIDDEN(Text("Việc này do đơn vị giữ hồ sơ quyết định", "The unit that holds the case decides"))
        await self.incidents.lock(incident.id)
        await self.work.session.refresh(person)
        if person.role not in ACCUSED_ROLES or person.kind not in STAFF_KINDS:
            raise NOT_ACCUSED()
        ACCUSATION_FLOW.step(person.finding or ACCUSATION_FLOW.initial, STEP_TO[data.finding], data.reason)
        person.finding, holder_id = data.finding, incident.holder_id
        noted = {"person_id": str(person.id), "finding": data.finding}
        self.service.add_event(incident, CaseEvent.FINDING_RECORDED, noted, data.reason)
        await self.work.flush()
        async with self.work.elevated(ElevationReason.ACCUSED_ROUTING):
            event = await self.incidents.of_event(incident.event_id or incident.id)
            for each in event:
                if each.holder_id == holder_id and each.held_by_superior and each.unit_id is not None:
                    await self._bring_down(each, each.unit_id, [member.id for member in event], data)

    async def _bring_down(self, incident: Incident, unit_id: UUID, event: Collection[UUID], data: FindingIn) -> None:
        accused = [Accused(kind, unit) for kind, unit in await self.incidents.accused_of(event) if unit]
        decision = await self.custody.assign(await self._receiving(unit_id), accused)
        if decision.holder.id == incident.holder_id:
            return
        cleared = await self.incidents.cleared_of(event)
        is_withheld = await self._is_below(decision.holder, cleared)
        if is_withheld:
            await self._replace_words(incident, data)
        former = incident.holder_id
        withheld = [*accused, *(Accused(STAFF, unit) for unit in cleared)]
        for intake in await self.intakes.of_incident(incident.id):
            await self._bring_intake_down(intake, former, withheld)
        if not is_withheld:
            await self._bring_requests_down(incident, former, decision.holder)
        move(incident, decision.holder, self.work.now)
        incident.held_by_superior = decision.above_accused
        incident.returned_at = self.work.now if is_withheld else None
        await self.work.flush()
        noted = {"finding": data.finding, "holder_id": str(decision.holder.id)}
        self.service.add_event(incident, CaseEvent.CUSTODY_RETURNED, noted)
        notice = {"code": incident.code}
        holder = await self.custody.unit(decision.holder.id, "/unit_id")
        await NoticeService(self.work).notify(holder, CUSTODY_RETURNED, incident.id, notice)
        await self.work.flush()

    async def _replace_words(self, incident: Incident, data: FindingIn) -> None:
        """The words of an intake are the incident's first summary: the cleared unit gets others."""
        if data.summary is None:
            text = ("Cần bản tóm tắt không cho biết ai đã phản ánh", "A summary is required that names no informant")
            raise invalid("/summary", "summary_required", *text)
        if not data.names_no_informant:
            text = (
                "Cần xác nhận hồ sơ không cho biết ai đã phản ánh",
                "Confirm that no part of the case says who reported it",
            )
            raise invalid("/names_no_informant", "confirmation_required", *text)
        if any(person.role == "reporter" for person in await self.incidents.persons(incident.id)):
            raise REPORTER_NAMED()
        await self.incidents.opened([incident])
        incident.summary = data.summary

    async def _bring_intake_down(self, intake: Intake, former: UUID, accused: list[Accused]) -> None:
        """An intake follows unless it accuses somebody who is still accused or was cleared."""
        mistaken = await self.intakes.accused_units(intake.id) - {each.unit_id for each in accused}
        await self.intakes.accused_no_more(intake.id, mistaken)
        unit_id = await self.forwardings.concerned_unit(intake)
        if intake.holder_id != former or unit_id is None:
            return
        decision = await self.custody.assign(await self._receiving(unit_id), accused)
        if decision.holder.id != former:
            move(intake, decision.holder, self.work.now)

    async def _bring_requests_down(self, incident: Incident, former: UUID, holder: Place) -> None:
        """Those that went up with the incident; others were recorded above."""
        raised = await self.incidents.raised_requests(incident.id)
        for request in await self.requests.of_incidents([incident.id]):
            if str(request.id) in raised and request.unit_id == former:
                move(request, holder, self.work.now)

    async def _receiving(self, unit_id: UUID) -> Unit:
        return await self.custody.receiving_unit(await self.custody.unit(unit_id, "/unit_id"))

    async def _is_below(self, holder: Place, cleared: Collection[UUID]) -> bool:
        """Whether a cleared unit, or a successor of one, reads what the holder holds."""
        units = await self.custody.with_successors([await self.custody.unit(each, "/unit_id") for each in cleared])
        return any(holder.org_path.startswith(unit.org_path) for unit in units)
