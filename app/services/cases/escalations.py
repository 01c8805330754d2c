"""Escalation without a human act: a missed clock goes to the next level, notifies both and is answered."""

from uuid import UUID

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN
from app.models.cases.clocks import Clock, Escalation
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import Incident
from app.models.intakes.intakes import Intake
from app.models.units import Unit
from app.repositories.cases.clocks import DUE, EscalationRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.units import UnitRepository
from app.schemas.cases.flows import ESCALATION_FLOW
from app.services.cases.incidents import IncidentService
from app.services.cases.notices import ESCALATED, ESCALATION_ANSWERED
from app.services.deadlines.sweep import sweep
from app.services.notices.notices import NoticeService, schedule_intake_notice
from app.services.platform.unit_of_work import UnitOfWork


class EscalationService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.escalations = EscalationRepository(work.session)
        self.units = UnitRepository(work.session)
        self.incidents = IncidentService(work)

    async def raise_missed(self, clock: Clock) -> None:
        """Escalate the case of a missed clock to the next level, where its rule says so.

        A clock that ran out together with one that was raised before shares its escalation while nobody answered it.
        """
        if clock.escalates:
            await self._raise(clock)

    async def page(self, page: PageRequest, wanted: ListFilter, *, answered: bool | None) -> Page[Escalation]:
        """Escalations to the caller's unit."""
        return await self.escalations.before(page, wanted, self.work.actor.unit_id, answered=answered)

    async def of_incident(self, incident: Incident) -> list[Escalation]:
        return await self.escalations.of_incident(incident.id)

    async def answer(self, escalation: Escalation, text: str) -> Escalation:
        """Record the answer of the level above. Raises `forbidden` (403), `wrong_state` (409) once answered."""
        if escalation.to_unit_id != self.work.actor.unit_id:
            raise FORBIDDEN()
        ESCALATION_FLOW.step("raised" if escalation.answered_at is None else "answered", "answer")
        self.incidents.check_own(escalation)
        escalation.answer, escalation.answered_at = text, self.work.now
        escalation.answered_by = self.work.actor_id
        if escalation.incident_id is not None:
            await self._notify_holder(await self.incidents.get(escalation.incident_id), escalation)
        await self.work.flush()
        return escalation

    async def _notify_holder(self, incident: Incident, escalation: Escalation) -> None:
        await self.incidents.record_event(
            incident, CaseEvent.ESCALATION_ANSWERED, {"escalation_id": str(escalation.id)}
        )
        holder = await self.units.get(incident.holder_id)
        data = {"code": incident.code}
        await NoticeService(self.work).notify(holder, ESCALATION_ANSWERED, incident.id, data)

    async def get(self, escalation_id: UUID) -> Escalation:
        return await self.escalations.get(escalation_id)

    async def _raise(self, clock: Clock) -> None:
        subject = await self._subject(clock)
        is_late = clock.due_at <= (subject.created_at if isinstance(subject, Incident) else subject.recorded_at)
        last = await self.escalations.last(incident_id=clock.incident_id, intake_id=clock.intake_id)
        if last is not None and last.answered_at is None and (is_late or _ran_out_before(clock, last)):
            clock.escalation_id = last.id
            return
        holder = await self.units.at(clock.org_path)
        lower = await self.units.get(last.to_unit_id) if last and last.answered_at is None else holder
        upper = await self.units.working_level_above(lower.org_path) or lower
        escalation = Escalation(
            incident_id=clock.incident_id,
            intake_id=clock.intake_id,
            org_path=clock.org_path,
            clock_id=clock.id,
            from_unit_id=lower.id,
            to_unit_id=upper.id,
            raised_at=self.work.now,
            late_when_recorded=is_late,
            cipher=subject.row_cipher,
        )
        self.escalations.add(escalation)
        clock.escalation_id = escalation.id
        if not isinstance(subject, Incident):
            for unit in {unit.id: unit for unit in (holder, lower, upper)}.values():
                await schedule_intake_notice(self.work, unit.id)
        else:
            late: dict[str, object] = {"late_when_recorded": True} if is_late else {}
            await self._notify_units(subject, late | {"clock": clock.rule_code}, [holder, lower, upper])

    async def _subject(self, clock: Clock) -> Incident | Intake:
        if clock.incident_id is not None:
            return await self.incidents.get(clock.incident_id)
        if clock.intake_id is None:
            raise LookupError("a clock of nothing")
        return await IntakeRepository(self.work.session).get(clock.intake_id)

    async def _notify_units(self, incident: Incident, data: dict[str, object], units: list[Unit]) -> None:
        noted = data | {"to_unit_id": str(units[-1].id)}
        await self.incidents.record_event(incident, CaseEvent.ESCALATED, noted)
        await NoticeService(self.work).notify_all(units, ESCALATED, incident.id, data | {"code": incident.code})


def _ran_out_before(clock: Clock, escalation: Escalation) -> bool:
    """Whether the clock ran, and ran out, before the escalation: ids are in the order of creation."""
    return clock.id < escalation.id and clock.due_at <= escalation.raised_at


async def escalate_overdue(work: UnitOfWork) -> None:
    """Act on every clock that has run out, of an intake once staff see it."""
    async with work.without_pending():
        await sweep(work, DUE, EscalationService(work).raise_missed)
