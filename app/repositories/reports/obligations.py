"""Queries of obligations: whose a report is, to whom and by when, and who reports for a closed unit."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import aliased

from app.models.reports.reports import Report, ReporterUnit
from app.models.units import Unit, UnitEdge
from app.repositories.base import Repository, in_force
from app.security.access.scope import Range


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
