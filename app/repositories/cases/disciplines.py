"""Queries of discipline."""

from uuid import UUID

from app.models.cases.disciplines import Discipline
from app.repositories.base import Repository


class DisciplineRepository(Repository[Discipline]):
    model = Discipline

    async def of_incident(self, incident_id: UUID) -> list[Discipline]:
        query = self.select().where(Discipline.incident_id == incident_id).order_by(Discipline.id)
        return await self.all(query)
