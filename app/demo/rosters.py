"""Roster counts of the demonstration's schools: invented numbers of pupils, and their source says so."""

import random
from collections.abc import Collection, Iterator
from datetime import date
from uuid import UUID

from app.models.school_years.roster_counts import RosterCount
from app.models.units import Unit
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.school_years import DatedYear, SchoolYearService

# Of each sex and school level.
FEWEST, MOST = 40, 260
# A school loses and gains a few from one count to the next.
CHANGE = 6
START_MONTH, START_DAY = 9, 30


class DemoRosters:
    """Deterministic for a seed: a count of each school at the start and at the end of each school year until today."""

    def __init__(self, work: UnitOfWork, seed: int, created_by: UUID) -> None:
        self.work = work
        self.random = random.Random(seed)  # noqa: S311 — invented data, no secret
        self.created_by = created_by

    async def count(self, schools: Collection[tuple[Unit, list[str]]]) -> None:
        moments = list(self._moments(await SchoolYearService(self.work).everything()))
        for unit, levels in schools:
            for level in levels:
                for sex in ("male", "female"):
                    self._count(unit, level, sex, moments)
        await self.work.flush()

    def _moments(self, years: Collection[DatedYear]) -> Iterator[tuple[str, str, date]]:
        for dated in sorted(years, key=lambda each: each.year.starts_on):
            code, first, last = dated.year.code, dated.year.starts_on, dated.year.ends_on
            days = {"start": date(first.year, START_MONTH, START_DAY), "end": last}
            yield from ((code, moment, day) for moment, day in days.items() if day <= self.work.today)

    def _count(self, unit: Unit, level: str, sex: str, moments: Collection[tuple[str, str, date]]) -> None:
        pupils = self.random.randint(FEWEST, MOST)
        for school_year, moment, day in moments:
            pupils += self.random.randint(-CHANGE, CHANGE)
            row = RosterCount(
                unit_id=unit.id,
                org_path=unit.org_path,
                school_year=school_year,
                moment=moment,
                counted_on=day,
                school_level=level,
                sex=sex,
                pupils=pupils,
                source="[Minh họa] Số liệu giả định",
                created_at=self.work.now,
                created_by=self.created_by,
            )
            self.work.session.add(row)
