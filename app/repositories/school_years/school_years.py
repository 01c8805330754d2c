"""Queries of school years and their terms."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.models.school_years.school_years import SchoolTerm, SchoolYear
from app.repositories.base import Repository


class SchoolYearRepository(Repository[SchoolYear]):
    model = SchoolYear

    async def everything(self) -> list[SchoolYear]:
        """All years, the newest first."""
        return await self.rows(self.select().order_by(SchoolYear.starts_on.desc()))

    async def by_code(self, code: str) -> SchoolYear | None:
        return await self.first(self.select().where(SchoolYear.code == code))

    async def on(self, day: date) -> SchoolYear | None:
        """The last year that began by a day."""
        begun = self.select().where(SchoolYear.starts_on <= day)
        return await self.first(begun.order_by(SchoolYear.starts_on.desc()).limit(1))

    async def following(self, year: SchoolYear) -> SchoolYear | None:
        later = self.select().where(SchoolYear.starts_on > year.starts_on)
        return await self.first(later.order_by(SchoolYear.starts_on).limit(1))

    async def terms(self, codes: Collection[str]) -> list[SchoolTerm]:
        """The terms of some years, in order."""
        query = select(SchoolTerm).where(SchoolTerm.school_year.in_(codes))
        return await self.rows(query.order_by(SchoolTerm.school_year, SchoolTerm.starts_on))

    async def remove(self, terms: Collection[SchoolTerm]) -> None:
        for term in terms:
            await self.session.delete(term)

    async def has_locked_report(self, code: str) -> bool:
        """Whether a report of the year is locked, as far as the session reaches."""
        locked = select(Report.id).join(ReportPeriod, ReportPeriod.id == Report.period_id)
        return await self.exists(locked.where(ReportPeriod.school_year == code, Report.locked_at.is_not(None)))
