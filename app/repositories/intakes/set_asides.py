"""Queries of intakes that are set aside."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from app.models.intakes.set_asides import IntakeSetAside, stands
from app.repositories.base import Repository

STANDS = stands()


class SetAsideRepository(Repository[IntakeSetAside]):
    model = IntakeSetAside

    async def of_intake(self, intake_id: UUID) -> list[IntakeSetAside]:
        """In order, with those undone; opened."""
        return await self.all(self._of(intake_id))

    async def facts(self, intake_id: UUID) -> list[IntakeSetAside]:
        """In order, with those undone; nothing of them is opened."""
        return await self.rows(self._of(intake_id))

    async def last(self, intake_id: UUID) -> IntakeSetAside | None:
        """The one that is not undone, standing or waiting for a second person; opened."""
        query = self.select().where(IntakeSetAside.intake_id == intake_id, IntakeSetAside.undone_at.is_(None))
        return await self.one(query)

    async def reasons(self, intake_ids: Collection[UUID]) -> dict[UUID, str]:
        """Why intakes are set aside, of those that are."""
        query = select(IntakeSetAside.intake_id, IntakeSetAside.reason)
        return await self.pairs(query.where(IntakeSetAside.intake_id.in_(intake_ids), STANDS))

    async def count_since(self, org_path: str, since: datetime) -> int:
        """How many the unit at a path has set aside since a moment, without those undone."""
        query = select(func.count()).select_from(IntakeSetAside).where(IntakeSetAside.org_path == org_path, STANDS)
        return await self.count(query.where(IntakeSetAside.set_aside_at >= since))

    def _of(self, intake_id: UUID) -> Select[IntakeSetAside]:
        return self.select().where(IntakeSetAside.intake_id == intake_id).order_by(IntakeSetAside.id)
