"""Queries of notices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from app.models.intakes.intakes import Intake, IntakeLink
from app.models.notices.notices import Notice
from app.repositories.base import Repository


class NoticeRepository(Repository[Notice]):
    model = Notice

    def of_unit(self, unit_id: UUID, *, read: bool | None, since: datetime | None) -> Select[Notice]:
        query = self.select().where(Notice.unit_id == unit_id)
        if since is not None:
            query = query.where(Notice.created_at >= since)
        if read is None:
            return query
        return query.where(Notice.read_at.is_not(None) if read else Notice.read_at.is_(None))

    async def last(self, unit_id: UUID, kind: str) -> Notice | None:
        query = self.select().where(Notice.unit_id == unit_id, Notice.kind == kind)
        return await self.first(query.order_by(Notice.created_at.desc()).limit(1))

    async def waiting_intakes(self, holder_id: UUID) -> dict[str, int]:
        """Intakes that opened and joined nothing yet, by lane."""
        linked = select(IntakeLink.intake_id).where(IntakeLink.intake_id == Intake.id).exists()
        query = select(Intake.lane, func.count()).where(Intake.holder_id == holder_id, ~linked)
        return await self.pairs(query.group_by(Intake.lane))
