"""Queries of the audit log."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, union

from app.models.audit import AuditBlock, AuditEntry, AuditFilter, AuditSubject
from app.models.intakes.intakes import IntakeLink
from app.models.learners.learners import Guardian
from app.models.units import Unit
from app.models.uploads.rows import UploadChange
from app.repositories.base import Repository


class AuditRepository(Repository[AuditEntry]):
    model = AuditEntry

    def listed(self, wanted: AuditFilter, subjects: Collection[UUID] | None) -> Select[AuditEntry]:
        """Entries about any of these records, where there are such."""
        query = self.select()
        if subjects is not None:
            named = select(AuditSubject.entry_id).where(AuditSubject.subject_id.in_(subjects))
            query = query.where(AuditEntry.id.in_(named))
        if wanted.actor_id is not None:
            query = query.where(AuditEntry.actor_id == wanted.actor_id)
        if wanted.about:
            query = query.where(AuditEntry.about.in_(wanted.about))
        if wanted.incident_id is not None:
            query = query.where(_about(wanted.incident_id))
        if wanted.since is not None:
            query = query.where(AuditEntry.at >= wanted.since)
        return query if wanted.until is None else query.where(AuditEntry.at < wanted.until)

    async def subjects_of(self, record_id: UUID) -> set[UUID]:
        """A record with the uploads that wrote it; of a learner also those that wrote a guardian."""
        guardians = await self.rows(select(Guardian.id).where(Guardian.learner_id == record_id))
        written = UploadChange.record_id.in_([record_id, *guardians])
        return {record_id, *await self.rows(select(UploadChange.upload_id).where(written).distinct())}

    async def access(
        self, incident_id: UUID, limit: int, since: datetime | None
    ) -> list[tuple[AuditEntry, str | None]]:
        """The latest entries about an incident and its intakes, with the kind of the actor's unit.

        Those after `since` leave the intakes out, and with them every entry that names one.
        """
        query = select(AuditEntry, Unit.kind).outerjoin(Unit, Unit.id == AuditEntry.unit_id)
        query = query.where(_about(incident_id))
        if since is not None:
            query = query.where(AuditEntry.at > since, AuditEntry.id.not_in(_of_intakes(incident_id)))
        query = query.order_by(AuditEntry.id.desc()).limit(limit)
        return [(entry, kind) for entry, kind in await self.session.execute(query)]

    async def unsealed(self, now: datetime, limit: int) -> list[AuditEntry]:
        """Entries that no block holds; an anonymous caller's waits for the moment from which it is visible."""
        query = self.select().where(AuditEntry.block.is_(None), AuditEntry.at <= now)
        query = query.order_by(AuditEntry.id).limit(limit)
        return await self.rows(query.with_for_update(skip_locked=True))

    async def has_unsealed(self, now: datetime) -> bool:
        """Whether `unsealed` has any."""
        return await self.exists(self.select().where(AuditEntry.block.is_(None), AuditEntry.at <= now))

    async def last_block(self) -> AuditBlock | None:
        query = select(AuditBlock).order_by(AuditBlock.number.desc()).limit(1)
        return await self.first(query.with_for_update())

    async def block(self, number: int) -> AuditBlock | None:
        return await self.session.get(AuditBlock, number)

    async def blocks(self) -> AsyncIterator[AuditBlock]:
        """Every block in order, a thousand at a time."""
        after = 0
        while True:
            query = select(AuditBlock).where(AuditBlock.number > after).order_by(AuditBlock.number).limit(1000)
            found = await self.rows(query)
            for block in found:
                yield block
            if not found:
                return
            after = found[-1].number

    async def of_block(self, number: int) -> list[AuditEntry]:
        query = self.select().where(AuditEntry.block == number)
        return await self.rows(query.order_by(AuditEntry.position))

    async def unit_paths(self) -> dict[UUID, str]:
        return await self.pairs(select(Unit.id, Unit.org_path))

    async def subjects_in(self, number: int) -> dict[UUID, list[UUID]]:
        """What each entry that claims a block is about."""
        query = select(AuditSubject).join(AuditEntry, AuditEntry.id == AuditSubject.entry_id)
        found: dict[UUID, list[UUID]] = {}
        for subject in await self.rows(query.where(AuditEntry.block == number)):
            found.setdefault(subject.entry_id, []).append(subject.subject_id)
        return found

    async def homeless(self) -> list[AuditEntry]:
        """Entries that claim a block that is not there."""
        block = select(AuditBlock.number).where(AuditBlock.number == AuditEntry.block).exists()
        query = self.select().where(AuditEntry.block.is_not(None), ~block)
        return await self.rows(query.order_by(AuditEntry.block, AuditEntry.position, AuditEntry.id))

    async def sealed_count(self) -> int:
        query = select(func.count()).select_from(AuditEntry).where(AuditEntry.block.is_not(None))
        return await self.count(query)

    async def stray_unsealed(self, before: datetime) -> int:
        """Entries that no block holds though they are old: sealing has stopped, or they were forged."""
        query = select(func.count()).select_from(AuditEntry).where(AuditEntry.block.is_(None), AuditEntry.at < before)
        return await self.count(query)


def _about(incident_id: UUID) -> ColumnElement[bool]:
    """Entries about an incident or one of its intakes, including intakes linked later."""
    own = select(AuditSubject.entry_id).where(AuditSubject.subject_id == incident_id)
    return AuditEntry.id.in_(union(own, _of_intakes(incident_id)))


def _of_intakes(incident_id: UUID) -> Select[UUID]:
    entries = select(AuditSubject.entry_id).join(IntakeLink, IntakeLink.intake_id == AuditSubject.subject_id)
    return entries.where(IntakeLink.incident_id == incident_id)
