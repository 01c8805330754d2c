"""Roster counts: the pupils of a unit on a fixed day, which are the denominators of its reports."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.core.problems import INVALID, FieldFault, fault
from app.models.school_years.roster_counts import RosterCount, RosterFilter
from app.models.units import UnitVersion
from app.repositories.school_years.roster_counts import PupilTotal, RosterCountRepository
from app.repositories.units import UnitRepository
from app.schemas.school_years.roster_counts import RosterCountIn
from app.security.access.listings import Filters
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.school_years.problems import ROSTER_COUNT_FROZEN, ROSTER_COUNT_MISSING
from app.services.school_years.school_years import DatedYear, SchoolYearService

START = "start"


@dataclass(frozen=True, slots=True)
class UnitRoster:
    """The whole count of one unit at one moment of a school year."""

    unit_id: UUID
    school_year: str
    moment: str
    levels: Sequence[str]
    freezes_on: date | None
    counts: Sequence[RosterCount]
    today: date

    @property
    def counted_on(self) -> date | None:
        return self.counts[0].counted_on if self.counts else None

    @property
    def source(self) -> str | None:
        return self.counts[0].source if self.counts else None

    @property
    def frozen_at(self) -> datetime | None:
        return next((row.frozen_at for row in self.counts if row.frozen_at), None)

    @property
    def is_frozen(self) -> bool:
        is_late = self.freezes_on is not None and self.freezes_on <= self.today
        return bool(self.counts) and (is_late or self.frozen_at is not None)

    @property
    def written_at(self) -> datetime | None:
        """When a row was last written: each write of the count writes every row."""
        return max((row.updated_at for row in self.counts), default=None)


@dataclass(frozen=True, slots=True)
class RosterTotal:
    """The pupils of several units together, and how many units recorded a count."""

    school_year: str
    moment: str
    units: int
    counts: list[PupilTotal]

    @property
    def pupils(self) -> int:
        return sum(each.pupils for each in self.counts)


class RosterCountService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.counts = RosterCountRepository(work.session)
        self.units = UnitRepository(work.session)
        self.years = SchoolYearService(work)

    async def page(self, page: PageRequest, wanted: RosterFilter) -> Page[RosterCount]:
        return await self.counts.listed(page, wanted)

    async def total(self, school_year: str, moment: str, within: ListFilter) -> RosterTotal:
        """The sum over the units in reach, or over those that are asked for. Raises `not_found` (404)."""
        await self.years.get(school_year)
        filters = Filters(within.values)
        units = await self.counts.units_counted(school_year, moment, filters)
        return RosterTotal(school_year, moment, units, await self.counts.totals(school_year, moment, filters))

    async def own(self, school_year: str, moment: str) -> UnitRoster:
        """The count of the caller's unit, also before it is recorded. Raises `not_found` (404) for an unknown year."""
        year, unit_id = await self.years.get(school_year), self.work.actor.unit_id
        rows = await self.counts.of_unit(unit_id, school_year, moment)
        day = rows[0].counted_on if rows else min(self.work.today, year.year.ends_on)
        return self._roster(year, moment, await self._levels(unit_id, day), rows)

    async def on_day(self, year: DatedYear, moment: str, day: date) -> UnitRoster:
        """The count of the caller's unit with the levels that the unit has on a day."""
        unit_id = self.work.actor.unit_id
        rows = await self.counts.of_unit(unit_id, year.year.code, moment)
        return self._roster(year, moment, await self._levels(unit_id, day), rows)

    async def put(self, roster: UnitRoster, data: RosterCountIn) -> UnitRoster:
        """Set the whole count of the caller's unit, in place of what was recorded before.

        Raises `invalid` (422) for a day outside the school year, a level that the unit has not on that day or that is
        missing; `roster_count_frozen` (409).
        """
        await CodeListService(self.work).check(data, data.counted_on)
        year = await self.years.get(roster.school_year)
        levels = await self._levels(roster.unit_id, data.counted_on)
        faults = [*_wrong_day(year, data.counted_on), *_wrong_levels(levels, data), *_repeated(data)]
        if faults:
            raise INVALID(faults=faults)
        if roster.is_frozen:
            raise ROSTER_COUNT_FROZEN()
        return self._roster(year, roster.moment, levels, await self._replace(roster, data))

    async def freeze_own(self, roster: UnitRoster) -> UnitRoster:
        """Freeze the count of the caller's unit by hand. Raises `roster_count_missing`, `roster_count_frozen` (409)."""
        if not roster.counts:
            raise ROSTER_COUNT_MISSING()
        if roster.is_frozen:
            raise ROSTER_COUNT_FROZEN()
        await self._freeze(roster.counts)
        return roster

    async def freeze(self, unit_id: UUID, school_year: str, moments: Collection[str]) -> None:
        """Freeze the counts of a unit with the report that uses them."""
        await self._freeze(await self.counts.unfrozen(unit_id, school_year, moments))

    async def _freeze(self, rows: Collection[RosterCount]) -> None:
        for row in rows:
            row.frozen_at = self.work.now
        await self.work.flush()

    async def _replace(self, roster: UnitRoster, data: RosterCountIn) -> list[RosterCount]:
        known = {(row.school_level, row.sex): row for row in roster.counts}
        named = {(each.school_level, each.sex): each.pupils for each in data.counts}
        await self.counts.remove([known[gone] for gone in known.keys() - named.keys()])
        for (level, sex), pupils in named.items():
            row = known.get((level, sex)) or self.new_row(roster, level, sex)
            row.pupils, row.counted_on, row.source = pupils, data.counted_on, data.source
            row.updated_at = self.work.now
        await self.work.flush()
        return await self.counts.of_unit(roster.unit_id, roster.school_year, roster.moment)

    def new_row(self, roster: UnitRoster, level: str, sex: str) -> RosterCount:
        """A count of nothing, to be filled in."""
        row = RosterCount(
            unit_id=roster.unit_id,
            org_path=self.work.actor.org_path,
            school_year=roster.school_year,
            moment=roster.moment,
            counted_on=self.work.today,
            school_level=level,
            sex=sex,
            pupils=0,
            source="",
            created_at=self.work.now,
            created_by=self.work.actor.id,
        )
        self.counts.add(row)
        return row

    async def _levels(self, unit_id: UUID, day: date) -> list[str]:
        """The school levels of the unit on a day; of a unit founded later those that it began with."""
        named: UnitVersion | None = (await self.units.last_names([unit_id], day)).get(unit_id)
        return list(named.levels) if named else []

    def _roster(self, year: DatedYear, moment: str, levels: Sequence[str], rows: Sequence[RosterCount]) -> UnitRoster:
        unit_id = self.work.actor.unit_id
        return UnitRoster(unit_id, year.year.code, moment, levels, freezes_on(year, moment), rows, self.work.today)


