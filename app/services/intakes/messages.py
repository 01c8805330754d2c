"""Messages by receipt between an anonymous reporter and staff, whose names the reporter does not see."""

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Literal
from uuid import UUID

from app.core import time
from app.core.ids import id_of_hour
from app.core.problems import Text
from app.core.time import CoarseTime, next_grid_line
from app.models.cases.events import CaseEvent
from app.models.intakes.intakes import Intake, part_of
from app.models.intakes.messages import Message
from app.repositories.cases.clocks import EscalationRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.intakes.forwardings import ForwardingRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.intakes.messages import MessageRepository
from app.repositories.intakes.set_asides import SetAsideRepository
from app.repositories.units import UnitRepository
from app.schemas.intakes.flow import INTAKE_FLOW
from app.schemas.intakes.messages import ReporterMessageIn
from app.security.access.elevation import ElevationReason
from app.services.cases.incidents import ENDED
from app.services.intakes.public import PublicIntakeService
from app.services.intakes.waiting import state_of
from app.services.notices.notices import follow_reporter
from app.services.platform.jobs import JobKind
from app.services.platform.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a thread; `code` is a system event, `by_kind` the kind of the author's unit."""

    kind: Literal["system", "staff", "reporter"]
    at: datetime
    code: str | None = None
    text: str = ""
    by_kind: str | None = None
    is_read: bool | None = None


class MessageService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.messages = MessageRepository(work.session)
        self.intakes = IntakeRepository(work.session)
        self.incidents = IncidentRepository(work.session)

    async def of_intake(self, intake_id: UUID) -> list[Message]:
        await self.intakes.get(intake_id)
        return await self.messages.of_intake(intake_id)

    async def write(self, intake_id: UUID, text: str) -> Message:
        """Answer the reporter. Raises `wrong_state` (409) for an intake without a receipt."""
        intake = await self._own(intake_id)
        await self.check_answerable(intake)
        actor = self.work.actor
        unit = await UnitRepository(self.work.session).get(actor.unit_id)
        message = Message(
            **part_of(intake),
            from_reporter=False,
            text=text,
            written_at=self.work.now,
            written_by=actor.id,
            by_kind=unit.kind,
        )
        self.messages.add(message)
        await self.work.flush()
        return message

    async def check_answerable(self, intake: Intake) -> None:
        """Raises `forbidden` (403), `wrong_state` (409) without a receipt."""
        self.work.check_writable(intake)
        if intake.receipt_digest is None:
            why = Text(
                "Người báo tin không có biên nhận để đọc trả lời", "Its reporter has no receipt to read an answer"
            )
            raise INTAKE_FLOW.refusal((await state_of(self.work, intake))[0], why)

    async def mark_read(self, intake_id: UUID) -> None:
        """Mark the reporter's messages as read by staff."""
        await self._own(intake_id)
        await self.messages.mark_read(intake_id, self.work.now, from_reporter=True)

    async def write_by_reporter(self, data: ReporterMessageIn) -> Message:
        """Record a reporter's message. A missing proof of work delays it but never refuses it.

        Raises `not_found` (404) for a wrong receipt before the delay: invalid receipts must not slow down others, and
        the faster answer reveals no more than its status.
        """
        service = PublicIntakeService(self.work)
        await self._check_receipt(data.receipt)
        proven = await service.spend(data.proof)
        if not proven:
            await self.work.release()
        await self.work.runtime.proof_of_work.take(proven=proven)
        self.work.now = time.utc_now()
        at = CoarseTime.of(self.work.now, at_once=data.immediate_danger)
        async with self.work.elevated(ElevationReason.RECEIPT):
            intake = await service.by_receipt(data.receipt)
            await self.messages.opened([intake])
            message = await self._add_of_reporter(intake, data, at)
            await self.work.flush()
            danger = data.immediate_danger
            await follow_reporter(self.work, intake.holder_id, JobKind.ANNOUNCE_MESSAGES, at, danger=danger)
        return message

    async def thread(self, receipt: str) -> list[Entry]:
        """All messages and system events in order; marks the staff's messages as read."""
        async with self.work.elevated(ElevationReason.RECEIPT):
            intake = await PublicIntakeService(self.work).by_receipt(receipt)
            messages = [(message.in_order[0], _entry(message)) for message in await self.messages.of_intake(intake.id)]
            await self.messages.mark_read(intake.id, next_grid_line(self.work.now), from_reporter=False)
            events = [(entry.at, entry) for entry in await self._system_events(intake)]
        return [entry for _, entry in sorted([*events, *messages], key=itemgetter(0))]

    async def unread(self, intake_id: UUID) -> int:
        return await self.messages.unread_of_intake(intake_id)

    async def _check_receipt(self, receipt: str) -> None:
        """Check in a separate transaction, which ends before the delay."""
        work = self.work
        async with work.runtime.work(work.scope, write=False) as before, before.elevated(ElevationReason.RECEIPT):
            await PublicIntakeService(before).by_receipt(receipt)

    async def _own(self, intake_id: UUID) -> Intake:
        intake = await self.intakes.get(intake_id)
        self.work.check_writable(intake)
        return intake

    async def _add_of_reporter(self, intake: Intake, data: ReporterMessageIn, at: CoarseTime) -> Message:
        visible_from = at.visible_from
        if data.immediate_danger:
            # Seen at once, so it stands after all that staff see already.
            visible_from = max(visible_from, await self.messages.shown_last(intake.id, self.work.now) or visible_from)
        message = Message(
            **part_of(intake),
            id=id_of_hour(at.hour),
            from_reporter=True,
            text=data.text,
            written_at=at.hour,
            visible_from=visible_from,
            immediate_danger=data.immediate_danger,
            position=await self.messages.count_of_reporter(intake.id) + 1,
        )
        self.messages.add(message)
        return message

    async def _system_events(self, intake: Intake) -> list[Entry]:
        entries = [Entry("system", intake.recorded_at, "received")]
        link = await self.intakes.link_of(intake.id)
        incident_id = link.incident_id if link else None
        escalation = await EscalationRepository(self.work.session).last(intake_id=intake.id, incident_id=incident_id)
        if escalation is not None:
            entries.append(Entry("system", escalation.raised_at, "raised_above"))
        past = await ForwardingRepository(self.work.session).facts(intake.id)
        entries += [Entry("system", each.forwarded_at, "forwarded") for each in past if each.moved]
        for aside in await SetAsideRepository(self.work.session).facts(intake.id):
            if aside.stood_from is None:
                continue
            entries.append(Entry("system", aside.stood_from, "set_aside"))
            if aside.undone_at is not None:
                entries.append(Entry("system", aside.undone_at, "taken_up_again"))
        if link is not None:
            entries.append(Entry("system", link.linked_at, "taken_up"))
            incident = await self.incidents.find(link.incident_id)
            ended = await self.incidents.last_event(link.incident_id, (CaseEvent.CLOSE, CaseEvent.DISMISS))
            if ended is not None and incident is not None and incident.state in ENDED:
                entries.append(Entry("system", ended, "closed"))
        return entries


def _entry(message: Message) -> Entry:
    if message.from_reporter:
        return Entry("reporter", message.written_at, text=message.text or "", is_read=message.is_read)
    return Entry("staff", message.written_at, text=message.text or "", by_kind=message.by_kind)
