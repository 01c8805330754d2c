"""Queries of roster counts: the rows of one unit, those of a line, and sums over units."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from app.core.filters import values_of
from app.core.paging import Page, PageRequest
from app.models.school_years.roster_counts import RosterCount, RosterFilter
from app.repositories.base import Repository
from app.repositories.filters import of_unit, updated
from app.security.access.listings import Asked, Filters, Listing
from app.security.access.scope import Range


@dataclass(frozen=True, slots=True)
class Pupils:
    """How many pupils of a school level and sex a unit has."""

    unit_id: UUID
    school_level: str
    sex: str
    pupils: int


@dataclass(frozen=True, slots=True)
class PupilTotal:
    """How many pupils of a school level and sex some units have together."""

    school_level: str
    sex: str
    pupils: int


class RosterCountRepository(Repository[RosterCount]):
    model = RosterCount

    async def of_unit(self, unit_id: UUID, school_year: str, moment: str) -> list[RosterCount]:
        query = self.select().where(RosterCount.unit_id == unit_id, *_at(school_year, moment))
        return await self.rows(query.order_by(RosterCount.school_level, RosterCount.sex))

    async def unfrozen(self, unit_id: UUID, school_year: str, moments: Collection[str]) -> list[RosterCount]:
        query = self.select().where(RosterCount.unit_id == unit_id, RosterCount.school_year == school_year)
        return await self.rows(query.where(RosterCount.moment.in_(moments), RosterCount.frozen_at.is_(None)))

    async def remove(self, rows: Collection[RosterCount]) -> None:
        for row in rows:
            await self.session.delete(row)

    async def listed(self, page: PageRequest, wanted: RosterFilter) -> Page[RosterCount]:
        return await LISTED.page(self.session, page, values_of(wanted))

    async def pupils(self, within: Range, school_year: str, moment: str) -> list[Pupils]:
        """The pupils of each unit of a range: the denominators of reports."""
        columns = (RosterCount.unit_id, RosterCount.school_level, RosterCount.sex, RosterCount.pupils)
        query = select(*columns).where(within.covers(RosterCount.org_path), *_at(school_year, moment))
        return [Pupils(*row) for row in await self.session.execute(query.order_by(*columns[:3]))]

    async def totals(self, school_year: str, moment: str, filters: Filters) -> list[PupilTotal]:
        """The pupils of all units in reach together, or of those that are asked for."""
        columns = (RosterCount.school_level, RosterCount.sex)
        query = select(*columns, func.sum(RosterCount.pupils)).where(*_at(school_year, moment))
        query = query.where(*of_unit(filters, RosterCount.unit_id)).group_by(*columns).order_by(*columns)
        return [PupilTotal(level, sex, int(pupils)) for level, sex, pupils in await self.session.execute(query)]

    async def units_counted(self, school_year: str, moment: str, filters: Filters) -> int:
        """How many units recorded a count."""
        query = select(func.count(RosterCount.unit_id.distinct())).where(*_at(school_year, moment))
        return await self.count(query.where(*of_unit(filters, RosterCount.unit_id)))


def _at(school_year: str, moment: str) -> tuple[ColumnElement[bool], ...]:
    return RosterCount.school_year == school_year, RosterCount.moment == moment


def _listed(asked: Asked) -> Select[RosterCount]:
    return select(RosterCount).where(
        asked.within(RosterCount),
        *asked.equal(school_year=RosterCount.school_year, moment=RosterCount.moment),
        *of_unit(asked, RosterCount.unit_id),
        *updated(asked, RosterCount),
    )


LISTED: Final = Listing(RosterCount, _listed)
