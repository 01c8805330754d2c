"""Queries of incidents and what hangs on them."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from app.core.filters import values_of
from app.core.paging import Page, PageRequest
from app.core.time import utc_now
from app.models.cases.events import CaseEvent, EventKind
from app.models.cases.incidents import (
    ACCUSED_ROLES,
    STAFF_KINDS,
    Incident,
    IncidentEvent,
    IncidentFilter,
    IncidentPerson,
    IncidentSeverity,
)
from app.models.sharing.grants import CaseGrant, granted_to
from app.repositories.base import Repository
from app.repositories.cases.searches import Search
from app.repositories.filters import of_unit, updated
from app.security.access.listings import Asked, Filters, Listing
from app.security.access.principal import Principal
from app.security.access.scope import Range

# Columns and no records, which take twice the time; no list shows the words.
LISTED: Final = select(
    Incident.id,
    Incident.org_path,
    Incident.code,
    Incident.unit_id,
    Incident.holder_id,
    Incident.state,
    Incident.group.label("group"),
    Incident.forms,
    Incident.severity,
    Incident.location,
    Incident.occurred_on,
    Incident.occurred_at,
    Incident.held_by_superior,
    Incident.received_at,
    Incident.created_at,
    Incident.updated_at,
    Incident.destroyed_at,
    Incident.version,
    Incident.merged_into_id,
    Incident.merged_into_id.is_not(None).label("is_merged"),
)
CLEARED: Final = "cleared"
ACCUSED: Final = (
    IncidentPerson.role.in_(ACCUSED_ROLES),
    IncidentPerson.kind.in_(STAFF_KINDS),
    IncidentPerson.finding.is_(None),
)
UNIT_OF_PERSON: Final = func.coalesce(IncidentPerson.unit_id, Incident.unit_id)
P = TypeVar("P", IncidentPerson, IncidentSeverity, IncidentEvent)


class IncidentRepository(Repository[Incident]):
    model = Incident

    async def held(self, page: PageRequest, wanted: IncidentFilter, search: Search | None = None) -> Page[Any]:
        """Those held within the session's range, each with the columns of `LISTED`."""
        return await HELD.columns(self.session, page, values_of(wanted), *_found(search))

    async def shared(
        self, page: PageRequest, principal: Principal, wanted: IncidentFilter, search: Search | None
    ) -> Page[Any]:
        """The same of those that grants open to the principal beyond its line."""
        caller = {"of_unit": principal.unit_id, "of_user": principal.id, "now": utc_now()}
        return await SHARED.columns(self.session, page, values_of(wanted) | caller, *_found(search))

    async def of_event(self, event_id: UUID) -> list[Incident]:
        """The incident that stands for an event and all that were merged into it; nothing of them is opened."""
        query = self.select().where(or_(Incident.id == event_id, Incident.event_id == event_id))
        return await self.rows(query.order_by(Incident.id))

    async def accused_of(self, incident_ids: Collection[UUID]) -> list[tuple[str, UUID | None]]:
        """Kind and unit of the staff accused in any of them."""
        query = select(IncidentPerson.kind, UNIT_OF_PERSON).join(Incident, Incident.id == IncidentPerson.incident_id)
        rows = await self.session.execute(query.where(IncidentPerson.incident_id.in_(incident_ids), *ACCUSED))
        return [(kind, unit_id) for kind, unit_id in rows]

    async def cleared_of(self, incident_ids: Collection[UUID]) -> set[UUID]:
        """The units of the staff who were accused in any of them and cleared."""
        query = select(UNIT_OF_PERSON).join(Incident, Incident.id == IncidentPerson.incident_id)
        cleared = (IncidentPerson.incident_id.in_(incident_ids), IncidentPerson.finding == CLEARED)
        return {unit_id for unit_id in await self.rows(query.where(*cleared)) if unit_id is not None}

    async def raised_requests(self, incident_id: UUID) -> set[str]:
        """The data subjects' requests that went up with an incident, by its timeline."""
        query = select(IncidentEvent.data).where(IncidentEvent.incident_id == incident_id)
        raised = await self.rows(query.where(IncidentEvent.kind == CaseEvent.RAISED_ABOVE_ACCUSED))
        return {request_id for data in raised for request_id in data.get("requests", ())}

    async def visible(self, incident_ids: Collection[UUID]) -> set[UUID]:
        """Those of them that are within the session's reach."""
        return set(await self.rows(select(Incident.id).where(Incident.id.in_(incident_ids))))

    async def persons(self, incident_id: UUID, limit: int | None = None) -> list[IncidentPerson]:
        return await self.all(_parts(IncidentPerson, incident_id).limit(limit))

    async def relink(self, former: str, digest: str) -> None:
        """Give the persons with one digest of a learner another."""
        linked = update(IncidentPerson).where(IncidentPerson.learner_digest == former).values(learner_digest=digest)
        await self.session.execute(linked.execution_options(synchronize_session=False))

    async def person(self, incident_id: UUID, person_id: UUID) -> IncidentPerson | None:
        query = select(IncidentPerson).where(IncidentPerson.id == person_id, IncidentPerson.incident_id == incident_id)
        return await self.one(query)

    async def severities(self, incident_id: UUID) -> list[IncidentSeverity]:
        return await self.all(_parts(IncidentSeverity, incident_id))

    async def judgements(self, incident_id: UUID) -> list[tuple[str, datetime]]:
        """Its own assessments of severity in order, without their words."""
        query = select(IncidentSeverity.severity, IncidentSeverity.judged_at)
        rows = await self.session.execute(
            query.where(IncidentSeverity.incident_id == incident_id).order_by(IncidentSeverity.id)
        )
        return [(severity, judged_at) for severity, judged_at in rows]

    async def is_assessed(self, incident_id: UUID) -> bool:
        return await self.exists(select(IncidentSeverity.id).where(IncidentSeverity.incident_id == incident_id))

    async def events(self, incident_id: UUID, since: datetime | None, latest: int | None) -> list[IncidentEvent]:
        """In order, of those after a moment: all, or no more than the latest."""
        query = select(IncidentEvent).where(IncidentEvent.incident_id == incident_id)
        query = query if since is None else query.where(IncidentEvent.at > since)
        return (await self.all(query.order_by(IncidentEvent.id.desc()).limit(latest)))[::-1]

    async def first_events(self, incident_id: UUID) -> dict[str, datetime]:
        """When each kind of event first happened to the incident, for every child of whom it is asked."""
        first = select(IncidentEvent.kind, func.min(IncidentEvent.at)).where(*_whole_events(incident_id))
        return await self.pairs(first.group_by(IncidentEvent.kind))

    async def moments(self, incident_id: UUID) -> list[tuple[str, datetime]]:
        """What happened and when, without its words and without what other children still wait for."""
        query = select(IncidentEvent.kind, IncidentEvent.at).where(*_whole_events(incident_id))
        return [(kind, at) for kind, at in await self.session.execute(query.order_by(IncidentEvent.id))]

    async def partial_events(self, incident_id: UUID, kind: EventKind, since: datetime) -> list[dict[str, Any]]:
        """The data of partial events of a kind from a moment on."""
        query = select(IncidentEvent.data).where(IncidentEvent.incident_id == incident_id, IncidentEvent.at >= since)
        return await self.rows(query.where(IncidentEvent.kind == kind, IncidentEvent.is_partial))

    async def last_event(self, incident_id: UUID, kinds: Collection[EventKind]) -> datetime | None:
        last = select(func.max(IncidentEvent.at)).where(IncidentEvent.incident_id == incident_id)
        return await self.first(last.where(IncidentEvent.kind.in_(kinds)))

    async def paths(self, incident_ids: Collection[UUID]) -> dict[UUID, str]:
        """Of those within the session's reach that were not destroyed, where they lie."""
        query = select(Incident.id, Incident.org_path).where(Incident.id.in_(incident_ids))
        return await self.pairs(query.where(Incident.destroyed_at.is_(None)))

    async def named(self, incident_ids: Collection[UUID]) -> dict[UUID, tuple[str, UUID | None]]:
        """The code and the unit of each."""
        query = select(Incident.id, Incident.code, Incident.unit_id).where(Incident.id.in_(incident_ids))
        return {key: (code, unit_id) for key, code, unit_id in await self.session.execute(query)}

    async def facts(self, incident_id: UUID) -> Incident | None:
        """Nothing of it is opened."""
        return await self.first(self.select().where(Incident.id == incident_id))

    async def by_code(self, code: str) -> Incident | None:
        """Its facts alone: nothing of it is opened."""
        return await self.first(self.select().where(Incident.code == code))

    async def lock(self, *incident_ids: UUID) -> None:
        """Lock the incidents until commit: no concurrent change of accused, shares, merges or duties for each child.

        In the order of their ids, so that two transactions never deadlock.
        """
        query = select(Incident.id).where(Incident.id.in_(incident_ids)).order_by(Incident.id)
        await self.session.execute(query.with_for_update())

    async def accusing_staff_within(self, org_path: str) -> list[Incident]:
        """Incidents held within a path in which staff of any unit are accused, and that were not destroyed."""
        named = select(IncidentPerson.incident_id).where(*ACCUSED)
        within = Range.under(org_path).covers(Incident.org_path)
        query = self.select().where(within, Incident.id.in_(named), Incident.destroyed_at.is_(None))
        return await self.all(query)

    async def accusing_staff_of(self, unit_ids: Collection[UUID]) -> list[Incident]:
        """Incidents in which staff of any of the units are accused, and that were not destroyed."""
        named = select(IncidentPerson.incident_id).join(Incident, Incident.id == IncidentPerson.incident_id)
        named = named.where(*ACCUSED, UNIT_OF_PERSON.in_(unit_ids))
        return await self.all(self.select().where(Incident.id.in_(named), Incident.destroyed_at.is_(None)))


