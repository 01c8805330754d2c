"""Queries of report periods and of the rules of reporting."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.core.filters import values_of
from app.core.paging import Page, PageRequest
from app.models.reports.periods import PeriodFilter, ReportPeriod
from app.models.reports.reports import Report
from app.models.reports.rules import ReportChainRule, ReportDueRule, ReportReminderRule
from app.models.reports.templates import ReportTemplate
from app.models.school_years.school_years import SchoolTerm, SchoolYear
from app.repositories.base import Repository, in_force
from app.repositories.filters import of_unit, updated
from app.security.access.listings import Asked, Listing


class PeriodRepository(Repository[ReportPeriod]):
    model = ReportPeriod

    async def listed(self, page: PageRequest, wanted: PeriodFilter) -> Page[ReportPeriod]:
        return await LISTED.page(self.session, page, values_of(wanted))

    async def for_update(self, period_id: UUID) -> ReportPeriod | None:
        """The period, reloaded, its row locked until the transaction ends: two openings add no unit twice."""
        query = self.select().where(ReportPeriod.id == period_id).with_for_update()
        return await self.first(query.execution_options(populate_existing=True))

    async def templates(self, template_ids: Collection[UUID]) -> dict[UUID, tuple[str, int]]:
        """The code and number of each."""
        query = select(ReportTemplate.id, ReportTemplate.code, ReportTemplate.number)
        found = await self.session.execute(query.where(ReportTemplate.id.in_(template_ids)))
        return {key: (code, number) for key, code, number in found}

    async def is_running(self, period_id: UUID, now: datetime) -> bool:
        """Whether a report that nobody delivered is not due yet."""
        awaited = select(Report.id).where(Report.period_id == period_id, Report.delivered_at.is_(None))
        return await self.exists(awaited.where(Report.due_at > now))

    async def same(self, period: ReportPeriod) -> list[ReportPeriod]:
        """Other periods of the issuer, of the kind, for the same template, school year and term, oldest first."""
        template = aliased(ReportTemplate)
        codes = select(template.code).where(template.id == period.template_id)
        versions = select(ReportTemplate.id).where(ReportTemplate.code.in_(codes))
        query = self.select().where(
            ReportPeriod.id != period.id,
            ReportPeriod.unit_id == period.unit_id,
            ReportPeriod.kind == period.kind,
            ReportPeriod.school_year == period.school_year,
            ReportPeriod.template_id.in_(versions),
            ReportPeriod.term.is_not_distinct_from(period.term),
        )
        return await self.rows(query.order_by(ReportPeriod.id))

    async def remove(self, period: ReportPeriod) -> None:
        await self.session.delete(period)

    async def school_year(self, code: str) -> SchoolYear | None:
        return await self.first(select(SchoolYear).where(SchoolYear.code == code))

    async def term(self, school_year: str, code: str) -> SchoolTerm | None:
        return await self.first(
            select(SchoolTerm).where(SchoolTerm.school_year == school_year, SchoolTerm.code == code)
        )

    async def chain_rules(self, day: date) -> list[ReportChainRule]:
        return await self.rows(
            select(ReportChainRule).where(in_force(ReportChainRule, day)).order_by(ReportChainRule.position)
        )

    async def due_rules(self, day: date, period_kind: str | None = None) -> list[ReportDueRule]:
        query = select(ReportDueRule).where(in_force(ReportDueRule, day))
        if period_kind is not None:
            query = query.where(ReportDueRule.period_kind == period_kind)
        return await self.rows(query.order_by(ReportDueRule.position))

    async def reminder_rules(self, day: date) -> list[ReportReminderRule]:
        query = select(ReportReminderRule).where(in_force(ReportReminderRule, day))
        return await self.rows(query.order_by(ReportReminderRule.position))


def _listed(asked: Asked) -> Select[ReportPeriod]:
    return select(ReportPeriod).where(
        *asked.among(kind=ReportPeriod.kind),
        *asked.equal(school_year=ReportPeriod.school_year),
        *asked.present(opened=ReportPeriod.opened_at, closed=ReportPeriod.closed_at),
        *of_unit(asked, ReportPeriod.unit_id),
        *updated(asked, ReportPeriod),
    )


LISTED: Final = Listing(ReportPeriod, _listed)
