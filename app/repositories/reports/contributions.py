"""Queries of what submitted figures were made of."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.models.base import Base
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.privacy.retention import DestructionCertificate
from app.models.reports.reports import Report, ReportContribution, ReportFigure, ReportVersion
from app.models.units import Unit
from app.repositories.base import Repository
from app.security.access.scope import Range


class ContributionRepository(Repository[ReportContribution]):
    model = ReportContribution

    async def of_figure(self, version_id: UUID, item: str) -> list[ReportContribution]:
        query = self.select().where(ReportContribution.version_id == version_id, ReportContribution.item == item)
        return await self.rows(query.order_by(ReportContribution.digest))

    async def below(
        self, digests: Collection[str], item: str, cell: str
    ) -> list[tuple[Report, ReportVersion, ReportFigure | None]]:
        """The versions below that a consolidated one was made of, each with its figure. Nothing is opened."""
        query = (
            select(Report, ReportVersion, ReportFigure)
            .join(ReportVersion, ReportVersion.report_id == Report.id)
            .outerjoin(
                ReportFigure,
                (ReportFigure.version_id == ReportVersion.id)
                & (ReportFigure.item == item)
                & (ReportFigure.cell == cell),
            )
            .where(ReportVersion.digest.in_(digests))
            .order_by(ReportVersion.digest)
        )
        return [(report, version, figure) for report, version, figure in await self.session.execute(query)]

    async def destroyed(self, within: Range) -> dict[UUID, UUID]:
        """The incidents of a range whose keys were destroyed, and their persons, each with the key."""
        incidents = select(Incident.id, Incident.key_id).where(
            within.covers(Incident.org_path), Incident.destroyed_at.is_not(None)
        )
        persons = (
            select(IncidentPerson.id, Incident.key_id)
            .join(Incident, Incident.id == IncidentPerson.incident_id)
            .where(within.covers(Incident.org_path), Incident.destroyed_at.is_not(None))
        )
        return {**await self.pairs(incidents), **await self.pairs(persons)}  # type: ignore[arg-type]

    async def raised(self, above: Collection[str], tables: Iterable[type[Base]]) -> list[UUID]:
        """The rows of incidents that units at some paths hold, or held last, because they accuse staff below."""
        holders = select(Unit.id).where(Unit.org_path.in_(above))
        was_raised = or_(
            and_(Incident.held_by_superior, Incident.holder_id.in_(holders)), Incident.came_down_from_id.in_(holders)
        )
        incidents = select(Incident.id).where(was_raised)
        found = await self.rows(incidents)
        for table in tables:
            part: Any = table
            if found and table is not Incident and hasattr(table, "incident_id"):
                found += await self.rows(select(part.id).where(part.incident_id.in_(incidents)))
        return found

    async def certificates(self, within: Range) -> dict[str, str]:
        """The number of the certificate of each destroyed key of a range, by the digest of the key's id."""
        query = select(DestructionCertificate).where(within.covers(DestructionCertificate.org_path))
        return {digest: found.number for found in await self.rows(query) for digest in found.key_digests}

    async def reachable(self, row_ids: Collection[UUID]) -> list[UUID]:
        """Of some incidents and persons those in the session's own scope."""
        incidents = select(Incident.id).where(Incident.id.in_(row_ids))
        persons = select(IncidentPerson.id).where(IncidentPerson.id.in_(row_ids))
        return sorted([*await self.rows(incidents), *await self.rows(persons)])
