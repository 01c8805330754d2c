"""Queries of clocks and escalations."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, and_, delete, false, func, or_, select

from app.core.paging import Page, PageRequest
from app.models.cases.clocks import Clock, Escalation
from app.models.cases.exemptions import Exemption
from app.repositories.base import Deadline, Repository
from app.security.access.listings import Asked, Listing

OPEN = and_(Clock.met_at.is_(None), Clock.voided_at.is_(None))
COUNTED = and_(OPEN, Clock.suspended_at.is_(None))
DUE = Deadline(Clock, due=Clock.due_at, missed=Clock.missed_at, running=COUNTED)


class ClockRepository(Repository[Clock]):
    model = Clock

    async def of_incident(self, incident_id: UUID) -> list[Clock]:
        query = self.select().where(Clock.incident_id == incident_id)
        return await self.rows(query.order_by(Clock.due_at, Clock.id))

    async def untouched(self, clock_ids: Collection[UUID]) -> set[UUID]:
        """Those of them to which no escalation and no exemption belongs."""
        exempt = select(Exemption.clock_id).where(Exemption.clock_id.in_(clock_ids))
        raised = select(Clock.id).where(Clock.id.in_(clock_ids), Clock.escalation_id.is_not(None))
        return set(clock_ids) - set(await self.rows(exempt)) - set(await self.rows(raised))

    async def remove(self, clock_ids: Collection[UUID]) -> None:
        await self.session.execute(delete(Clock).where(Clock.id.in_(clock_ids)))

    async def running(
        self, page: PageRequest, due_before: datetime | None, now: datetime, *, missed: bool | None
    ) -> Page[Clock]:
        """Clocks within the session's range, neither met nor void.

        `missed` picks those that ran out by now, acted on or not, or that still run. A suspended clock does neither.
        """
        return await RUNNING.page(self.session, page, {"due_before": due_before, "now": now, "missed": missed})

    async def of_intake(self, intake_id: UUID) -> list[Clock]:
        return await self.rows(self.select().where(Clock.intake_id == intake_id))

    async def late_intakes(self, org_path: str) -> int:
        """How many intakes of a unit were raised above it because nobody took them up, and still wait."""
        late = (
            Clock.org_path == org_path,
            Clock.intake_id.is_not(None),
            Clock.missed_at.is_not(None),
            OPEN,
        )
        return await self.count(select(func.count()).select_from(Clock).where(*late))


def _running(asked: Asked) -> Select[Clock]:
    query = select(Clock).where(asked.within(Clock), OPEN)
    if "missed" in asked:
        late = Clock.due_at <= asked["now"] if asked.flag("missed") else Clock.due_at > asked["now"]
        query = query.where(COUNTED, late)
    return query.where(Clock.due_at < asked["due_before"]) if "due_before" in asked else query


RUNNING: Final = Listing(Clock, _running)


class EscalationRepository(Repository[Escalation]):
    model = Escalation

    async def of_incident(self, incident_id: UUID) -> list[Escalation]:
        query = self.select().where(Escalation.incident_id == incident_id)
        return await self.all(query.order_by(Escalation.id))

    def before(self, unit_id: UUID, *, answered: bool | None) -> Select[Escalation]:
        """Those put before a unit."""
        query = self.select().where(Escalation.to_unit_id == unit_id)
        if answered is None:
            return query
        return query.where(Escalation.answered_at.is_not(None) if answered else Escalation.answered_at.is_(None))

    async def last(self, *, incident_id: UUID | None = None, intake_id: UUID | None = None) -> Escalation | None:
        """The latest of an incident, of an intake, or of either."""
        told = [Escalation.incident_id == incident_id] if incident_id else []
        told += [Escalation.intake_id == intake_id] if intake_id else []
        return await self.first(self.select().where(or_(false(), *told)).order_by(Escalation.id.desc()).limit(1))

    async def raised_intakes(self, unit_id: UUID) -> int:
        """How many intakes that nobody took up were put before a unit and wait for its answer."""
        waiting = (
            Escalation.to_unit_id == unit_id,
            Escalation.intake_id.is_not(None),
            Escalation.answered_at.is_(None),
        )
        return await self.count(select(func.count()).select_from(Escalation).where(*waiting))
