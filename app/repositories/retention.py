"""Queries of retention: classes and levels, holds, what is due, and certificates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, null, or_, select

from app.models.cases import ChildCase
from app.models.data_keys import DataKey
from app.models.incidents import Incident, IncidentEvent, Informant, Intake, IntakeLink
from app.models.retention import DestructionCertificate, RetentionClass, RetentionHold, RetentionLevel
from app.models.subject_requests import SubjectRequest
from app.models.units import Unit
from app.repositories.base import Repository
from app.repositories.units import in_force
from app.security.scope import Range

ENDED = {"close": "closed", "dismiss": "dismissed"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that a class covers, and when its period began. `incident_id` is what a hold would lie on."""

    id: UUID
    code: str
    unit_id: UUID
    org_path: str
    began: datetime
    incident_id: UUID | None


class RetentionRepository(Repository[RetentionLevel]):
    model = RetentionLevel

    async def classes(self, day: date) -> list[RetentionClass]:
        query = select(RetentionClass).where(in_force(RetentionClass, day)).order_by(RetentionClass.position)
        return list(await self.session.scalars(query))

    async def levels(self, day: date) -> list[tuple[RetentionLevel, str, str]]:
        """Each level in force, with its unit's path of today and its kind."""
        query = select(RetentionLevel, Unit.org_path, Unit.kind).join(Unit, Unit.id == RetentionLevel.unit_id)
        rows = await self.session.execute(query.where(in_force(RetentionLevel, day)).order_by(RetentionLevel.id))
        return [(level, path, kind) for level, path, kind in rows]

    async def kept(self, covers: str, starts_on: str, within: Range, before: datetime) -> list[Kept]:
        """Records of a kind whose period began before a moment, and that were not destroyed, oldest first."""
        query = {
            "incident": self._incidents,
            "intake": self._intakes,
            "informant": self._informants,
            "subject_request": self._requests,
        }[covers](starts_on, within, before)
        return [Kept(*row) for row in await self.session.execute(query)]

    async def held(self, incident_ids: Collection[UUID], day: date) -> set[UUID]:
        """Those of the incidents on which a hold lies that day."""
        query = select(RetentionHold.incident_id).where(
            RetentionHold.incident_id.in_(incident_ids),
            RetentionHold.lifted_at.is_(None),
            or_(RetentionHold.until.is_(None), RetentionHold.until >= day),
        )
        return set(await self.session.scalars(query))

    def _incidents(self, starts_on: str, within: Range, before: datetime) -> Any:  # noqa: ANN401 — a SELECT of Kept's columns
        ended = _ended(starts_on)
        still_open = select(ChildCase.id).where(ChildCase.incident_id == Incident.id, ChildCase.closed_at.is_(None))
        return (
            select(Incident.id, Incident.code, Incident.holder_id, Incident.org_path, ended, Incident.id)
            .where(
                within.covers(Incident.org_path),
                Incident.state == ENDED[starts_on],
                Incident.destroyed_at.is_(None),
                ended < before,
                ~still_open.exists(),
            )
            .order_by(Incident.id)
        )

    def _intakes(self, _: str, within: Range, before: datetime) -> Any:  # noqa: ANN401 — a SELECT of Kept's columns
        linked = select(IntakeLink.intake_id).where(IntakeLink.intake_id == Intake.id).exists()
        columns = (Intake.id, Intake.code, Intake.holder_id, Intake.org_path, Intake.received_at)
        return (
            select(*columns, null())
            .where(within.covers(Intake.org_path), Intake.destroyed_at.is_(None), Intake.received_at < before, ~linked)
            .order_by(Intake.id)
        )

    def _informants(self, starts_on: str, within: Range, before: datetime) -> Any:  # noqa: ANN401 — a SELECT of Kept's columns
        ended = _ended(starts_on)
        return (
            select(Intake.id, Intake.code, Intake.holder_id, Intake.org_path, ended, Incident.id)
            .join(Informant, Informant.intake_id == Intake.id)
            .join(DataKey, DataKey.id == Informant.key_id)
            .join(IntakeLink, IntakeLink.intake_id == Intake.id)
            .join(Incident, Incident.id == IntakeLink.incident_id)
            .where(
                within.covers(Intake.org_path),
                Incident.state == ENDED[starts_on],
                DataKey.destroyed_at.is_(None),
                # Who told lies under a key of its own; one that opens more must not go with it.
                Informant.key_id != Intake.key_id,
                ended < before,
            )
            .order_by(Intake.id)
        )

    def _requests(self, _: str, within: Range, before: datetime) -> Any:  # noqa: ANN401 — a SELECT of Kept's columns
        columns = (SubjectRequest.id, SubjectRequest.code, SubjectRequest.unit_id, SubjectRequest.org_path)
        return (
            select(*columns, SubjectRequest.closed_at, SubjectRequest.incident_id)
            .where(
                within.covers(SubjectRequest.org_path),
                SubjectRequest.destroyed_at.is_(None),
                SubjectRequest.closed_at < before,
            )
            .order_by(SubjectRequest.id)
        )


class RetentionHoldRepository(Repository[RetentionHold]):
    model = RetentionHold

    async def of_incident(self, incident_id: UUID) -> list[RetentionHold]:
        query = self.select().where(RetentionHold.incident_id == incident_id).order_by(RetentionHold.id)
        return list(await self.opened((await self.session.scalars(query)).all()))

    async def of(self, incident_id: UUID, hold_id: UUID) -> RetentionHold | None:
        query = self.select().where(RetentionHold.id == hold_id, RetentionHold.incident_id == incident_id)
        found: RetentionHold | None = await self.session.scalar(query)
        return found


class DestructionCertificateRepository(Repository[DestructionCertificate]):
    model = DestructionCertificate

    def listed(self, within: Range) -> Select[DestructionCertificate]:
        return self.select().where(within.covers(DestructionCertificate.org_path))

    async def known(self, ids: Collection[UUID]) -> set[UUID]:
        query = select(DestructionCertificate.id).where(DestructionCertificate.id.in_(ids))
        return set(await self.session.scalars(query))


def _ended(kind: str) -> Any:  # noqa: ANN401 — a scalar subquery
    """When the incident was last ended in this way."""
    last = select(func.max(IncidentEvent.at)).where(
        IncidentEvent.incident_id == Incident.id, IncidentEvent.kind == kind
    )
    return last.correlate(Incident).scalar_subquery()
