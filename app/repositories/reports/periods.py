"""Queries of report periods and of the rules of reporting."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.orm import aliased

from app.core.filters import values_of
from app.core.paging import Page, PageRequest
from app.models.reports.periods import PeriodFilter, ReportPeriod
from app.models.reports.reports import Report, ReporterUnit
from app.models.reports.rules import ReportChainRule, ReportDueRule, ReportReminderRule
from app.models.reports.templates import ReportTemplate
from app.models.school_years.school_years import SchoolTerm, SchoolYear
from app.models.units import Unit, UnitEdge
from app.repositories.base import Repository, in_force
from app.repositories.filters import of_unit, updated
from app.security.access.listings import Asked, Listing
from app.security.access.scope import Range


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


class ObligationRepository(Repository[Report]):
    """Reports as obligations: whose they are, to whom and by when."""

    model = Report

    async def superiors(
        self, within: Range, day: date
    ) -> list[tuple[UUID, str, str, str, UUID, str, str, date | None]]:
        """Each unit of a range with its superiors of every relation on a day, the fields of `chain.Superior`."""
        above = aliased(Unit)
        query = (
            select(Unit.id, Unit.kind, Unit.org_path, UnitEdge.relation)
            .add_columns(above.id, above.kind, above.org_path, above.closed_on)
            .join(UnitEdge, and_(UnitEdge.child_id == Unit.id, in_force(UnitEdge, day)))
            .join(above, above.id == UnitEdge.parent_id)
            .where(within.covers(Unit.org_path))
            .order_by(Unit.id)
        )
        return [tuple(row) for row in await self.session.execute(query)]

    async def owing(self, period_id: UUID) -> set[UUID]:
        """The units that have their report for the period."""
        return set(await self.rows(select(Report.unit_id).where(Report.period_id == period_id)))

    async def wishes(self, period_id: UUID) -> dict[UUID, date]:
        """The earlier day that each recipient asks for by itself."""
        query = select(Report.recipient_id, func.max(Report.requested_on))
        query = query.where(Report.period_id == period_id, Report.requested_on.is_not(None))
        found = await self.session.execute(query.group_by(Report.recipient_id))
        return {recipient: day for recipient, day in found if recipient is not None and day is not None}

    async def of_recipient(self, period_id: UUID, recipient_id: UUID) -> list[Report]:
        query = self.select().where(Report.period_id == period_id, Report.recipient_id == recipient_id)
        return await self.rows(query.order_by(Report.id))

    async def postpone(self, period_id: UUID, kind: str, due_on: date, at: datetime) -> None:
        """Move the due moment of reports that nobody delivered and no decision extended; never to an earlier one."""
        units = select(Unit.id).where(Unit.kind == kind)
        query = update(Report).where(Report.period_id == period_id, Report.due_on == due_on, Report.due_at < at)
        query = query.where(Report.delivered_at.is_(None), Report.extended_on.is_(None), Report.unit_id.in_(units))
        moved = query.values(due_at=at, version=Report.version + 1)
        await self.session.execute(moved.execution_options(synchronize_session=False))

    async def misaddressed(self, within: Range) -> list[Report]:
        """Reports of units in a range, not locked, whose recipient does not stand above the unit any more."""
        recipient = aliased(Unit)
        start = func.substr(Report.org_path, 1, func.length(recipient.org_path))
        query = self.select().join(recipient, recipient.id == Report.recipient_id)
        query = query.where(within.covers(Report.org_path), start != recipient.org_path)
        return await self.rows(query.where(Report.state != "locked").order_by(Report.id))

    async def unlocked_of(self, unit_ids: Collection[UUID]) -> list[Report]:
        """What units have to report for periods, as far as it is not locked; opened, in the order of time."""
        query = self.select().where(Report.unit_id.in_(unit_ids), Report.ordinal == 0, Report.state != "locked")
        return await self.all(query.order_by(Report.id))

    async def is_known(self, report_id: UUID) -> bool:
        """Whether a report is in reach; nothing of it is opened."""
        return await self.exists(select(Report.id).where(Report.id == report_id))

    async def for_update(self, report_id: UUID) -> Report | None:
        """The report, reloaded and opened, its row locked until the transaction ends."""
        query = self.select().where(Report.id == report_id).with_for_update()
        return await self.one(query.execution_options(populate_existing=True))


class ReporterUnitRepository(Repository[ReporterUnit]):
    model = ReporterUnit

    async def last_of(self, report_ids: Collection[UUID]) -> dict[UUID, ReporterUnit]:
        """The reporter named last for each."""
        query = self.select().where(ReporterUnit.report_id.in_(report_ids))
        rows = await self.rows(query.order_by(ReporterUnit.valid_from, ReporterUnit.id))
        return {row.report_id: row for row in rows}

    async def remove(self, row: ReporterUnit) -> None:
        await self.session.delete(row)

    async def of_report(self, report_id: UUID) -> list[ReporterUnit]:
        query = self.select().where(ReporterUnit.report_id == report_id)
        return await self.rows(query.order_by(ReporterUnit.valid_from, ReporterUnit.id))


def _listed(asked: Asked) -> Select[ReportPeriod]:
    return select(ReportPeriod).where(
        *asked.among(kind=ReportPeriod.kind),
        *asked.equal(school_year=ReportPeriod.school_year),
        *asked.present(opened=ReportPeriod.opened_at, closed=ReportPeriod.closed_at),
        *of_unit(asked, ReportPeriod.unit_id),
        *updated(asked, ReportPeriod),
    )


LISTED: Final = Listing(ReportPeriod, _listed)
