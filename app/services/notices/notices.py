"""Notices to units: frequent events are combined in one notice."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import id_of_hour, new_id
from app.core.paging import Page, PageRequest
from app.core.problems import NOT_FOUND
from app.core.time import GRID, CoarseTime, grid_line
from app.models.notices.kinds import IMMEDIATE_DANGER, INTAKES_WAITING, MESSAGES_WAITING, NoticeSpec
from app.models.notices.notices import Notice
from app.models.units import Unit
from app.repositories.cases.clocks import ClockRepository, EscalationRepository
from app.repositories.intakes.messages import MessageRepository
from app.repositories.notices.notices import NoticeRepository
from app.repositories.units import UnitRepository
from app.security.access.elevation import ElevationReason
from app.services.platform.jobs import JobKind, combine, enqueue, enqueue_for_reporter
from app.services.platform.unit_of_work import UnitOfWork


class NoticeService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.notices = NoticeRepository(work.session)

    async def notify(self, unit: Unit, kind: NoticeSpec, incident_id: UUID | None, data: dict[str, Any]) -> None:
        """Notify a unit whose rows the session reaches. `data` has the members that the kind declares."""
        notice = self._add(unit, kind, incident_id, data)
        # The worker fans out; the job is in the transaction of the event (transactional outbox).
        await enqueue(self.work, JobKind.FAN_OUT, str(notice.id), {"notice_id": str(notice.id)})

    async def notify_person(
        self, user_id: UUID, unit_id: UUID, kind: NoticeSpec, incident_id: UUID | None, data: dict[str, Any]
    ) -> None:
        """Notify one person, and neither the unit nor its webhooks and mailboxes."""
        async with self.work.elevated(ElevationReason.NOTICE):
            unit = await UnitRepository(self.work.session).get(unit_id)
            self._add(unit, kind, incident_id, data).recipient_id = user_id
            await self.work.flush()

    def _add(self, unit: Unit, kind: NoticeSpec, incident_id: UUID | None, data: dict[str, Any]) -> Notice:
        if not data.keys() <= kind.data:
            raise LookupError(f"undeclared members of a notice {kind.kind}")
        now = self.work.now
        notice = Notice(
            id=id_of_hour(now) if kind.follows_reporters else new_id(),
            unit_id=unit.id,
            org_path=unit.org_path,
            kind=kind.kind,
            incident_id=incident_id,
            data=data,
            created_at=grid_line(now) if kind.follows_reporters else now,
        )
        self.notices.add(notice)
        return notice

    async def notify_all(
        self, units: Iterable[Unit | None], kind: NoticeSpec, incident_id: UUID | None, data: dict[str, Any]
    ) -> None:
        """Notify each of the units once, as `notify` does."""
        for unit in {unit.id: unit for unit in units if unit is not None}.values():
            await self.notify(unit, kind, incident_id, data)

    async def notify_line(
        self,
        org_path: str,
        kind: NoticeSpec,
        incident_id: UUID | None,
        data: dict[str, Any],
        *,
        also: Sequence[Unit] = (),
        only_above: bool = False,
    ) -> None:
        """Notify the unit at a path, the level right above it and others concerned, also beyond the caller's scope.

        `only_above` leaves the unit out unless nothing stands above it.
        """
        units = UnitRepository(self.work.session)
        async with self.work.elevated(ElevationReason.NOTICE):
            above = await units.above(org_path)
            own = None if only_above and above else await units.at(org_path)
            await self.notify_all([own, above, *also], kind, incident_id, data)
            await self.work.flush()

    async def notify_beyond(
        self, unit_id: UUID, kind: NoticeSpec, incident_id: UUID | None, data: dict[str, Any]
    ) -> None:
        """Notify one unit outside the caller's scope, such as a partner or the grantee of a case."""
        async with self.work.elevated(ElevationReason.NOTICE):
            await self.notify(await UnitRepository(self.work.session).get(unit_id), kind, incident_id, data)
            await self.work.flush()

    async def page(self, page: PageRequest, *, read: bool | None, since: datetime | None) -> Page[Notice]:
        """Notices of the caller's own unit, newest first."""
        return await self.notices.of_unit(page, self.work.actor.unit_id, read=read, since=since)

    async def get(self, notice_id: UUID) -> Notice:
        """Raises `not_found` (404) for a notice of another unit, or of one person."""
        notice = await self.notices.get(notice_id)
        if notice.unit_id != self.work.actor.unit_id or notice.recipient_id is not None:
            raise NOT_FOUND()
        return notice

    async def personal_page(self, page: PageRequest, *, read: bool | None) -> Page[Notice]:
        """Notices to the caller in person, newest first."""
        return await self.notices.of_person(page, self.work.actor.id, read=read)

    async def get_personal(self, notice_id: UUID) -> Notice:
        """Raises `not_found` (404) for a notice to anybody else."""
        notice = await self.notices.get(notice_id)
        if notice.recipient_id != self.work.actor.id:
            raise NOT_FOUND()
        return notice

    async def mark_read(self, notice: Notice) -> Notice:
        """Mark a notice as read, for the whole unit where it is the unit's."""
        if notice.read_at is None:
            notice.read_at, notice.read_by = self.work.now, self.work.actor_id
        await self.work.flush()
        return notice

    async def mark_personal_read(self, notice: Notice) -> Notice:
        """As `mark_read`, also for a person who has left the unit since."""
        async with self.work.elevated(ElevationReason.NOTICE):
            return await self.mark_read(notice)


