"""Queries of what is issued of reports: numbers of the clerk's register, and what the form for the public hides."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.models.reports.issues import ReportDisclosure, ReportIssuance
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportFigure
from app.repositories.base import Repository

OF_YEARS: Final = ("yearly", "term")
NUMBERED: Final = ("computed", "declared")
# The version that the level above adds up, else the one that it received.
READ: Final = func.coalesce(Report.accepted_version_id, Report.submitted_version_id)


@dataclass(frozen=True, slots=True)
class InTree:
    """A report of a period: whose it is, who receives it, and which version counts."""

    id: UUID
    org_path: str
    unit_id: UUID
    recipient_id: UUID | None
    version_id: UUID | None


@dataclass(frozen=True, slots=True)
class Number:
    report_id: UUID
    item: str
    cell: str
    numerator: int
    denominator: int | None


class IssueRepository(Repository[ReportIssuance]):
    model = ReportIssuance

    async def of_report(self, report_id: UUID) -> list[ReportIssuance]:
        query = self.select().where(ReportIssuance.report_id == report_id).order_by(ReportIssuance.id)
        return await self.all(query)

    async def of_version(self, version_id: UUID) -> ReportIssuance | None:
        """The entry in force."""
        query = self.select().where(ReportIssuance.version_id == version_id)
        return await self.one(query.where(ReportIssuance.corrected_at.is_(None)))

    async def is_taken(self, unit_id: UUID, year: int, number: int) -> bool:
        """Whether the unit gave the number, also to an entry that was corrected since."""
        query = select(ReportIssuance.id).where(
            ReportIssuance.unit_id == unit_id, ReportIssuance.year == year, ReportIssuance.number == number
        )
        return await self.exists(query)

    async def disclosure(self, version_id: UUID) -> ReportDisclosure | None:
        """The last decision on a version."""
        query = select(ReportDisclosure).where(ReportDisclosure.version_id == version_id)
        return await self.first(query.order_by(ReportDisclosure.id.desc()).limit(1))

    async def disclosures(self, period_id: UUID) -> list[ReportDisclosure]:
        """Every decision on reports of a period."""
        query = select(ReportDisclosure).join(Report, ReportDisclosure.report_id == Report.id)
        return await self.rows(query.where(Report.period_id == period_id))

    async def other_periods_of_year(self, period: ReportPeriod) -> list[ReportPeriod]:
        """The periods of the same school year or of one of its terms."""
        query = select(ReportPeriod).where(
            ReportPeriod.school_year == period.school_year,
            ReportPeriod.kind.in_(OF_YEARS),
            ReportPeriod.id != period.id,
        )
        return await self.rows(query.order_by(ReportPeriod.id))

    async def of_period(self, period_id: UUID) -> list[InTree]:
        columns = select(Report.id, Report.org_path, Report.unit_id, Report.recipient_id, READ)
        rows = await self.session.execute(columns.where(Report.period_id == period_id).order_by(Report.id))
        return [InTree(*row) for row in rows]

    async def numbers(self, period_id: UUID, items: Collection[str]) -> list[Number]:
        """The figures of some items in the versions that count."""
        return await self._numbers(period_id, items, READ)

    async def issued_numbers(self, period_id: UUID, items: Collection[str]) -> list[Number]:
        """The same in the versions whose disclosure was decided last."""
        last = select(ReportDisclosure.version_id).where(ReportDisclosure.report_id == Report.id)
        last = last.order_by(ReportDisclosure.id.desc()).limit(1)
        return await self._numbers(period_id, items, last.scalar_subquery())

    async def _numbers(self, period_id: UUID, items: Collection[str], version: ColumnElement[UUID]) -> list[Number]:
        query = (
            select(
                ReportFigure.report_id,
                ReportFigure.item,
                ReportFigure.cell,
                ReportFigure.numerator,
                ReportFigure.denominator,
            )
            .join(Report, ReportFigure.report_id == Report.id)
            .where(ReportFigure.version_id == version)
            .where(Report.period_id == period_id, ReportFigure.item.in_(items))
            .where(ReportFigure.status.in_(NUMBERED), ReportFigure.numerator.is_not(None))
        )
        return [
            Number(report, item, cell, numerator, denominator)
            for report, item, cell, numerator, denominator in await self.session.execute(query)
            if numerator is not None
        ]