def _parts(model: type[P], incident_id: UUID) -> Select[P]:
    return select(model).where(model.incident_id == incident_id).order_by(model.id)


@lru_cache(maxsize=4096)
def _whole_events(incident_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Of an incident's timeline what counts for clocks."""
    return IncidentEvent.incident_id == incident_id, ~IncidentEvent.is_partial


def _found(search: Search | None) -> list[ColumnElement[bool]]:
    return [] if search is None else search.clauses()


def criteria_of(wanted: IncidentFilter) -> list[ColumnElement[bool]]:
    """What a filter asks of incidents."""
    return filtered(Filters(values_of(wanted)))


def filtered(asked: Filters) -> list[ColumnElement[bool]]:
    found = [
        *asked.among(state=Incident.state, group=Incident.group, severity=Incident.severity),
        *asked.equal(code=Incident.code),
        *of_unit(asked, Incident.unit_id),
        *updated(asked, Incident),
    ]
    if "occurred_from" in asked:
        found.append(Incident.occurred_on >= asked["occurred_from"])
    if "occurred_to" in asked:
        found.append(Incident.occurred_on <= asked["occurred_to"])
    return found


def _held(asked: Asked) -> Select[*tuple[Any, ...]]:
    return LISTED.where(asked.within(Incident), *filtered(asked))


def _shared(asked: Asked) -> Select[*tuple[Any, ...]]:
    shared = select(CaseGrant.incident_id).where(granted_to(asked["of_unit"], asked["of_user"], asked["now"]))
    return LISTED.where(Incident.id.in_(shared), *filtered(asked))


HELD: Final = Listing(Incident, _held)
SHARED: Final = Listing(Incident, _shared)


def shared_with(principal: Principal) -> Select[UUID]:
    """The ids of the incidents of which a grant to the principal is in force."""
    return select(CaseGrant.incident_id).where(granted_to(principal.unit_id, principal.id, utc_now()))
