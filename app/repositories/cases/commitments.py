"""Queries of commitments after violations."""

from uuid import UUID

from app.models.cases.commitments import ViolationCommitment
from app.repositories.base import Repository


class ViolationCommitmentRepository(Repository[ViolationCommitment]):
    model = ViolationCommitment

    async def of_incident(self, incident_id: UUID) -> list[ViolationCommitment]:
        query = self.select().where(ViolationCommitment.incident_id == incident_id)
        return await self.all(query.order_by(ViolationCommitment.id))
