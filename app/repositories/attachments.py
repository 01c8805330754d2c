"""Queries of attachments."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select

from app.models.attachments import Attachment
from app.models.platform.data_keys import DataKey
from app.repositories.base import Repository


class AttachmentRepository(Repository[Attachment]):
    model = Attachment

    async def of_incident(self, incident_id: UUID) -> Sequence[Attachment]:
        query = self.select().where(Attachment.incident_id == incident_id)
        return await self.all(query.order_by(Attachment.id))

    async def twin(self, incident_id: UUID, fingerprint: str) -> Attachment | None:
        query = self.select().where(Attachment.incident_id == incident_id, Attachment.fingerprint == fingerprint)
        return await self.one(query)

    async def usage(self, incident_id: UUID) -> tuple[int, int]:
        """How many files an incident has, and how many bytes as they came."""
        query = select(func.count(), func.coalesce(func.sum(Attachment.size), 0)).where(
            Attachment.incident_id == incident_id, Attachment.destroyed_at.is_(None)
        )
        number, size = (await self.session.execute(query)).one()
        return int(number), int(size)

    async def referenced(self, names: Collection[str]) -> set[str]:
        """Those of the objects that a row still opens: neither it nor its case's key was destroyed."""
        found: set[str] = set()
        lost = select(DataKey.id).where(DataKey.destroyed_at.is_not(None))
        for column in (Attachment.object_name, Attachment.shared_object):
            query = select(column).where(
                column.in_(names), Attachment.destroyed_at.is_(None), Attachment.key_id.not_in(lost)
            )
            found |= {name for name in await self.rows(query) if name is not None}
        return found
