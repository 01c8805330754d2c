"""Queries of merges and of the rows that they move."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update

from app.models.cases.incidents import Incident
from app.models.duplicates import IncidentMerge
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.sharing.grants import CaseGrant
from app.repositories.base import Repository


class MergeRepository(Repository[IncidentMerge]):
    model = IncidentMerge

    async def of_incident(self, incident_id: UUID) -> list[IncidentMerge]:
        """Merges with the incident on either side, oldest first, where the session reaches both incidents."""
        either = or_(IncidentMerge.incident_id == incident_id, IncidentMerge.survivor_id == incident_id)
        seen = select(Incident.id)
        query = self.select().where(
            either, IncidentMerge.incident_id.in_(seen), IncidentMerge.survivor_id.in_(seen.correlate(None))
        )
        return await self.all(query.order_by(IncidentMerge.id))

    async def receipts_below(self, incident_id: UUID) -> list[datetime]:
        """The receipts of the incidents merged into this one."""
        query = select(Incident.received_at).where(Incident.merged_into_id == incident_id)
        return await self.rows(query)

    async def live_into(self, survivor_id: UUID) -> list[tuple[IncidentMerge, Incident]]:
        """The merges into an incident that stand, each with what it absorbed."""
        query = select(IncidentMerge, Incident).join(Incident, Incident.id == IncidentMerge.incident_id)
        query = query.where(IncidentMerge.survivor_id == survivor_id, IncidentMerge.undone_at.is_(None))
        rows = await self.session.execute(query.order_by(IncidentMerge.id))
        return [(merge, absorbed) for merge, absorbed in rows]

    async def live_of(self, incident_id: UUID) -> IncidentMerge | None:
        """The merge by which an incident is absorbed."""
        query = self.select().where(IncidentMerge.incident_id == incident_id, IncidentMerge.undone_at.is_(None))
        return await self.first(query)

    async def move_event(self, incident_ids: Collection[UUID], event_id: UUID) -> None:
        await self.session.execute(
            update(Incident)
            .where(Incident.id.in_(incident_ids))
            .values(event_id=event_id)
            .execution_options(synchronize_session="fetch")
        )

    async def live_grants(self, incident_ids: Collection[UUID]) -> list[CaseGrant]:
        query = select(CaseGrant).where(CaseGrant.incident_id.in_(incident_ids), CaseGrant.revoked_at.is_(None))
        return await self.rows(query)

    async def grants(self, grant_ids: Collection[UUID]) -> list[CaseGrant]:
        return await self.rows(select(CaseGrant).where(CaseGrant.id.in_(grant_ids)))

    async def intakes_of(self, incident_ids: Collection[UUID]) -> list[Intake]:
        linked = select(IntakeLink.intake_id).where(IntakeLink.incident_id.in_(incident_ids))
        return await self.rows(select(Intake).where(Intake.id.in_(linked)))
