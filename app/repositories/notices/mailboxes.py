"""Queries of mailboxes."""

from uuid import UUID

from sqlalchemy import func, select

from app.models.notices.mailboxes import Mailbox
from app.models.notices.notices import Notice
from app.repositories.base import Repository


class MailboxRepository(Repository[Mailbox]):
    model = Mailbox

    async def of_unit(self, unit_id: UUID) -> list[Mailbox]:
        return await self.rows(self.select().where(Mailbox.unit_id == unit_id).order_by(Mailbox.id))

    async def unread(self, unit_id: UUID) -> dict[str, int]:
        """How many notices of each kind a unit has not read."""
        of_unit = (Notice.unit_id == unit_id, Notice.recipient_id.is_(None), Notice.read_at.is_(None))
        query = select(Notice.kind, func.count()).where(*of_unit)
        return await self.pairs(query.group_by(Notice.kind).order_by(Notice.kind))
