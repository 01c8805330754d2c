"""Queries of messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, update

from app.models.intakes.intakes import Intake, IntakeLink
from app.models.intakes.messages import Message
from app.repositories.base import Repository


class MessageRepository(Repository[Message]):
    model = Message

    async def of_intake(self, intake_id: UUID) -> list[Message]:
        found = await self.all(self.select().where(Message.intake_id == intake_id))
        return sorted(found, key=lambda message: message.in_order)

    async def shown_last(self, intake_id: UUID, now: datetime) -> datetime | None:
        """From when staff see the last message that they see by now."""
        seen = func.coalesce(Message.visible_from, Message.written_at)
        return await self.first(select(func.max(seen)).where(Message.intake_id == intake_id, seen <= now))

    async def count_of_reporter(self, intake_id: UUID) -> int:
        query = select(func.count()).select_from(Message)
        return await self.count(query.where(Message.intake_id == intake_id, Message.from_reporter.is_(True)))

    async def mark_read(self, intake_id: UUID, at: datetime, *, from_reporter: bool) -> None:
        """That the other side has seen what one side wrote, from a moment on."""
        await self.session.execute(
            update(Message)
            .where(Message.intake_id == intake_id, Message.from_reporter.is_(from_reporter), Message.read_at.is_(None))
            .values(read_at=at)
            .execution_options(synchronize_session=False)
        )

    async def reports_danger(self, intake_id: UUID) -> bool:
        """Whether the reporter wrote that a child is in immediate danger."""
        query = select(Message.id).where(Message.intake_id == intake_id, Message.immediate_danger.is_(True))
        return await self.exists(query)

    async def unread_of_intake(self, intake_id: UUID) -> int:
        return await self.count(_unread().where(Message.intake_id == intake_id))

    async def unread_of_incident(self, incident_id: UUID) -> int:
        told = select(IntakeLink.intake_id).where(IntakeLink.incident_id == incident_id)
        return await self.count(_unread().where(Message.intake_id.in_(told)))

    async def unread_of_holder(self, unit_id: UUID, *, in_danger: bool = False) -> int:
        query = _unread().join(Intake, Intake.id == Message.intake_id).where(Intake.holder_id == unit_id)
        return await self.count(query.where(Message.immediate_danger.is_(True)) if in_danger else query)


def _unread() -> Select[int]:
    """What reporters wrote and nobody of the staff has read."""
    query = select(func.count()).select_from(Message)
    return query.where(Message.from_reporter.is_(True), Message.read_at.is_(None))
