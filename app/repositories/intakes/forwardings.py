"""Queries of forwardings."""

from uuid import UUID

from sqlalchemy import Select

from app.models.intakes.forwardings import IntakeForwarding
from app.repositories.base import Repository


class ForwardingRepository(Repository[IntakeForwarding]):
    model = IntakeForwarding

    async def of_intake(self, intake_id: UUID) -> list[IntakeForwarding]:
        """In order, opened."""
        return await self.all(self._of(intake_id))

    async def facts(self, intake_id: UUID) -> list[IntakeForwarding]:
        """In order; nothing of them is opened."""
        return await self.rows(self._of(intake_id))

    def _of(self, intake_id: UUID) -> Select[IntakeForwarding]:
        return self.select().where(IntakeForwarding.intake_id == intake_id).order_by(IntakeForwarding.id)
