"""Sums over the reports below a unit, in one statement each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import aliased

from app.models.reports.reports import Report, ReportFigure, ReportVersion
from app.repositories.base import Repository
from app.security.access.elevation import narrowed
from app.security.access.scope import Scope

# What stands in no sum.
ABSENT = ("missing", "not_applicable", "hidden")
YES = case((ReportFigure.denominator.is_not(None), ReportFigure.numerator), (ReportFigure.numerator > 0, 1), else_=0)


@dataclass(frozen=True, slots=True)
class Total:
    """One figure over several reports: the sums; how many units said yes or counted anything, and how many answered.

    What is itself made of units has a denominator, and adds up through the levels.
    """

    item: str
    cell: str
    numerator: int
    denominator: int | None
    yes: int
    units: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many reports are owed below, and the digests of those that are in the sum."""

    owed: int
    digests: list[str]


class Summed(NamedTuple):
    """A version in a sum: its unit's path, when it was counted, and whether others report to its unit."""

    version_id: UUID
    path: str
    computed_at: datetime | None
    is_consolidated: bool


class ConsolidationRepository(Repository[Report]):
    model = Report

    async def totals(self, period_id: UUID, recipient_id: UUID, *, with_submitted: bool) -> list[Total]:
        """Every figure over the versions that a unit accepted, or with `with_submitted` those it received."""
        query = (
            select(
                ReportFigure.item,
                ReportFigure.cell,
                func.sum(ReportFigure.numerator),
                func.sum(ReportFigure.denominator),
                func.sum(YES),
                func.sum(func.coalesce(ReportFigure.denominator, 1)),
            )
            .join(Report, ReportFigure.version_id == _read(with_submitted))
            .where(Report.period_id == period_id, Report.recipient_id == recipient_id)
            .where(ReportFigure.status.not_in(ABSENT))
            .group_by(ReportFigure.item, ReportFigure.cell)
        )
        # A unit adds up what its own range holds: asking of each row whether it is opened takes most of the time.
        async with narrowed(self.session, Scope.without_openings):
            rows = (await self.session.execute(query)).all()
        return [
            Total(
                item, cell, int(numerator or 0), None if denominator is None else int(denominator), int(yes), int(units)
            )
            for item, cell, numerator, denominator, yes, units in rows
        ]

    async def in_sum(self, period_id: UUID, recipient_id: UUID, *, with_submitted: bool) -> list[Summed]:
        """The versions that are in the sums of a unit."""
        query = _summed().join(ReportVersion, ReportVersion.id == _read(with_submitted))
        return await self._read_summed(query.where(Report.period_id == period_id, Report.recipient_id == recipient_id))

    async def made_of(self, version_ids: Collection[UUID]) -> list[Summed]:
        """The versions of which consolidated ones were made."""
        versions = await self.all(select(ReportVersion).where(ReportVersion.id.in_(version_ids)))
        coverages = [(version.snapshot or {}).get("coverage") or {} for version in versions]
        digests = [digest for coverage in coverages for digest in coverage.get("versions", ())]
        query = _summed().join(ReportVersion, ReportVersion.report_id == Report.id)
        return await self._read_summed(query.where(ReportVersion.digest.in_(digests)))

    async def _read_summed(self, query: Select[UUID, str, datetime | None, bool]) -> list[Summed]:
        return [Summed(*row) for row in await self.session.execute(query)]

    async def has_below(self, period_id: UUID, recipient_id: UUID) -> bool:
        """Whether a report is owed to a unit in a period."""
        owed = select(Report.id).where(Report.period_id == period_id, Report.recipient_id == recipient_id)
        return await self.exists(owed)

    async def coverage(self, period_id: UUID, recipient_id: UUID, *, with_submitted: bool) -> Coverage:
        of_recipient = (Report.period_id == period_id, Report.recipient_id == recipient_id)
        owed = await self.count(select(func.count()).select_from(Report).where(*of_recipient))
        if not owed:
            return Coverage(0, [])
        digests: Select[str | None] = (
            select(ReportVersion.digest)
            .join(Report, ReportVersion.id == _read(with_submitted))
            .where(*of_recipient)
            .order_by(ReportVersion.digest)
        )
        return Coverage(owed, [digest for digest in await self.rows(digests) if digest])


def _summed() -> Select[UUID, str, datetime | None, bool]:
    below = aliased(Report)
    others = exists().where(below.period_id == Report.period_id, below.recipient_id == Report.unit_id)
    return select(ReportVersion.id, Report.org_path, ReportVersion.computed_at, others)


def _read(with_submitted: bool) -> ColumnElement[UUID | None]:  # noqa: FBT001 — names the choice at every call
    return Report.submitted_version_id if with_submitted else Report.accepted_version_id  # type: ignore[return-value]
