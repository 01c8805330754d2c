"""Queries of clocks and escalations."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, or_, select

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.models.cases.clocks import Clock, ClockFilter, ClockOfCase, Escalation
from app.models.cases.exemptions import Exemption
from app.models.cases.incidents import Incident
from app.models.intakes.intakes import Intake
from app.repositories.base import Deadline, Repository
from app.repositories.filters import of_unit, updated
from app.security.access.listings import Asked, Listing

OPEN = and_(Clock.met_at.is_(None), Clock.voided_at.is_(None))
COUNTED = and_(OPEN, Clock.suspended_at.is_(None))
DUE = Deadline(Clock, due=Clock.due_at, missed=Clock.missed_at, running=COUNTED)
RUNNING, MISSED, SUSPENDED = STATES = ("running", "missed", "suspended")


class ClockRepository(Repository[Clock]):
    model = Clock

    async def of_incident(self, incident_id: UUID, limit: int | None = None) -> list[Clock]:
        query = self.select().where(Clock.incident_id == incident_id)
        return await self.rows(query.order_by(Clock.due_at, Clock.id).limit(limit))

    async def untouched(self, clock_ids: Collection[UUID]) -> set[UUID]:
        """Those of them to which no escalation and no exemption belongs."""
        exempt = select(Exemption.clock_id).where(Exemption.clock_id.in_(clock_ids))
        raised = select(Clock.id).where(Clock.id.in_(clock_ids), Clock.escalation_id.is_not(None))
        return set(clock_ids) - set(await self.rows(exempt)) - set(await self.rows(raised))

    async def remove(self, clock_ids: Collection[UUID]) -> None:
        await self.session.execute(delete(Clock).where(Clock.id.in_(clock_ids)))

    async def open(self, page: PageRequest, wanted: ClockFilter, now: datetime) -> Page[ClockOfCase]:
        """Clocks within the session's range, neither met nor void, by due time."""
        states = {state: state in wanted.state or None for state in STATES}
        asked = {**wanted.common.values, **states, "due_before": wanted.due_before, "now": now}
        found = await BY_DUE_TIME.rows(self.session, page, asked)
        return Page([ClockOfCase(*row) for row in found.items], found.more, lambda each: each.clock.due_at)

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


def _open(asked: Asked) -> Select[*tuple[Any, ...]]:
    code, unit_id = func.coalesce(Incident.code, Intake.code), func.coalesce(Incident.unit_id, Intake.unit_id)
    query = (
        select(Clock, code, unit_id, Incident.group)
        .outerjoin(Incident, Incident.id == Clock.incident_id)
        .outerjoin(Intake, Intake.id == Clock.intake_id)
        .where(asked.within(Clock), OPEN, *of_unit(asked, unit_id), *updated(asked, Clock))
    )
    if states := [_is(state, asked) for state in STATES if state in asked]:
        query = query.where(or_(*states))
    return query.where(Clock.due_at < asked["due_before"]) if "due_before" in asked else query


def _is(state: str, asked: Asked) -> ColumnElement[bool]:
    """A suspended clock neither runs nor runs out."""
    if state == SUSPENDED:
        return Clock.suspended_at.is_not(None)
    late = Clock.due_at <= asked["now"]
    return and_(Clock.suspended_at.is_(None), late if state == MISSED else ~late)


BY_DUE_TIME: Final = Listing(Clock, _open, by=Clock.due_at)


class EscalationRepository(Repository[Escalation]):
    model = Escalation

    async def of_incident(self, incident_id: UUID) -> list[Escalation]:
        query = self.select().where(Escalation.incident_id == incident_id)
        return await self.all(query.order_by(Escalation.id))

    async def before(
        self, page: PageRequest, wanted: ListFilter, to_unit_id: UUID, *, answered: bool | None
    ) -> Page[Escalation]:
        """Those put before a unit."""
        asked = {**wanted.values, "to_unit_id": to_unit_id, "answered": answered}
        return await BEFORE_UNIT.page(self.session, page, asked)

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


def _before_unit(asked: Asked) -> Select[Escalation]:
    return select(Escalation).where(
        Escalation.to_unit_id == asked["to_unit_id"],
        *asked.present(answered=Escalation.answered_at),
        *of_unit(asked, Escalation.from_unit_id),
        *updated(asked, Escalation),
    )


BEFORE_UNIT: Final = Listing(Escalation, _before_unit)
