"""What is awaited of units: their reports not delivered, and when each unit was last reminded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app.models.notices.notices import Notice
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReporterUnit
from app.repositories.base import Repository, in_force
from app.repositories.reports.urgent_reports import URGENT

WAITING: Final = ("owed", "draft", "returned")


@dataclass(frozen=True, slots=True)
class Awaited:
    """A report that its unit has yet to submit; `is_delivered` where it was returned after a complete submission."""

    report_id: UUID
    unit_id: UUID
    recipient_id: UUID | None
    created_at: datetime
    due_at: datetime
    is_delivered: bool


class ReminderRepository(Repository[Report]):
    model = Report

    async def awaited(self) -> list[Awaited]:
        """Of open periods; an urgent report has no due day."""
        query = (
            select(Report.id, Report.unit_id, Report.recipient_id, Report.created_at, Report.due_at)
            .add_columns(Report.delivered_at)
            .join(ReportPeriod, ReportPeriod.id == Report.period_id)
            .where(ReportPeriod.closed_at.is_(None), ReportPeriod.kind != URGENT, Report.state.in_(WAITING))
            .order_by(Report.id)
        )
        rows = await self.session.execute(query)
        return [
            Awaited(report, unit, recipient, created_at, due_at, delivered_at is not None)
            for report, unit, recipient, created_at, due_at, delivered_at in rows
        ]

    async def reporters(self, day: date) -> dict[UUID, UUID]:
        """The unit that reports for another one, by report."""
        return await self.pairs(select(ReporterUnit.report_id, ReporterUnit.unit_id).where(in_force(ReporterUnit, day)))

    async def last_reminded(self, unit_ids: Collection[UUID], kinds: Collection[str]) -> dict[UUID, datetime]:
        """When each of the units got its last digest."""
        query = select(Notice.unit_id, func.max(Notice.created_at)).where(Notice.unit_id.in_(unit_ids))
        return await self.pairs(query.where(Notice.kind.in_(kinds)).group_by(Notice.unit_id))
