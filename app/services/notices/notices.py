"""Notices to units: that something waits for them, once for many and not once for each."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.ids import id_of_hour, new_id
from app.core.paging import Page, PageRequest
from app.core.problems import NOT_FOUND
from app.models.notices.kinds import NOTICES, NoticeKind
from app.models.notices.notices import OF_REPORTERS, Notice
from app.models.units import Unit
from app.repositories.cases.clocks import ClockRepository, EscalationRepository
from app.repositories.intakes.messages import MessageRepository
from app.repositories.notices.notices import NoticeRepository
from app.repositories.units import UnitRepository
from app.security.access.scope import ElevationReason
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork

QUIET = timedelta(minutes=15)


class NoticeService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.notices = NoticeRepository(work.session)

    async def tell(self, unit: Unit, kind: NoticeKind, incident_id: UUID | None, data: dict[str, Any]) -> None:
        """Leave the unit a notice. Only where the session reaches the unit's rows; `data` as its kind declares it."""
        if not data.keys() <= NOTICES[kind].data:
            raise LookupError(f"undeclared members of a notice {kind}")
        notice = Notice(
            id=id_of_hour(self.work.now) if kind in OF_REPORTERS else new_id(),
            unit_id=unit.id,
            org_path=unit.org_path,
            kind=kind,
            incident_id=incident_id,
            data=data,
            created_at=self.work.now,
        )
        self.notices.add(notice)
        # To webhooks and mailboxes by the worker: the outbox is the queue, written with what it tells of.
        await enqueue(self.work, JobKind.FAN_OUT, str(notice.id), {"notice_id": str(notice.id)})

    async def page(self, page: PageRequest, *, read: bool | None, since: datetime | None) -> Page[Notice]:
        """Those of the caller's own unit, newest first."""
        query = self.notices.of_unit(self.work.actor.unit_id, read=read, since=since)
        return await self.notices.page(query, page)

    async def get(self, notice_id: UUID) -> Notice:
        """Raises `not_found` (404) for another unit's."""
        notice = await self.notices.get(notice_id)
        if notice.unit_id != self.work.actor.unit_id:
            raise NOT_FOUND()
        return notice

    async def mark_read(self, notice_id: UUID) -> Notice:
        """For the whole unit. Raises as `get` does."""
        notice = await self.get(notice_id)
        if notice.read_at is None:
            notice.read_at, notice.read_by = self.work.now, self.work.actor_id
        await self.work.flush()
        return notice


async def tell_beyond(
    work: UnitOfWork, unit_id: UUID, kind: NoticeKind, incident_id: UUID | None, data: dict[str, Any]
) -> None:
    """Leave a notice at a unit that the caller's line does not hold: a partner, or whom a case was shared with."""
    async with work.elevated(ElevationReason.PARTNER_NOTICE):
        unit = await UnitRepository(work.session).get(unit_id)
        await NoticeService(work).tell(unit, kind, incident_id, data)
        await work.flush()


async def schedule_intake_notice(work: UnitOfWork, unit: Unit) -> None:
    """Have the unit told of what is taken in for it, at most once in fifteen minutes however much comes."""
    await _expect(work, unit, NoticeKind.INTAKES_WAITING, JobKind.ANNOUNCE_INTAKES)


async def schedule_message_notice(work: UnitOfWork, unit: Unit) -> None:
    """Have the unit told that reporters wrote, as seldom as of intakes."""
    await _expect(work, unit, NoticeKind.MESSAGES_WAITING, JobKind.ANNOUNCE_MESSAGES)


async def _expect(work: UnitOfWork, unit: Unit, notice: NoticeKind, job: JobKind) -> None:
    last = await NoticeRepository(work.session).last(unit.id, notice)
    at = max(work.now, last.created_at + QUIET) if last else work.now
    await enqueue(work, job, str(unit.id), {"unit_id": str(unit.id)}, at)


async def announce_messages(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Tell a unit how many messages of reporters nobody has read."""
    unit = await UnitRepository(work.session).get(UUID(payload["unit_id"]))
    if unread := await MessageRepository(work.session).unread_of_holder(unit.id):
        await NoticeService(work).tell(unit, NoticeKind.MESSAGES_WAITING, None, {"unread": unread})
        await work.flush()


async def announce_intakes(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Tell a unit how many intakes wait for it by lane, how many of them are late, and how many were raised to it."""
    unit = await UnitRepository(work.session).get(UUID(payload["unit_id"]))
    service = NoticeService(work)
    waiting: dict[str, int] = await service.notices.waiting_intakes(unit.id)
    if late := await ClockRepository(work.session).late_intakes(unit.org_path):
        waiting["late"] = late
    if raised := await EscalationRepository(work.session).raised_intakes(unit.id):
        waiting["raised"] = raised
    if waiting:
        await service.tell(unit, NoticeKind.INTAKES_WAITING, None, waiting)
        await work.flush()
