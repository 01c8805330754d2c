"""Queries of emergency access."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.models.emergency_accesses import EmergencyAccess
from app.repositories.base import Repository


class EmergencyAccessRepository(Repository[EmergencyAccess]):
    model = EmergencyAccess

    async def of_incident(self, incident_id: UUID) -> list[EmergencyAccess]:
        query = self.select().where(EmergencyAccess.incident_id == incident_id).order_by(EmergencyAccess.id)
        return list(await self.opened((await self.session.scalars(query)).all()))

    async def count_since(self, user_id: UUID, since: datetime) -> int:
        query = select(func.count()).select_from(EmergencyAccess)
        query = query.where(EmergencyAccess.opened_by == user_id, EmergencyAccess.opened_at > since)
        return await self.count(query)
