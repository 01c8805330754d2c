"""Queries of retention: classes and levels, holds, what is due, and certificates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, inspect, literal, null, or_, select
from sqlalchemy.orm import aliased

from app.core.paging import PageRequest
from app.models.base import UtcDateTime
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import Incident, IncidentEvent
from app.models.declarations import columns_about
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.platform.data_keys import DataKey
from app.models.privacy.retention import (
    DestructionCertificate,
    LocalRetention,
    RetentionClass,
    RetentionHold,
)
from app.models.registry import listed_as, retained_models
from app.models.sealed import EncryptedRow
from app.models.units import Unit
from app.repositories.base import Repository, in_force
from app.repositories.units import leads
from app.security.access.scope import Range

ENDED = {CaseEvent.CLOSE.value: "closed", CaseEvent.DISMISS.value: "dismissed"}


@dataclass(frozen=True, slots=True)
class Zone:
    """The paths under one, save those of a deeper zone: what began there before a moment is due; None: nothing is."""

    path: str
    begun_before: datetime | None


@dataclass(frozen=True, slots=True)
class DueFilter:
    """The records of a kind within a range that are due by their zone, the deepest zone first, on a day."""

    covers: str
    starts_on: str
    within: Range
    zones: Sequence[Zone]
    day: date


@dataclass(frozen=True, slots=True)
class DueRecord:
    """A record that is due, and when its period began. `incident_id` is what a hold would lie on."""

    id: UUID
    code: str
    unit_id: UUID
    org_path: str
    began: datetime
    incident_id: UUID | None
    is_held: bool


@dataclass(frozen=True, slots=True)
class UnitCount:
    unit_id: UUID
    org_path: str
    count: int
    held: int


class _Records(NamedTuple):
    """Records of a kind that were not destroyed: a SELECT without columns, and what stands for each of DueRecord's."""

    query: Any
    id: Any
    code: Any
    unit_id: Any
    org_path: Any
    began: Any
    incident_id: Any | None

    def due(self, due_filter: DueFilter) -> Any:  # noqa: ANN401 — a SELECT
        begun_before = case(
            *((Range.under(zone.path).covers(self.org_path), _moment(zone.begun_before)) for zone in due_filter.zones)
        )
        return self.query.where(due_filter.within.covers(self.org_path), self.began < begun_before)

    def is_held(self, day: date) -> ColumnElement[bool]:
        if self.incident_id is None:
            return false()
        return _is_held(self.incident_id, day)


class RetentionRepository(Repository[LocalRetention]):
    model = LocalRetention

    async def classes(self, day: date) -> list[RetentionClass]:
        query = select(RetentionClass).where(in_force(RetentionClass, day)).order_by(RetentionClass.position)
        return await self.rows(query)

    async def levels(self, day: date) -> list[tuple[LocalRetention, str, bool]]:
        """Each level in force, with its unit's path of today and whether the unit decides for a province."""
        query = select(LocalRetention, Unit.org_path, leads()).join(Unit, Unit.id == LocalRetention.unit_id)
        rows = await self.session.execute(query.where(in_force(LocalRetention, day)).order_by(LocalRetention.id))
        return [(level, path, bool(decides)) for level, path, decides in rows]

    async def due(self, due_filter: DueFilter, page: PageRequest, *, unheld: bool) -> list[DueRecord]:
        """The newest due records after a cursor, with or without those on hold."""
        records = _records(due_filter.covers, due_filter.starts_on)
        is_held = records.is_held(due_filter.day)
        columns = (records.id, records.code, records.unit_id, records.org_path, records.began)
        incident_id = null() if records.incident_id is None else records.incident_id
        query = records.due(due_filter).with_only_columns(*columns, incident_id, is_held)
        if page.before is not None:
            query = query.where(records.id < page.before)
        if unheld:
            query = query.where(~is_held)
        rows = await self.session.execute(query.order_by(records.id.desc()).limit(page.limit))
        return [DueRecord(*row) for row in rows]

    async def counts(self, due_filter: DueFilter) -> list[UnitCount]:
        """The number of due records in each unit, and how many of them are on hold."""
        records = _records(due_filter.covers, due_filter.starts_on)
        held = func.sum(case((records.is_held(due_filter.day), 1), else_=0))
        place = (records.unit_id, records.org_path)
        query = records.due(due_filter).with_only_columns(*place, func.count(), held).group_by(*place)
        return [UnitCount(*row) for row in await self.session.execute(query)]

    async def held(self, incident_ids: Collection[UUID], day: date) -> set[UUID]:
        """The incidents that are on hold on that day."""
        query = select(Incident.id).where(Incident.id.in_(incident_ids), _is_held(Incident.id, day))
        return set(await self.rows(query))


