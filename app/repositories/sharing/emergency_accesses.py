"""Queries of emergency access."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.models.sharing.emergency_accesses import EmergencyAccess
from app.repositories.base import Repository


class EmergencyAccessRepository(Repository[EmergencyAccess]):
    model = EmergencyAccess

    async def of_incident(self, incident_id: UUID) -> list[EmergencyAccess]:
        query = self.select().where(EmergencyAccess.incident_id == incident_id).order_by(EmergencyAccess.id)
        return await self.all(query)

    async def nth_latest(self, n: int, user_id: UUID) -> datetime | None:
        """When the user opened their n-th latest case; None if fewer."""
        query = select(EmergencyAccess.opened_at).where(EmergencyAccess.opened_by == user_id)
        query = query.order_by(EmergencyAccess.opened_at.desc()).offset(n - 1).limit(1)
        return await self.first(query)
