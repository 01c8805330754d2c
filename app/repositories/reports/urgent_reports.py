"""Queries of urgent reports: their texts, and the period and report that stand for them."""

from typing import Final
from uuid import UUID

from sqlalchemy import or_, select

from app.models.cases.incidents import Incident
from app.models.referrals import Referral
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportVersion
from app.models.reports.urgent_reports import UrgentReportText
from app.repositories.base import Repository

URGENT: Final = "urgent"


class UrgentReportRepository(Repository[UrgentReportText]):
    model = UrgentReportText

    async def of_incident(self, incident: Incident, reader: UUID) -> list[UrgentReportText]:
        """The texts that a unit may read, in order: drafts are their unit's own."""
        query = self.select().where(
            UrgentReportText.incident_id == incident.id,
            or_(UrgentReportText.submitted_at.is_not(None), UrgentReportText.unit_id == reader),
        )
        return await self.all(query.order_by(UrgentReportText.id))

    async def newest(self, incident_id: UUID, unit_id: UUID) -> UrgentReportText | None:
        """The newest version that a unit drafted."""
        query = self.select().where(UrgentReportText.incident_id == incident_id, UrgentReportText.unit_id == unit_id)
        return await self.one(query.order_by(UrgentReportText.id.desc()).limit(1))

    async def period(self, unit_id: UUID, school_year: str) -> ReportPeriod | None:
        query = select(ReportPeriod).where(
            ReportPeriod.unit_id == unit_id, ReportPeriod.school_year == school_year, ReportPeriod.kind == URGENT
        )
        return await self.first(query)

    async def reports(self, texts: list[UrgentReportText]) -> dict[UUID, Report]:
        """The report of each text, by its id. Nothing is opened."""
        query = select(Report).where(Report.id.in_({text.report_id for text in texts}))
        return {report.id: report for report in await self.rows(query)}

    async def versions(self, texts: list[UrgentReportText]) -> dict[tuple[UUID, int], ReportVersion]:
        """The versions that were submitted, by report and number. Nothing is opened."""
        query = select(ReportVersion).where(ReportVersion.report_id.in_({text.report_id for text in texts}))
        return {(version.report_id, version.number): version for version in await self.rows(query)}

    async def referrals(self, incident_id: UUID) -> list[Referral]:
        """The referrals of an incident, in order. Nothing is opened."""
        return await self.rows(select(Referral).where(Referral.incident_id == incident_id).order_by(Referral.id))