class RetentionHoldRepository(Repository[RetentionHold]):
    model = RetentionHold

    async def of_incident(self, incident_id: UUID) -> list[RetentionHold]:
        query = self.select().where(RetentionHold.incident_id == incident_id).order_by(RetentionHold.id)
        return await self.all(query)

    async def of(self, incident_id: UUID, hold_id: UUID) -> RetentionHold | None:
        query = self.select().where(RetentionHold.id == hold_id, RetentionHold.incident_id == incident_id)
        return await self.first(query)


class DestructionCertificateRepository(Repository[DestructionCertificate]):
    model = DestructionCertificate

    def listed(self, within: Range) -> Select[DestructionCertificate]:
        return self.select().where(within.covers(DestructionCertificate.org_path))

    async def known(self, ids: Collection[UUID]) -> set[UUID]:
        query = select(DestructionCertificate.id).where(DestructionCertificate.id.in_(ids))
        return set(await self.rows(query))


def beginnings(model: Any) -> set[str]:  # noqa: ANN401 — a retained model
    """The events from which a class of these records counts."""
    began = model.__retained__.began
    return set(ENDED if began is None else began)


def _records(covers: str, starts_on: str) -> _Records:
    """Raises LookupError for a class that counts from what its records do not declare."""
    model = retained_models()[covers]
    retained, listed = model.__retained__, listed_as(model)
    if starts_on not in beginnings(model):
        raise LookupError(f"a period of these records counts from {sorted(beginnings(model))}, not from {starts_on}")
    query = _undestroyed(model, listed)
    if retained.when is not None:
        query = query.where(retained.when())
    if starts_on in retained.only:
        query = query.where(retained.only[starts_on]())
    columns = (
        listed.id,
        getattr(listed, listed.__retained__.code),
        getattr(listed, listed.__retained__.holder),
        listed.org_path,
    )
    if retained.began is None:
        query = _with_incident(query, listed).where(Incident.state == ENDED[starts_on])
        return _Records(query, *columns, _ended(starts_on), Incident.id)
    incident_id = None if retained.held_with is None else getattr(model, retained.held_with)
    return _Records(query, *columns, getattr(model, retained.began[starts_on]), incident_id)


def _undestroyed(model: Any, listed: Any) -> Any:  # noqa: ANN401 — models and a SELECT
    query = select(listed.id)
    if not issubclass(model, EncryptedRow):
        return query
    if listed is not model:
        # A part with a period of its own lies under a key of its own; one that opens more must not go with it.
        (part,) = model.__belongs_to__
        query = query.join(model, getattr(model, part.column) == listed.id).where(model.key_id != listed.key_id)
    if "destroyed_at" in inspect(model).columns:
        return query.where(model.destroyed_at.is_(None))
    return query.join(DataKey, DataKey.id == model.key_id).where(DataKey.destroyed_at.is_(None))


def _with_incident(query: Any, listed: Any) -> Any:  # noqa: ANN401 — a SELECT and a model
    if listed is Incident:
        return query
    if listed is Intake:
        linked = query.join(IntakeLink, IntakeLink.intake_id == Intake.id)
        return linked.join(Incident, Incident.id == IntakeLink.incident_id)
    (column,) = columns_about(listed, Incident.__tablename__)
    return query.join(Incident, Incident.id == getattr(listed, column))


def _ended(kind: str) -> Any:  # noqa: ANN401 — a scalar subquery
    """When the incident was last ended in this way."""
    last = select(func.max(IncidentEvent.at)).where(
        IncidentEvent.incident_id == Incident.id, IncidentEvent.kind == kind
    )
    return last.correlate(Incident).scalar_subquery()


def _is_held(incident_id: Any, day: date) -> ColumnElement[bool]:  # noqa: ANN401 — a mapped column
    """Whether a hold of that day lies on the incident or on another one of its event: a court holds the event."""
    this, other = aliased(Incident), aliased(Incident)
    holds = select(RetentionHold.id).where(
        RetentionHold.incident_id == other.id,
        func.coalesce(other.event_id, other.id) == func.coalesce(this.event_id, this.id),
        this.id == incident_id,
        _holds(day),
    )
    return holds.exists()


def _holds(day: date) -> ColumnElement[bool]:
    """A hold that lies on its incident that day."""
    return and_(RetentionHold.lifted_at.is_(None), or_(RetentionHold.until.is_(None), RetentionHold.until >= day))


def _moment(at: datetime | None) -> Any:  # noqa: ANN401 — a bound moment
    return literal(at, UtcDateTime())