def freezes_on(year: DatedYear, moment: str) -> date | None:
    """The count of the start freezes when the first term is over, that of the end when the next year begins.

    The product's default: no text seen names a day; the terms are data.
    """
    first = year.term("first")
    return first.ends_on + timedelta(days=1) if moment == START and first else year.until


def _wrong_day(year: DatedYear, day: date) -> Iterator[FieldFault]:
    if not year.has(day):
        yield fault("/counted_on", "outside_year", "Nằm ngoài năm học", "It lies outside the school year")


def _wrong_levels(levels: Sequence[str], data: RosterCountIn) -> Iterator[FieldFault]:
    for at, each in enumerate(data.counts):
        if each.school_level not in levels:
            yield fault(
                f"/counts/{at}/school_level",
                "level_not_of_unit",
                "Đơn vị không có cấp học này vào ngày ấy",
                "The unit has no such school level on that day",
                allowed=tuple(levels),
            )
    if missing := set(levels) - {each.school_level for each in data.counts}:
        yield fault(
            "/counts",
            "level_missing",
            "Còn thiếu cấp học của đơn vị",
            "A school level of the unit is missing",
            allowed=tuple(sorted(missing)),
        )


def _repeated(data: RosterCountIn) -> Iterator[FieldFault]:
    seen = Counter[tuple[str, str]]()
    for at, each in enumerate(data.counts):
        seen[each.school_level, each.sex] += 1
        if seen[each.school_level, each.sex] > 1:
            yield fault(f"/counts/{at}", "repeated", "Cấp học và giới tính đã nêu", "The level and sex is named twice")
