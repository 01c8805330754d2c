"""Queries of exemptions from a duty."""

from uuid import UUID

from app.models.cases.exemptions import Exemption
from app.repositories.base import Repository


class ExemptionRepository(Repository[Exemption]):
    model = Exemption

    async def of_incident(self, incident_id: UUID) -> list[Exemption]:
        query = self.select().where(Exemption.incident_id == incident_id)
        return await self.all(query.order_by(Exemption.id))

    async def is_undecided(self, incident_id: UUID) -> bool:
        """Whether an exemption of the incident waits for its decision."""
        return await self.exists(
            self.select().where(Exemption.incident_id == incident_id, Exemption.decided_at.is_(None))
        )
