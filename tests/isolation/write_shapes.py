"""Write mistakes that application code can make: none changes, adds, deletes or moves a row outside the scope."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, literal, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient, make_transient_to_detached

from app.core.ids import new_id
from app.core.time import utc_now
from app.models.accounts import User
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.units import Unit, UnitKind
from tests.isolation.rule import Case

INCIDENTS: Any = Incident.__table__
PERSONS: Any = IncidentPerson.__table__


@dataclass
class Field:
    """Own and foreign cases, their paths, and foreign rows that another session had loaded."""

    own: Case
    foreign: Case
    own_path: str
    foreign_path: str
    loaded: Incident
    """A foreign incident, detached."""


Shape = Callable[[AsyncSession, Field], Awaitable[Any]]
WRITES: dict[str, Shape] = {}
BAD = "zz-da-bi-sua"


def write(shape: Shape) -> Shape:
    WRITES[shape.__name__] = shape
    return shape


def person(incident: Case, path: str) -> IncidentPerson:
    return IncidentPerson(incident_id=incident.ids["incident_id"], org_path=path, role="witness", kind=BAD)


def person_values(field: Field) -> dict[str, Any]:
    fields = {"id": new_id(), "incident_id": field.foreign.ids["incident_id"], "org_path": field.foreign_path}
    return {**fields, "role": "witness", "kind": BAD, "sex": "unknown", "version": 1}


async def own(session: AsyncSession, field: Field) -> Incident:
    return await session.get_one(Incident, field.own.ids["incident_id"])


STATEMENTS: dict[str, Callable[[Field], Any]] = {
    "update_all": lambda _: update(Incident).values(location=BAD),
    "update_by_id": lambda f: update(Incident).where(Incident.id == f.foreign.ids["incident_id"]).values(location=BAD),
    "update_returning": lambda _: update(Incident).values(location=BAD).returning(Incident.id),
    "update_by_subquery": lambda _: (
        update(Incident).where(Incident.id.in_(select(IncidentPerson.incident_id))).values(location=BAD)
    ),
    "update_by_core_subquery": lambda _: (
        update(Unit).where(Unit.id.in_(select(INCIDENTS.c.unit_id))).values(closed_on=None)
    ),
    "update_from_foreign_value": lambda f: (
        update(Incident)
        .where(Incident.id == f.own.ids["incident_id"])
        .values(
            location=select(INCIDENTS.c.location)
            .where(INCIDENTS.c.org_path == f.foreign_path)
            .limit(1)
            .scalar_subquery()
        )
    ),
    "update_of_path": lambda f: update(Incident).values(org_path=f.own_path),
    "update_of_path_by_column": lambda f: update(Incident).values({Incident.org_path: f.own_path}),
    "update_of_path_in_order": lambda f: update(Incident).ordered_values(
        (Incident.holder_id, f.foreign.ids["unit"]), (Incident.org_path, f.foreign_path)
    ),
    "update_of_parent": lambda f: update(IncidentPerson).values(incident_id=f.foreign.ids["incident_id"]),
    "update_of_holder": lambda f: update(Incident).values({"holder_id": f.own.ids["unit"]}),
    "update_by_text": lambda _: update(Incident).where(text("1 = 1 OR 1 = 1")).values(location=BAD),
    "update_core": lambda _: update(INCIDENTS).values(location=BAD),
    "update_users": lambda _: update(User).values(full_name=BAD),
    "delete_all_parts": lambda _: delete(IncidentPerson),
    "delete_by_id": lambda f: delete(IncidentPerson).where(IncidentPerson.id == f.foreign.ids["person_id"]),
    "delete_core": lambda _: delete(PERSONS),
    "delete_text": lambda _: text("DELETE FROM incident_person"),
    "insert_core": lambda f: insert(PERSONS).values(**person_values(f)),
    "insert_statement": lambda f: insert(IncidentPerson).values(**person_values(f)),
    "insert_returning": lambda f: insert(IncidentPerson).values(**person_values(f)).returning(IncidentPerson.id),
    "insert_from_select": lambda _: insert(UnitKind).from_select(
        ["code", "label_vi", "label_en", "valid_from"],
        select(literal("bi_lay"), Incident.location, Incident.location, literal(utc_now().date())).limit(1),
    ),
    "insert_value_of_subquery": lambda _: insert(UnitKind).values(
        code="bi_lay",
        label_vi=select(Incident.location).limit(1).scalar_subquery(),
        label_en="",
        valid_from=utc_now().date(),
    ),
    "upsert": lambda f: (
        sqlite.insert(IncidentPerson)
        .values(**{**person_values(f), "id": f.foreign.ids["person_id"]})
        .on_conflict_do_update(index_elements=["id"], set_={"name": BAD})
    ),
}


def _statement(name: str, made: Callable[[Field], Any]) -> None:
    async def shape(session: AsyncSession, field: Field) -> Any:
        await session.execute(made(field))

    WRITES[name] = shape


for _name, _made in STATEMENTS.items():
    _statement(_name, _made)


@write
async def add_foreign(session: AsyncSession, field: Field) -> None:
    session.add(person(field.foreign, field.foreign_path))


@write
async def add_to_foreign_parent_under_own_path(session: AsyncSession, field: Field) -> None:
    session.add(person(field.foreign, field.own_path))


@write
async def add_own_under_foreign_path(session: AsyncSession, field: Field) -> None:
    session.add(person(field.own, field.foreign_path))


@write
async def move_own_away(session: AsyncSession, field: Field) -> None:
    (await own(session, field)).org_path = field.foreign_path


@write
async def hang_part_on_foreign_parent(session: AsyncSession, field: Field) -> None:
    part = await session.get_one(IncidentPerson, field.own.ids["person_id"])
    part.incident_id = field.foreign.ids["incident_id"]
    part.kind = BAD


@write
async def bulk_update_by_key(session: AsyncSession, field: Field) -> None:
    await session.execute(update(Incident), [{"id": field.foreign.ids["incident_id"], "version": 1, "location": BAD}])


@write
async def update_of_path_by_parameters(session: AsyncSession, field: Field) -> None:
    moved = {"holder_id": field.foreign.ids["unit"], "org_path": field.foreign_path}
    await session.execute(update(Incident), moved)


@write
async def bulk_insert(session: AsyncSession, field: Field) -> None:
    await session.execute(insert(IncidentPerson), [person_values(field)])


@write
async def bulk_save_objects(session: AsyncSession, field: Field) -> None:
    await session.run_sync(lambda sync: sync.bulk_save_objects([person(field.foreign, field.foreign_path)]))


@write
async def bulk_insert_mappings(session: AsyncSession, field: Field) -> None:
    await session.run_sync(lambda sync: sync.bulk_insert_mappings(IncidentPerson, [person_values(field)]))


@write
async def bulk_update_mappings(session: AsyncSession, field: Field) -> None:
    changed = {"id": field.foreign.ids["incident_id"], "version": 1, "location": BAD}
    await session.run_sync(lambda sync: sync.bulk_update_mappings(Incident, [changed]))


@write
async def query_update(session: AsyncSession, _: Field) -> None:
    await session.run_sync(lambda sync: sync.query(Incident).update({"location": BAD}))


@write
async def query_delete(session: AsyncSession, _: Field) -> None:
    await session.run_sync(lambda sync: sync.query(IncidentPerson).delete())


@write
async def merge_detached(session: AsyncSession, field: Field) -> None:
    field.loaded.location = BAD
    await session.merge(field.loaded)


@write
async def merge_without_loading(session: AsyncSession, field: Field) -> None:
    merged = await session.merge(field.loaded, load=False)
    merged.location = BAD


@write
async def merge_under_own_path(session: AsyncSession, field: Field) -> None:
    field.loaded.org_path, field.loaded.location = field.own_path, BAD
    await session.merge(field.loaded)


@write
async def attach_detached(session: AsyncSession, field: Field) -> None:
    session.add(field.loaded)
    field.loaded.location = BAD


@write
async def attach_and_expire(session: AsyncSession, field: Field) -> None:
    session.add(field.loaded)
    session.expire(field.loaded)
    field.loaded.location = BAD


@write
async def delete_detached(session: AsyncSession, field: Field) -> None:
    await session.delete(field.loaded)


@write
async def attach_forged(session: AsyncSession, field: Field) -> None:
    forged = IncidentPerson(
        id=field.foreign.ids["person_id"],
        incident_id=field.own.ids["incident_id"],
        org_path=field.own_path,
        role="x",
        kind="x",
        version=1,
    )
    make_transient_to_detached(forged)
    session.add(forged)
    forged.kind = BAD


@write
async def insert_over_foreign_key(session: AsyncSession, field: Field) -> None:
    make_transient(field.loaded)
    field.loaded.org_path, field.loaded.location = field.own_path, BAD
    session.add(field.loaded)


@write
async def delete_forged(session: AsyncSession, field: Field) -> None:
    forged = person(field.own, field.own_path)
    forged.id = field.foreign.ids["person_id"]
    make_transient_to_detached(forged)
    await session.delete(forged)


@write
async def write_by_connection(session: AsyncSession, _: Field) -> None:
    await (await session.connection()).execute(update(INCIDENTS).values(location=BAD))
