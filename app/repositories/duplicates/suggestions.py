"""Incidents near another in place and time, and the facts for comparing them. No encrypted field is opened."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from app.core.paths import line, parent
from app.core.time import local_date
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.units import Unit
from app.repositories.base import Repository
from app.security.access.scope import Range

MOST = 200


class SuggestionRepository(Repository[Incident]):
    model = Incident

    async def facts(self, incident_id: UUID) -> Incident | None:
        return await self.first(self.select().where(Incident.id == incident_id))

    async def near(self, org_path: str, around: datetime, window: timedelta, apart: UUID | None) -> list[Incident]:
        """The newest unmerged incidents of the unit's line and its neighbours within the window.

        The receipt replaces an unknown day. `apart` is an event to leave out.
        """
        above = parent(org_path)
        first, last = around - window, around + window
        on_a_day = Incident.occurred_on.between(local_date(first), local_date(last))
        heard = Incident.occurred_on.is_(None) & Incident.received_at.between(first, last)
        nearby = Range.under(above if above != "/" else org_path).covers(Incident.org_path)
        query = self.select().where(
            or_(on_a_day, heard), or_(nearby, Incident.org_path.in_(line(org_path))), Incident.merged_into_id.is_(None)
        )
        if apart is not None:
            query = query.where(Incident.id != apart)
        return await self.rows(query.order_by(Incident.id.desc()).limit(MOST))

    async def persons(self, incident_ids: Collection[UUID]) -> dict[UUID, list[tuple[str, str, str, int | None]]]:
        """Role, kind, sex and estimated age of the persons, where the session reaches them."""
        query = select(
            IncidentPerson.incident_id,
            IncidentPerson.role,
            IncidentPerson.kind,
            IncidentPerson.sex,
            IncidentPerson.estimated_age,
        ).where(IncidentPerson.incident_id.in_(incident_ids))
        found = defaultdict[UUID, list[tuple[str, str, str, int | None]]](list)
        for incident_id, role, kind, sex, age in await self.session.execute(query):
            found[incident_id].append((role, kind, sex, age))
        return found

    async def channels(self, incident_ids: Collection[UUID]) -> dict[UUID, set[str]]:
        query = select(IntakeLink.incident_id, Intake.source_channel).join(Intake, Intake.id == IntakeLink.intake_id)
        found = defaultdict[UUID, set[str]](set)
        for incident_id, channel in await self.session.execute(query.where(IntakeLink.incident_id.in_(incident_ids))):
            found[incident_id].add(channel)
        return found

    async def paths(self, unit_ids: Collection[UUID]) -> dict[UUID, str]:
        return await self.pairs(select(Unit.id, Unit.org_path).where(Unit.id.in_(unit_ids)))
