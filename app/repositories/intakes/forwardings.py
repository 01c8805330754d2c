"""Queries of forwardings."""

from uuid import UUID

from sqlalchemy import Select

from app.models.intakes.forwardings import IntakeForwarding
from app.models.intakes.intakes import Intake
from app.repositories.base import Repository


class ForwardingRepository(Repository[IntakeForwarding]):
    model = IntakeForwarding

    async def of_intake(self, intake_id: UUID) -> list[IntakeForwarding]:
        """In order, opened."""
        return await self.all(self._of(intake_id))

    async def facts(self, intake_id: UUID) -> list[IntakeForwarding]:
        """In order; nothing of them is opened."""
        return await self.rows(self._of(intake_id))

    async def concerned_unit(self, intake: Intake) -> UUID | None:
        """The unit that an intake concerns: the one to which it was forwarded last, or the one that it names."""
        past = await self.facts(intake.id)
        return past[-1].unit_id if past else intake.unit_id

    def _of(self, intake_id: UUID) -> Select[IntakeForwarding]:
        return self.select().where(IntakeForwarding.intake_id == intake_id).order_by(IntakeForwarding.id)
