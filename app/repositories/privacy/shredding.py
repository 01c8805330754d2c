"""Queries of destruction: which keys seal a record, and what is left of it afterwards."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Update, and_, case, func, or_, select, update

from app.models.cases.child_cases import CaseAssessment, CasePlan
from app.models.cases.clocks import Clock
from app.models.cases.incidents import ACCUSED_ROLES, STAFF_KINDS, Incident, IncidentPerson
from app.models.intakes.informants import Informant, InformantSearch
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.platform.data_keys import DataKey, ShredMark
from app.models.privacy.subject_requests import SubjectRequest
from app.models.registry import parts_of
from app.models.sharing.grants import CaseGrant
from app.repositories.base import Repository
from app.security.crypto.shred_ledger import Shred

NO_WRAPPING = "destroyed"


class ShreddingRepository(Repository[DataKey]):
    model = DataKey

    async def keys_of_incident(self, incident_id: UUID) -> list[Shred]:
        """The live keys of a case: its own, those of the intakes that tell of it, and of who told."""
        told = select(IntakeLink.intake_id).where(IntakeLink.incident_id == incident_id)
        found: dict[UUID, str] = {}
        for kind, model, wanted in _parts(incident_id, told):
            query = select(model.key_id).where(wanted, model.key_id.is_not(None)).distinct()
            for key_id in await self.rows(query):
                found.setdefault(key_id, kind)
        return await self._alive(found)

    async def keys_of(self, kind: str, record_id: UUID) -> list[Shred]:
        """The live keys of a record that is no incident."""
        if kind == "incident":
            return await self.keys_of_incident(record_id)
        holders: dict[str, tuple[Any, Any]] = {
            "intake": (Intake, Intake.id),
            "informant": (Informant, Informant.intake_id),
            "informant_search": (InformantSearch, InformantSearch.id),
            "subject_request": (SubjectRequest, SubjectRequest.id),
        }
        model, column = holders[kind]
        found = dict.fromkeys(await self.rows(select(model.key_id).where(column == record_id)), kind)
        if kind == "intake":
            told = select(Informant.key_id).where(Informant.intake_id == record_id)
            found |= dict.fromkeys(await self.rows(told), "informant")
        return await self._alive({key_id: kind for key_id, kind in found.items() if key_id is not None})

    async def _alive(self, found: dict[UUID, str]) -> list[Shred]:
        query = select(DataKey.id).where(DataKey.id.in_(found), DataKey.destroyed_at.is_(None)).order_by(DataKey.id)
        return [Shred(key_id, found[key_id]) for key_id in await self.rows(query)]

    async def destroy(self, key_ids: Collection[UUID], at: datetime) -> int:
        """Blank the wrapped keys; how many were there."""
        query = update(DataKey).where(DataKey.id.in_(key_ids), DataKey.wrapped != "")
        done = await self._run(query.values(wrapped="", wrapping=NO_WRAPPING, destroyed_at=at))
        return int(done.rowcount)

    async def alive(self, key_ids: Collection[UUID]) -> set[UUID]:
        """Those that can still open something, or whose record does not read as destroyed."""
        models: tuple[Any, ...] = (Incident, Intake, SubjectRequest)
        queries: list[Select[Any]] = [
            select(DataKey.id).where(DataKey.id.in_(key_ids), DataKey.wrapped != ""),
            *(select(each.key_id).where(each.key_id.in_(key_ids), each.destroyed_at.is_(None)) for each in models),
            select(Informant.key_id).where(Informant.key_id.in_(key_ids), Informant.phone_index.is_not(None)),
        ]
        return {key_id for query in queries for key_id in await self.rows(query)}

    async def sealed_by(self, key_ids: Collection[UUID]) -> dict[UUID, str]:
        """The incidents of these keys that do not read as destroyed yet, with their paths."""
        query = select(Incident.id, Incident.org_path).where(Incident.key_id.in_(key_ids))
        return await self.pairs(query.where(Incident.destroyed_at.is_(None)))

    async def blank(self, key_ids: Collection[UUID], incident_ids: Collection[UUID], at: datetime) -> None:
        """Mark what these keys sealed as destroyed, and take away what would tell who it was about.

        Kept are the facts that statistics count: group, forms, severity, days, units, roles, kinds, sex, measures. An
        age, an hour, a child's criteria of harm, a person's own school and the number of a decision point at somebody
        within a school, and go. An accused member of staff keeps the unit: it decides who must not see the case.
        """
        for statement in (*_blanked(incident_ids, at), *_marked(key_ids, at)):
            await self._run(statement)

    async def lock(self, incident_id: UUID) -> Incident | None:
        """The incident's facts, nothing of it opened; no other transaction writes to it meanwhile."""
        query = select(Incident).where(Incident.id == incident_id).with_for_update()
        return await self.first(query.execution_options(populate_existing=True))

    async def mark(self) -> ShredMark | None:
        return await self.first(select(ShredMark))

    async def advance(self, position: int, head: str) -> None:
        """Note how far the ledger was applied; never back."""
        if await self.mark() is None:
            self.add(ShredMark(position=position, head=head))
            await self.session.flush()
            return
        await self._run(update(ShredMark).where(ShredMark.position < position).values(position=position, head=head))

    async def _run(self, statement: Update) -> Any:  # noqa: ANN401 — a cursor's result
        return await self.session.execute(statement.execution_options(synchronize_session=False))


