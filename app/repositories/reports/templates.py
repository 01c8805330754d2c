"""Queries of templates: versions of a form, and what values were reported by it."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.core.paths import line
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportFigure
from app.models.reports.templates import ReportTemplate, TemplateFilter
from app.models.units import Unit
from app.repositories.base import Repository, in_force
from app.security.access.scope import Range


class TemplateRepository(Repository[ReportTemplate]):
    model = ReportTemplate

    def shown_to(self, unit_id: UUID, org_path: str) -> Select[ReportTemplate]:
        """What a unit may read: its own versions, also drafts; of others what is published for it or below it."""
        return self.select().where(or_(ReportTemplate.unit_id == unit_id, _published_for(ReportTemplate, org_path)))

    def in_force(self, org_path: str, day: date, code: str | None = None) -> Select[ReportTemplate]:
        """The versions by which a unit's reports are made on a day: of each code the latest to come into force."""
        later = aliased(ReportTemplate)
        follows = or_(
            later.valid_from > ReportTemplate.valid_from,
            and_(
                later.valid_from == ReportTemplate.valid_from,
                tuple_(later.number, later.id) > tuple_(ReportTemplate.number, ReportTemplate.id),
            ),
        )
        replaced = select(later.id).where(
            later.code == ReportTemplate.code, _published_for(later, org_path), in_force(later, day), follows
        )
        query = self.select().where(
            _published_for(ReportTemplate, org_path), in_force(ReportTemplate, day), ~replaced.exists()
        )
        return query.where(ReportTemplate.code == code) if code is not None else query

    def asked(self, query: Select[ReportTemplate], wanted: TemplateFilter) -> Select[ReportTemplate]:
        return query.where(ReportTemplate.code.in_(wanted.code)) if wanted.code else query

    async def versions(self, code: str, org_path: str) -> list[ReportTemplate]:
        """Every version of a template that counts for a unit, drafts of others too, the first one first.

        Those of the product, and of the units above, of the unit itself and below it: who is none of them neither sees
        nor notices a code.
        """
        query = self.select().where(ReportTemplate.code == code, _made_for(ReportTemplate, org_path))
        return await self.rows(query.order_by(ReportTemplate.number, ReportTemplate.id))

    async def of_product(self, code: str) -> ReportTemplate | None:
        """The newest version that came with a release."""
        query = self.select().where(ReportTemplate.code == code, ReportTemplate.unit_id.is_(None))
        return await self.first(query.order_by(ReportTemplate.number.desc()).limit(1))

    async def reported(self, versions: Collection[UUID]) -> set[tuple[UUID, str]]:
        """The versions of a template, each with its items for which some report has a value."""
        query = (
            select(ReportPeriod.template_id, ReportFigure.item)
            .join(Report, Report.period_id == ReportPeriod.id)
            .join(ReportFigure, ReportFigure.report_id == Report.id)
            .where(ReportPeriod.template_id.in_(versions), ReportFigure.numerator.is_not(None))
        )
        return {(template_id, item) for template_id, item in await self.session.execute(query.distinct())}


def _published_for(template: type[ReportTemplate], org_path: str) -> ColumnElement[bool]:
    return and_(template.published_at.is_not(None), _made_for(template, org_path))


def _made_for(template: type[ReportTemplate], org_path: str) -> ColumnElement[bool]:
    """By the product, by a unit above, or by the unit itself or one below it."""
    makers = select(Unit.id).where(or_(Unit.org_path.in_(line(org_path)), Range.under(org_path).covers(Unit.org_path)))
    return or_(template.unit_id.is_(None), template.unit_id.in_(makers))
