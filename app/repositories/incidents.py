"""Queries of intakes, incidents and what hangs on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from app.core.clock import utc_now
from app.models.incidents import (
    ACCUSED_ROLES,
    STAFF_KINDS,
    CaseGrant,
    Incident,
    IncidentEvent,
    IncidentPerson,
    IncidentSeverity,
    Informant,
    InformantOpening,
    Intake,
    IntakeLink,
)
from app.models.users import User
from app.repositories.base import Repository
from app.security.principal import Principal
from app.security.scope import Range


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    state: str | None = None
    group: str | None = None
    severity: str | None = None
    unit_id: UUID | None = None
    code: str | None = None
    occurred_from: date | None = None
    occurred_to: date | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        equal = {
            Incident.state: self.state,
            Incident.group: self.group,
            Incident.severity: self.severity,
            Incident.unit_id: self.unit_id,
            Incident.code: self.code,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.occurred_from is not None:
            found.append(Incident.occurred_on >= self.occurred_from)
        if self.occurred_to is not None:
            found.append(Incident.occurred_on <= self.occurred_to)
        return found


class IncidentRepository(Repository[Incident]):
    model = Incident

    def held(self, within: Range, wanted: IncidentFilter) -> Select[Incident]:
        """Those held within a range. The session's scope says so again; named here, the index serves it."""
        return self.select().where(within.covers(Incident.org_path), *wanted.clauses())

    def shared(self, principal: Principal, wanted: IncidentFilter) -> Select[Incident]:
        """Those that grants open to the principal beyond its line."""
        granted = select(CaseGrant.incident_id).where(_to(principal))
        return self.select().where(Incident.id.in_(granted), *wanted.clauses())

    async def counts(self, within: Range, wanted: IncidentFilter) -> list[tuple[str, str | None, str, int]]:
        """One event counts once, however many told of it, at every level."""
        keys = (Incident.group, Incident.severity, Incident.state)
        query = select(*keys, func.count()).where(within.covers(Incident.org_path), *wanted.clauses())
        rows = await self.session.execute(query.group_by(*keys).order_by(Incident.group, Incident.state))
        return [(group, severity, state, count) for group, severity, state, count in rows]

    async def persons(self, incident_id: UUID) -> list[IncidentPerson]:
        return await self._parts(IncidentPerson, incident_id)

    async def person(self, incident_id: UUID, person_id: UUID) -> IncidentPerson | None:
        query = select(IncidentPerson).where(IncidentPerson.id == person_id, IncidentPerson.incident_id == incident_id)
        found = (await self.opened((await self.session.scalars(query)).all()))[:1]
        return found[0] if found else None

    async def severities(self, incident_id: UUID) -> list[IncidentSeverity]:
        return await self._parts(IncidentSeverity, incident_id)

    async def events(self, incident_id: UUID) -> list[IncidentEvent]:
        return await self._parts(IncidentEvent, incident_id)

    async def first_events(self, incident_id: UUID) -> dict[str, datetime]:
        """When each kind of event first happened to the incident."""
        first = select(IncidentEvent.kind, func.min(IncidentEvent.at)).where(IncidentEvent.incident_id == incident_id)
        rows = await self.session.execute(first.group_by(IncidentEvent.kind))
        return {key: value for key, value in rows}  # noqa: C416 — a Row is no pair to mypy

    async def grants(self, incident_id: UUID) -> list[CaseGrant]:
        return await self._parts(CaseGrant, incident_id)

    async def grant(self, incident_id: UUID, grant_id: UUID) -> CaseGrant | None:
        found: CaseGrant | None = await self.session.scalar(
            select(CaseGrant).where(CaseGrant.id == grant_id, CaseGrant.incident_id == incident_id)
        )
        return found

    async def are_seen(self, incident_ids: Collection[UUID]) -> bool:
        """Whether all of them are within the session's reach, and none was destroyed."""
        query = select(func.count()).select_from(Incident)
        query = query.where(Incident.id.in_(incident_ids), Incident.destroyed_at.is_(None))
        return await self.session.scalar(query) == len(incident_ids)

    async def by_code(self, code: str) -> Incident | None:
        """Its facts alone: nothing of it is opened."""
        found: Incident | None = await self.session.scalar(self.select().where(Incident.code == code))
        return found

    async def lock(self, incident_id: UUID) -> None:
        """Let nobody else name its accused or share it before the transaction ends."""
        await self.session.execute(select(Incident.id).where(Incident.id == incident_id).with_for_update())

    async def granted_tiers(self, incident_ids: Collection[UUID], principal: Principal) -> dict[UUID, int]:
        highest = select(CaseGrant.incident_id, func.max(CaseGrant.tier)).where(
            CaseGrant.incident_id.in_(incident_ids), _to(principal)
        )
        rows = await self.session.execute(highest.group_by(CaseGrant.incident_id))
        return {incident_id: int(tier) for incident_id, tier in rows}

    async def revoke_grants_to(self, incident_id: UUID, unit_ids: Sequence[UUID]) -> int:
        """Take back what was shared with units and their people; how many grants."""
        theirs = (await self.session.scalars(select(User.id).where(User.unit_id.in_(unit_ids)))).all()
        done = await self.session.execute(
            update(CaseGrant)
            .where(
                CaseGrant.incident_id == incident_id,
                CaseGrant.revoked_at.is_(None),
                or_(CaseGrant.grantee_unit_id.in_(unit_ids), CaseGrant.grantee_user_id.in_(theirs)),
            )
            .values(revoked_at=utc_now())
            .execution_options(synchronize_session=False)
        )
        return int(done.rowcount)  # type: ignore[attr-defined]

    async def revoke_grants_of(self, user_id: UUID) -> None:
        """Take back all that was shared with a person by name."""
        await self.session.execute(
            update(CaseGrant)
            .where(CaseGrant.grantee_user_id == user_id, CaseGrant.revoked_at.is_(None))
            .values(revoked_at=utc_now())
            .execution_options(synchronize_session=False)
        )

    async def accusing_staff_within(self, org_path: str) -> list[Incident]:
        """Incidents held within a path in which staff of any unit are accused, and that were not destroyed."""
        named = select(IncidentPerson.incident_id).where(
            IncidentPerson.role.in_(ACCUSED_ROLES), IncidentPerson.kind.in_(STAFF_KINDS)
        )
        within = Range.under(org_path).covers(Incident.org_path)
        query = self.select().where(within, Incident.id.in_(named), Incident.destroyed_at.is_(None))
        return list(await self.opened((await self.session.scalars(query)).all()))

    async def _parts(self, model: Any, incident_id: UUID) -> list[Any]:  # noqa: ANN401 — any table of an incident's parts
        query = select(model).where(model.incident_id == incident_id).order_by(model.id)
        return list(await self.opened((await self.session.scalars(query)).all()))


