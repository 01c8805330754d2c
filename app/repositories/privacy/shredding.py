"""Queries of destruction: which keys seal a record, and what is left of it afterwards."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Update, and_, case, delete, false, func, inspect, or_, select, update

from app.models.cases.child_cases import CaseAssessment, CasePlan
from app.models.cases.clocks import Clock
from app.models.cases.incidents import ACCUSED_ROLES, STAFF_KINDS, Incident, IncidentPerson
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.platform.data_keys import DataKey, ShredMark
from app.models.proposals import Proposal
from app.models.registry import listed_as, parts_of, retained_models, sealed_models
from app.models.sealed import EncryptedRow
from app.models.sharing.grants import CaseGrant
from app.repositories.base import Repository
from app.security.crypto.shred_ledger import Shred

NO_WRAPPING = "destroyed"
# Of a person: together they identify somebody within a school.
IDENTIFYING = ("estimated_age", "age_band", "school_level", "grade", "injury_outcome")


class ShreddingRepository(Repository[DataKey]):
    model = DataKey

    async def keys_of(self, kind: str, record_id: UUID) -> list[Shred]:
        """The live keys of a retained record and of what is destroyed with it: its parts, and a case's intakes."""
        found: dict[UUID, str] = {}
        for part_kind, model, wanted in _sealed_with(retained_models()[kind], record_id):
            query = select(model.key_id).where(wanted, model.key_id.is_not(None)).distinct()
            for key_id in await self.rows(query):
                found.setdefault(key_id, part_kind)
        return await self._alive(found)

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
        queries: list[Select[Any]] = [select(DataKey.id).where(DataKey.id.in_(key_ids), DataKey.wrapped != "")]
        for model in _cleared_models():
            intact = [column.is_not(None) for column in _blanked_columns(model)]
            if _has_mark(model):
                intact.append(model.destroyed_at.is_(None))
            queries.append(select(model.key_id).where(_under(model, key_ids), or_(false(), *intact)))
        return {key_id for query in queries for key_id in await self.rows(query)}

    async def sealed_by(self, key_ids: Collection[UUID]) -> dict[UUID, str]:
        """The incidents of these keys that do not read as destroyed yet, with their paths."""
        query = select(Incident.id, Incident.org_path).where(Incident.key_id.in_(key_ids))
        return await self.pairs(query.where(Incident.destroyed_at.is_(None)))

    async def blank(self, key_ids: Collection[UUID], incident_ids: Collection[UUID], at: datetime) -> None:
        """Mark the records of these keys as destroyed, and clear the facts that identify a person.

        Facts for statistics remain: group, forms, severity, days, units, roles, kinds, sex, measures. What identifies
        somebody within a school is cleared: an age and its band, a level, a grade, an injury, an hour, a child's
        criteria of harm, a person's own school and the number of a decision. The unit of an accused member of staff
        remains: it decides who cannot see the case.
        """
        for statement in (*_blanked(incident_ids, at), *_marked(key_ids, at)):
            await self._run(statement)

    async def lock(self, incident_id: UUID) -> Incident | None:
        """The incident's facts, nothing of it opened; no other transaction writes to it meanwhile."""
        query = select(Incident).where(Incident.id == incident_id).with_for_update()
        return await self.first(query.execution_options(populate_existing=True))

    async def delete(self, kind: str, record_ids: Collection[UUID]) -> None:
        """Delete retained records that no key seals."""
        model = retained_models()[kind]
        deletion = delete(model).where(model.id.in_(record_ids))
        await self.session.execute(deletion.execution_options(synchronize_session=False))

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


def _sealed_with(model: Any, record_id: UUID) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401 — models and columns
    """What is destroyed with a record: of each table the kind, and which of its rows."""
    if model.__belongs_to__:
        (part,) = model.__belongs_to__
        yield model.__retained__.kind, model, getattr(model, part.column) == record_id
        return
    records: list[tuple[Any, Any]] = [(model, [record_id])]
    if model is Incident:
        records.append((Intake, select(IntakeLink.intake_id).where(IntakeLink.incident_id == record_id)))
    yield from ((record.__retained__.kind, record, record.id.in_(ids)) for record, ids in records)
    parts = [(record, ids, *part) for record, ids in records for part in parts_of(record.__tablename__)]
    # A part with a class of its own is counted as that, also where it lies under the same key as another.
    for record, ids, part, column in sorted(parts, key=lambda each: each[2].__retained__ is None):
        yield (part.__retained__ or record.__retained__).kind, part, getattr(part, column).in_(ids)


def _cleared_models() -> Iterator[Any]:
    """The tables of whose rows something is cleared with their key, or marked."""
    yield from (model for model in retained_models().values() if issubclass(model, EncryptedRow))
    yield from (model for model in sealed_models() if model.__blanked__)


def _under(model: Any, key_ids: Collection[UUID]) -> ColumnElement[bool]:  # noqa: ANN401 — a model
    """The rows of a table under some keys; parts without a class of their own are found by their record's index."""
    under: ColumnElement[bool] = model.key_id.in_(key_ids)
    if model.__retained__ is not None:
        return under
    owner, column = listed_as(model), model.__belongs_to__[0].column
    return and_(under, getattr(model, column).in_(select(owner.id).where(owner.key_id.in_(key_ids))))


def _cleared(model: Any) -> tuple[str, ...]:  # noqa: ANN401 — a model
    return (*(model.__retained__.blanked if model.__retained__ else ()), *model.__blanked__)


def _blanked_columns(model: Any) -> list[Any]:  # noqa: ANN401 — a model and its columns
    return [getattr(model, name) for name in _cleared(model)]


def _has_mark(model: Any) -> bool:  # noqa: ANN401 — a model
    return "destroyed_at" in inspect(model).columns


def _blanked(incident_ids: Collection[UUID], at: datetime) -> Iterator[Update]:
    accused = and_(IncidentPerson.role.in_(ACCUSED_ROLES), IncidentPerson.kind.in_(STAFF_KINDS))
    yield (
        update(IncidentPerson)
        .where(IncidentPerson.incident_id.in_(incident_ids))
        .values(
            **dict.fromkeys(IDENTIFYING),
            unit_id=case((accused, IncidentPerson.unit_id), else_=None),
            version=IncidentPerson.version + 1,
        )
    )
    yield update(CaseAssessment).where(CaseAssessment.incident_id.in_(incident_ids)).values(harm={}, capacity={})
    yield update(CasePlan).where(CasePlan.incident_id.in_(incident_ids)).values(decision_number=None)
    yield (
        update(CaseGrant)
        .where(CaseGrant.incident_id.in_(incident_ids))
        .values(revoked_at=func.coalesce(CaseGrant.revoked_at, at), ended_at=at)
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
    waiting = update(Proposal).where(Proposal.incident_id.in_(incidents), Proposal.state == "proposed")
    yield waiting.values(state="withdrawn", decided_at=at, version=Proposal.version + 1)
    for model in _cleared_models():
        sealed = _under(model, key_ids)
        if names := _cleared(model):
            yield update(model).where(sealed).values(dict.fromkeys(names))
        if _has_mark(model):
            yield update(model).where(sealed, model.destroyed_at.is_(None)).values(destroyed_at=at)
