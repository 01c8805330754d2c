"""Queries of reports, their versions, sections, figures and timelines."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, delete, select

from app.core.filters import values_of
from app.core.paging import Page, PageRequest
from app.core.problems import STALE
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import (
    Report,
    ReporterUnit,
    ReportEvent,
    ReportFigure,
    ReportFilter,
    ReportSection,
    ReportVersion,
)
from app.models.reports.templates import ReportTemplate
from app.models.school_years.school_years import SchoolYear
from app.repositories.base import Repository, in_force
from app.repositories.filters import of_unit, updated
from app.security.access.listings import Asked, Listing


class ReportRepository(Repository[Report]):
    model = Report

    async def held(self, page: PageRequest, wanted: ReportFilter) -> Page[Report]:
        """Those of the session's range, newest first."""
        return await HELD.page(self.session, page, values_of(wanted))

    async def lock_row(self, report: Report) -> None:
        """Make other writers of the report wait until the transaction ends.

        Raises `stale` (412) where somebody wrote it since it was read: what was checked is out of date.
        """
        version = await self.first(select(Report.version).where(Report.id == report.id).with_for_update())
        if version != report.version:
            raise STALE()

    async def for_update(self, report_ids: Collection[UUID]) -> dict[UUID, Report]:
        """The reports, reloaded, their rows locked until the transaction ends; in one order, against deadlocks."""
        rows = await self.all(_for_update(self.select().where(Report.id.in_(report_ids)).order_by(Report.id)))
        return {row.id: row for row in rows}

    async def by_codes(self, codes: Collection[str], *, for_update: bool) -> list[Report]:
        """Reports by their codes, as they are now. Nothing is opened."""
        query = self.select().where(Report.code.in_(codes)).order_by(Report.id)
        return await self.rows(_for_update(query) if for_update else query)

    async def figure(self, figure_id: UUID) -> ReportFigure | None:
        return await self.first(select(ReportFigure).where(ReportFigure.id == figure_id))

    async def period(self, report: Report) -> ReportPeriod:
        # One that the session has read already is not read again.
        found = await self.session.get(ReportPeriod, report.period_id)
        if found is None:
            raise LookupError("a report whose period its reader does not reach")
        self.remember(found)
        return found

    async def is_submitted_at(self, version_id: UUID, at: datetime) -> bool:
        """Whether a version was submitted at a moment. One that the session has read already is not read again."""
        found = await self.session.get(ReportVersion, version_id)
        return found is not None and found.submitted_at == at

    async def template(self, period: ReportPeriod) -> ReportTemplate:
        found = await self.session.get(ReportTemplate, period.template_id)
        if found is None:
            raise LookupError("a period without its template")
        self.remember(found)
        return found

    async def is_reporter(self, report_id: UUID, unit_id: UUID, day: date) -> bool:
        """Whether the unit reports for another one on a day."""
        query = select(ReporterUnit.id).where(
            ReporterUnit.report_id == report_id, ReporterUnit.unit_id == unit_id, in_force(ReporterUnit, day)
        )
        return await self.exists(query)

    async def of_unit_for_update(self, period_id: UUID, unit_id: UUID) -> Report | None:
        """A unit's report for a period, reloaded, its row locked until the transaction ends. Nothing is opened."""
        query = self.select().where(Report.period_id == period_id, Report.unit_id == unit_id)
        return await self.first(_for_update(query))

    async def locked_of_year(self, unit_id: UUID, school_year: str, states: Collection[str]) -> list[Report]:
        """A unit's reports of a year in some states as they are now, locked in one order. Nothing is opened."""
        periods = select(ReportPeriod.id).where(ReportPeriod.school_year == school_year)
        query = self.select().where(Report.unit_id == unit_id, Report.period_id.in_(periods))
        return await self.rows(_for_update(query.where(Report.state.in_(states)).order_by(Report.id)))

    async def versions(self, report_id: UUID) -> list[ReportVersion]:
        """In order. Nothing is opened: the snapshots are large."""
        query = select(ReportVersion).where(ReportVersion.report_id == report_id)
        return await self.rows(query.order_by(ReportVersion.number))

    async def version(self, report_id: UUID, number: int) -> ReportVersion | None:
        query = select(ReportVersion).where(ReportVersion.report_id == report_id, ReportVersion.number == number)
        return await self.one(query)

    async def section_heads(self, version_id: UUID) -> list[ReportSection]:
        """In no order that matters. Nothing is opened."""
        return await self.rows(select(ReportSection).where(ReportSection.version_id == version_id))

    async def sections(self, version_id: UUID) -> list[ReportSection]:
        return await self.all(select(ReportSection).where(ReportSection.version_id == version_id))

    async def section(self, version_id: UUID, code: str) -> ReportSection | None:
        query = select(ReportSection).where(ReportSection.version_id == version_id, ReportSection.code == code)
        return await self.one(query)

    async def figures(self, version_id: UUID, items: Collection[str] | None = None) -> list[ReportFigure]:
        query = select(ReportFigure).where(ReportFigure.version_id == version_id)
        if items is not None:
            query = query.where(ReportFigure.item.in_(items))
        return await self.rows(query.order_by(ReportFigure.item, ReportFigure.cell))

    async def figures_of_last_year(self, report: Report, period: ReportPeriod, code: str) -> list[ReportFigure]:
        """The accepted figures of the unit's report by the same form for the school year before; empty without one."""
        this = select(SchoolYear.starts_on).where(SchoolYear.code == period.school_year).scalar_subquery()
        before = (
            select(SchoolYear.code)
            .where(SchoolYear.starts_on < this)
            .order_by(SchoolYear.starts_on.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(ReportFigure)
            .join(Report, Report.accepted_version_id == ReportFigure.version_id)
            .join(ReportPeriod, ReportPeriod.id == Report.period_id)
            .join(ReportTemplate, ReportTemplate.id == ReportPeriod.template_id)
            .where(Report.unit_id == report.unit_id, ReportTemplate.code == code)
            .where(ReportPeriod.school_year == before, ReportPeriod.kind == period.kind)
            .where(ReportPeriod.term.is_not_distinct_from(period.term))
        )
        return await self.rows(query)

    async def drop_figures(self, figures: Sequence[ReportFigure]) -> None:
        """Delete figures of a draft."""
        gone = [figure.id for figure in figures]
        if gone:
            await self.session.execute(
                delete(ReportFigure).where(ReportFigure.id.in_(gone)).execution_options(synchronize_session="fetch")
            )

    async def events(self, report_id: UUID) -> list[ReportEvent]:
        return await self.all(select(ReportEvent).where(ReportEvent.report_id == report_id).order_by(ReportEvent.id))


def _for_update(query: Select[Report]) -> Select[Report]:
    return query.with_for_update().execution_options(populate_existing=True)


def _held(asked: Asked) -> Select[Report]:
    query = select(Report).where(
        asked.within(Report),
        *asked.among(state=Report.state),
        *asked.equal(period_id=Report.period_id),
        *of_unit(asked, Report.unit_id),
        *updated(asked, Report),
    )
    if "school_year" in asked:
        periods = select(ReportPeriod.id).where(ReportPeriod.school_year == asked["school_year"])
        query = query.where(Report.period_id.in_(periods))
    return query


HELD: Final = Listing(Report, _held)