def _to(principal: Principal) -> ColumnElement[bool]:
    return (
        or_(CaseGrant.grantee_unit_id == principal.unit_id, CaseGrant.grantee_user_id == principal.id)
        & CaseGrant.revoked_at.is_(None)
        & (CaseGrant.expires_at > utc_now())
    )


class IntakeRepository(Repository[Intake]):
    model = Intake

    def held(self, within: Range, *, lane: str | None, linked: bool | None) -> Select[Intake]:
        query = self.select().where(within.covers(Intake.org_path))
        if lane is not None:
            query = query.where(Intake.lane == lane)
        if linked is not None:
            link = select(IntakeLink.intake_id).where(IntakeLink.intake_id == Intake.id).exists()
            query = query.where(link if linked else ~link)
        return query

    async def links(self, intake_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        found = await self.session.scalars(select(IntakeLink).where(IntakeLink.intake_id.in_(intake_ids)))
        return {link.intake_id: link.incident_id for link in found}

    async def link_of(self, intake_id: UUID) -> IntakeLink | None:
        found: IntakeLink | None = await self.session.scalar(
            select(IntakeLink).where(IntakeLink.intake_id == intake_id)
        )
        return found

    async def of_incident(self, incident_id: UUID) -> list[Intake]:
        told = select(IntakeLink.intake_id).where(IntakeLink.incident_id == incident_id)
        return list(await self.session.scalars(self.select().where(Intake.id.in_(told))))

    async def count_of(self, incident_id: UUID) -> int:
        counted = select(func.count()).select_from(IntakeLink).where(IntakeLink.incident_id == incident_id)
        return int(await self.session.scalar(counted) or 0)

    async def informant(self, intake_id: UUID) -> Informant | None:
        found = (await self.session.scalars(select(Informant).where(Informant.intake_id == intake_id))).all()
        return (await self.opened(found))[0] if found else None

    async def openings(self, intake_id: UUID) -> list[InformantOpening]:
        query = select(InformantOpening).where(InformantOpening.intake_id == intake_id).order_by(InformantOpening.id)
        return list(await self.opened((await self.session.scalars(query)).all()))

    async def by_receipt(self, digest: str) -> Intake | None:
        found: Intake | None = await self.session.scalar(self.select().where(Intake.receipt_digest == digest))
        return found
