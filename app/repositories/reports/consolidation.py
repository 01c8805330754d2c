"""Sums over the reports below a unit, in one statement each."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

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

    async def paths_in_sum(self, period_id: UUID, recipient_id: UUID, *, with_submitted: bool) -> frozenset[str]:
        """The paths of the units whose reports are in the sums."""
        query = select(Report.org_path).where(Report.period_id == period_id, Report.recipient_id == recipient_id)
        return frozenset(await self.rows(query.where(_read(with_submitted).is_not(None))))

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

    async def contributing(
        self, period_id: UUID, recipient_id: UUID, item: str, cell: str, *, with_submitted: bool
    ) -> list[tuple[Report, ReportVersion, ReportFigure]]:
        """The reports below that have a value of one figure, with their versions. Nothing is opened."""
        query = (
            select(Report, ReportVersion, ReportFigure)
            .join(ReportVersion, ReportVersion.id == _read(with_submitted))
            .join(ReportFigure, ReportFigure.version_id == ReportVersion.id)
            .where(Report.period_id == period_id, Report.recipient_id == recipient_id)
            .where(ReportFigure.item == item, ReportFigure.cell == cell)
            .order_by(Report.id)
        )
        return [(report, version, figure) for report, version, figure in await self.session.execute(query)]


def _read(with_submitted: bool) -> ColumnElement[UUID | None]:  # noqa: FBT001 — names the choice at every call
    return Report.submitted_version_id if with_submitted else Report.accepted_version_id  # type: ignore[return-value]
