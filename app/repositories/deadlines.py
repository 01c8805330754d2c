"""Queries of clock rules and announced days."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.models.deadlines import AnnouncedDay, ClockLevel, ClockRule
from app.models.units import Unit
from app.repositories.base import Repository


class ClockRuleRepository(Repository[ClockLevel]):
    model = ClockLevel

    async def rules(self) -> list[ClockRule]:
        return await self.rows(select(ClockRule).order_by(ClockRule.position))

    async def levels(self) -> list[tuple[ClockLevel, str]]:
        """Every unit's level with the unit's path of today."""
        rows = await self.session.execute(select(ClockLevel, Unit.org_path).join(Unit, Unit.id == ClockLevel.unit_id))
        return [(level, path) for level, path in rows]

    async def open_level(self, unit_id: UUID, rule_code: str, day: date) -> ClockLevel | None:
        query = self.select().where(ClockLevel.unit_id == unit_id, ClockLevel.rule_code == rule_code)
        return await self.first(query.where((ClockLevel.valid_to.is_(None)) | (ClockLevel.valid_to > day)))

    async def announced(self) -> list[AnnouncedDay]:
        return await self.rows(select(AnnouncedDay).order_by(AnnouncedDay.day))

    async def announced_day(self, day: date) -> AnnouncedDay | None:
        return await self.session.get(AnnouncedDay, day)
