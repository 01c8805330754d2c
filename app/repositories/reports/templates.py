"""Queries of templates: versions of a form, and what values were reported by it."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select

from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportFigure
from app.models.reports.templates import ReportTemplate, TemplateFilter
from app.repositories.base import Repository, in_force


class TemplateRepository(Repository[ReportTemplate]):
    model = ReportTemplate

    def shown_to(self, units: Collection[UUID], drafter: UUID) -> Select[ReportTemplate]:
        """Published versions of the product and of some units, and one unit's drafts."""
        published = ReportTemplate.published_at.is_not(None)
        of_line = or_(ReportTemplate.unit_id.is_(None), ReportTemplate.unit_id.in_(units))
        return self.select().where(or_(published & of_line, ReportTemplate.unit_id == drafter))

    def asked(self, shown: Select[ReportTemplate], wanted: TemplateFilter) -> Select[ReportTemplate]:
        if wanted.code:
            shown = shown.where(ReportTemplate.code.in_(wanted.code))
        if wanted.as_of is not None:
            shown = shown.where(in_force(ReportTemplate, wanted.as_of), ReportTemplate.published_at.is_not(None))
        return shown

    async def versions(self, code: str) -> list[ReportTemplate]:
        """Every version of a template, the first one first."""
        return await self.rows(self.select().where(ReportTemplate.code == code).order_by(ReportTemplate.number))

    async def of_product(self, code: str) -> ReportTemplate | None:
        """The newest version that came with a release."""
        query = self.select().where(ReportTemplate.code == code, ReportTemplate.unit_id.is_(None))
        return await self.first(query.order_by(ReportTemplate.number.desc()).limit(1))

    async def in_force(self, shown: Select[ReportTemplate], code: str, day: date) -> ReportTemplate | None:
        """The version by which a report is made on a day: of those shown, the latest to come into force."""
        query = self.asked(shown, TemplateFilter(code=(code,), as_of=day))
        order = (ReportTemplate.valid_from.desc(), ReportTemplate.number.desc())
        return await self.first(query.order_by(*order).limit(1))

    async def reported(self, code: str, items: Collection[str]) -> set[str]:
        """Those of the items for which some report by any version of the template has a value."""
        query = (
            select(ReportFigure.item)
            .join(Report, Report.id == ReportFigure.report_id)
            .join(ReportPeriod, ReportPeriod.id == Report.period_id)
            .join(ReportTemplate, ReportTemplate.id == ReportPeriod.template_id)
            .where(ReportTemplate.code == code, ReportFigure.item.in_(items), ReportFigure.numerator.is_not(None))
        )
        return set(await self.rows(query.distinct()))