async def schedule_intake_notice(work: UnitOfWork, unit_id: UUID) -> None:
    """Notify the unit of intakes received for it, at most once in fifteen minutes."""
    last = await NoticeRepository(work.session).last(unit_id, INTAKES_WAITING.kind)
    at = max(work.now, last.created_at + GRID) if last else work.now
    await enqueue(work, JobKind.ANNOUNCE_INTAKES, f"{unit_id}:now", {"unit_id": str(unit_id)}, at)


async def follow_reporter(
    work: UnitOfWork, unit_id: UUID, announcement: JobKind, at: CoarseTime, *, danger: bool
) -> None:
    """Notify the unit of what an anonymous caller sent, when it becomes visible; of danger the level above too."""
    kind, subkey = announcement, at.visible_from.isoformat()
    if danger:
        # A job that runs already may miss what this one asks.
        kind, subkey = JobKind.ANNOUNCE_DANGER, secrets.token_hex(8)
    await enqueue_for_reporter(work, kind, f"{unit_id}:{subkey}", {"unit_id": str(unit_id)}, at)


async def announce_messages(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Notify a unit of the number of unread messages from reporters."""
    async with work.without_pending():
        unit = await UnitRepository(work.session).get(UUID(payload["unit_id"]))
        if unread := await MessageRepository(work.session).unread_of_holder(unit.id):
            await NoticeService(work).notify(unit, MESSAGES_WAITING, None, {"unread": unread})
            await work.flush()


async def announce_intakes(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Notify a unit of its waiting intakes per lane, its overdue ones and those escalated to it."""
    async with work.without_pending():
        unit = await UnitRepository(work.session).get(UUID(payload["unit_id"]))
        service = NoticeService(work)
        waiting: dict[str, int] = await service.notices.waiting_intakes(unit.id)
        if overdue := await ClockRepository(work.session).late_intakes(unit.org_path):
            waiting["late"] = overdue
        if escalated := await EscalationRepository(work.session).raised_intakes(unit.id):
            waiting["raised"] = escalated
        if waiting:
            await service.notify(unit, INTAKES_WAITING, None, waiting)
            await work.flush()


async def announce_danger(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Notify a unit, and the level above it, of what says that a child is in immediate danger and waits.

    An unread notice of the same moment of the grid has its counts renewed, so that a flood is no flood of notices.
    """
    await combine(work, JobKind.ANNOUNCE_DANGER, f"{payload['unit_id']}:")
    unit = await UnitRepository(work.session).get(UUID(payload["unit_id"]))
    waiting: dict[str, int] = {
        "intakes": await NoticeRepository(work.session).intakes_in_danger(unit.id),
        "messages": await MessageRepository(work.session).unread_of_holder(unit.id, in_danger=True),
    }
    if any(waiting.values()):
        above = await UnitRepository(work.session).working_level_above(unit.org_path)
        await _notify_of_danger(work, [unit, above], {"holder_id": str(unit.id), **waiting})


async def _notify_of_danger(work: UnitOfWork, units: Iterable[Unit | None], data: dict[str, Any]) -> None:
    service = NoticeService(work)
    for unit in units:
        if unit is None:
            continue
        recent = await service.notices.unread_of(unit.id, IMMEDIATE_DANGER.kind, grid_line(work.now))
        same = next((notice for notice in recent if notice.data["holder_id"] == data["holder_id"]), None)
        if same is None:
            await service.notify(unit, IMMEDIATE_DANGER, None, data)
        else:
            same.data = data
    await work.flush()
