"""Code lists, hotlines and competences, as valid on a day."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from app.models.base import Base
from app.models.reference import CodeListEntry, Competence, Hotline
from app.repositories.base import Repository, in_force


class CodeListRepository(Repository[CodeListEntry]):
    model = CodeListEntry

    async def everything(self) -> list[CodeListEntry]:
        return await self.rows(self.select().order_by(CodeListEntry.list, CodeListEntry.position))


class HotlineRepository(Repository[Hotline]):
    model = Hotline

    def _on(self, day: date) -> Select[Hotline]:
        return select(Hotline).where(in_force(Hotline, day))

    async def in_force(self, day: date) -> list[Hotline]:
        return await self.rows(self._on(day).order_by(Hotline.number))

    async def numbers(self) -> dict[UUID, str]:
        """The number of every line there ever was, by its id."""
        return await self.pairs(select(Hotline.id, Hotline.number))


class CompetenceRepository(Repository[Competence]):
    model = Competence

    async def in_force(self, day: date) -> list[Competence]:
        return await self.rows(self.select().where(in_force(Competence, day)).order_by(Competence.position))


class ReferenceDataRepository(Repository[Base]):
    """Writes reference rows by their natural keys."""

    async def keys(self, column: InstrumentedAttribute[str]) -> set[str]:
        return set(await self.rows(select(column)))

    async def put(self, model: type[Base], key: tuple[str, ...], values: dict[str, Any]) -> None:
        matches = [getattr(model, name) == values[name] for name in key]
        known = await self.first(select(model).where(*matches))
        if known is None:
            self.add(model(**values))
            return
        for name, value in values.items():
            if getattr(known, name) != value:
                setattr(known, name, value)
