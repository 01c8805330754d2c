"""Queries of clock rules and announced days."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.models.deadlines import AnnouncedDay, ClockRule, LocalDeadline
from app.models.units import Unit
from app.repositories.base import Repository


class ClockRuleRepository(Repository[LocalDeadline]):
    model = LocalDeadline

    async def rules(self) -> list[ClockRule]:
        return await self.rows(select(ClockRule).order_by(ClockRule.position))

    async def local(self) -> list[tuple[LocalDeadline, str]]:
        """Every local deadline with the unit's path of today."""
        query = select(LocalDeadline, Unit.org_path).join(Unit, Unit.id == LocalDeadline.unit_id)
        return [(each, path) for each, path in await self.session.execute(query)]

    async def open_local(self, unit_id: UUID, rule_code: str, day: date) -> LocalDeadline | None:
        query = self.select().where(LocalDeadline.unit_id == unit_id, LocalDeadline.rule_code == rule_code)
        return await self.first(query.where((LocalDeadline.valid_to.is_(None)) | (LocalDeadline.valid_to > day)))

    async def announced(self) -> list[AnnouncedDay]:
        return await self.rows(select(AnnouncedDay).order_by(AnnouncedDay.day))

    async def announced_day(self, day: date) -> AnnouncedDay | None:
        return await self.session.get(AnnouncedDay, day)