def _parts(incident_id: UUID, told: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 — SELECT and columns
    yield "incident", Incident, Incident.id == incident_id
    yield "intake", Intake, Intake.id.in_(told)
    yield "informant", Informant, Informant.intake_id.in_(told)
    for model, column in parts_of(Incident.__tablename__):
        yield "incident", model, getattr(model, column) == incident_id
    for model, column in parts_of(Intake.__tablename__):
        if model is not Informant:
            yield "intake", model, getattr(model, column).in_(told)


def _blanked(incident_ids: Collection[UUID], at: datetime) -> Iterator[Update]:
    accused = and_(IncidentPerson.role.in_(ACCUSED_ROLES), IncidentPerson.kind.in_(STAFF_KINDS))
    yield (
        update(IncidentPerson)
        .where(IncidentPerson.incident_id.in_(incident_ids))
        .values(
            estimated_age=None,
            unit_id=case((accused, IncidentPerson.unit_id), else_=None),
            version=IncidentPerson.version + 1,
        )
    )
    yield update(CaseAssessment).where(CaseAssessment.incident_id.in_(incident_ids)).values(harm={}, capacity={})
    yield update(CasePlan).where(CasePlan.incident_id.in_(incident_ids)).values(decision_number=None)
    yield (
        update(CaseGrant)
        .where(CaseGrant.incident_id.in_(incident_ids))
        .values(revoked_at=func.coalesce(CaseGrant.revoked_at, at), over_at=at)
    )
    yield (
        update(Incident)
        .where(Incident.id.in_(incident_ids))
        .values(occurred_at=None, destroyed_at=at, version=Incident.version + 1)
    )


def _marked(key_ids: Collection[UUID], at: datetime) -> Iterator[Update]:
    incidents = select(Incident.id).where(Incident.key_id.in_(key_ids))
    intakes = select(Intake.id).where(Intake.key_id.in_(key_ids))
    ended = update(Clock).where(or_(Clock.incident_id.in_(incidents), Clock.intake_id.in_(intakes)))
    yield ended.where(Clock.met_at.is_(None), Clock.voided_at.is_(None)).values(voided_at=at, void_reason="destroyed")
    yield update(Informant).where(Informant.key_id.in_(key_ids)).values(phone_index=None)
    for model in (Intake, SubjectRequest):
        yield update(model).where(model.key_id.in_(key_ids), model.destroyed_at.is_(None)).values(destroyed_at=at)
