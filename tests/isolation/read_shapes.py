"""Read mistakes that application code can make: each is filtered to the reader's rows, or raises."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import (
    and_,
    case,
    column,
    exists,
    func,
    lateral,
    literal_column,
    select,
    table,
    text,
    true,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Bundle, aliased, defer, load_only, undefer, with_loader_criteria

from app.models.accounts import Client, User
from app.models.cases.incidents import Incident, IncidentEvent, IncidentPerson
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.referrals import Referral
from app.models.sharing.grants import CaseGrant
from app.models.units import Unit
from app.security.access.elevation import ElevationReason, elevated
from tests.isolation.rule import Case

Shape = Callable[[AsyncSession, Case], Awaitable[Any]]
READS: dict[str, Shape] = {}
INCIDENTS = Incident.__table__
PERSONS = IncidentPerson.__table__


def read(shape: Shape) -> Shape:
    READS[shape.__name__] = shape
    return shape


def statement(name: str, made: Callable[[Case], Any]) -> None:
    """A shape that is one statement, executed."""

    async def shape(session: AsyncSession, foreign: Case) -> Any:
        return [tuple(row) for row in (await session.execute(made(foreign))).all()]

    READS[name] = shape


def each(found: Any) -> list[Any]:
    return [(row.id, getattr(row, "location", None), getattr(row, "name", None)) for row in found]


other = aliased(Incident)
beside = INCIDENTS.alias()
hidden = aliased(Incident, select(INCIDENTS).subquery())
theirs = select(IncidentPerson.kind).where(IncidentPerson.incident_id == Incident.id)
summaries = select(Incident.location).cte("c")
unit_case = select(Incident.location).where(Incident.unit_id == Unit.id)

STATEMENTS: dict[str, Callable[[Case], Any]] = {
    "columns": lambda _: select(Incident.id, Incident.location),
    "by_id": lambda f: select(Incident.location).where(Incident.id == f.ids["incident_id"]),
    "by_path": lambda _: select(Incident.location).where(Incident.org_path >= "/"),
    "or_true": lambda _: select(Incident.location).where((Incident.id.is_(None)) | true()),
    "where_in": lambda f: select(Incident.location).where(Incident.id.in_([f.ids["incident_id"]])),
    "tuple_in": lambda f: select(Incident.location).where(
        tuple_(Incident.id, Incident.state).in_([(f.ids["incident_id"], "received")])
    ),
    "alias_columns": lambda _: select(other.id, other.location),
    "self_join": lambda _: select(Incident.id, other.location).join(other, other.id != Incident.id),
    "self_outer_join": lambda _: select(Incident.id, other.location).outerjoin(other, true()),
    "full_join": lambda _: select(Incident.id, other.location).join(other, true(), full=True),
    "cross_product": lambda _: select(Unit.id, Incident.location),
    "join_from_unscoped": lambda _: select(Unit.id, Incident.location).join(Incident, Incident.unit_id == Unit.id),
    "outer_join_from_unscoped": lambda _: select(Unit.id, Incident.location).outerjoin(
        Incident, Incident.unit_id == Unit.id
    ),
    "join_parts": lambda _: select(Incident.id, IncidentPerson.kind).join(
        IncidentPerson, IncidentPerson.incident_id == Incident.id
    ),
    "outer_join_parts": lambda _: select(Incident.id, IncidentPerson.kind).outerjoin(IncidentPerson, true()),
    "parts_of_foreign": lambda f: select(IncidentPerson.kind).where(IncidentPerson.incident_id == f.ids["incident_id"]),
    "select_from": lambda _: select(IncidentPerson.kind).select_from(Incident).join(IncidentPerson, true()),
    "link_columns": lambda _: select(IntakeLink.incident_id, IntakeLink.intake_id),
    "grants_columns": lambda _: select(CaseGrant.incident_id),
    "intakes_columns": lambda _: select(Intake.code),
    "json_content": lambda _: select(IncidentEvent.data),
    "json_path": lambda _: select(IncidentEvent.data["word"].as_string()),
    "users_columns": lambda _: select(User.id, User.full_name),
    "clients_columns": lambda _: select(Client.id, Client.name),
    "events_columns": lambda _: select(IncidentEvent.incident_id, IncidentEvent.by_role),
    "referrals_columns": lambda _: select(Referral.id, Referral.channel),
    "scalar_subquery": lambda _: select(Unit.id, unit_case.limit(1).scalar_subquery()),
    "correlated_subquery": lambda _: select(Incident.id, theirs.limit(1).scalar_subquery()),
    "in_subquery": lambda f: select(Unit.id).where(
        and_(Unit.id == f.ids["unit"], Unit.id.in_(select(Incident.unit_id)))
    ),
    "not_in_subquery": lambda _: select(IncidentPerson.kind).where(
        IncidentPerson.incident_id.not_in(select(Incident.id).where(Incident.location.is_(None)))
    ),
    "exists": lambda f: select(Unit.id).where(Unit.id == f.ids["unit"], exists().where(Incident.unit_id == Unit.id)),
    "exists_select": lambda f: select(Unit.id).where(
        Unit.id == f.ids["unit"], select(Incident.id).where(Incident.unit_id == Unit.id).exists()
    ),
    "derived_table": lambda _: select(select(Incident.location).subquery()),
    "derived_entity": lambda _: select(aliased(Incident, select(Incident).subquery()).location),
    "derived_twice": lambda _: select(select(select(Incident.location).subquery()).subquery()),
    "lateral": lambda _: select(Unit.id, lateral(select(Incident.location).where(Incident.unit_id == Unit.id))),
    "cte": lambda _: select(select(Incident.location).cte("c")),
    "cte_of_entity": lambda _: select(aliased(Incident, select(Incident).cte("c")).location),
    "cte_joined": lambda _: select(Unit.id, summaries.c.location).join(summaries, true()),
    "cte_of_union": lambda _: select(summaries.union_all(select(other.location))),
    "union": lambda _: union(select(Incident.location), select(other.location)),
    "union_all": lambda _: union_all(select(Incident.location), select(IncidentPerson.kind)),
    "union_in_from": lambda _: select(union_all(select(Incident.location), select(IncidentPerson.kind)).subquery()),
    "except": lambda _: select(Incident.location).except_(select(other.location).where(other.state == "closed")),
    "intersect": lambda _: select(Incident.location).intersect(select(other.location)),
    "distinct": lambda _: select(Incident.location).distinct(),
    "window": lambda _: select(Incident.location, func.row_number().over(order_by=Incident.id)),
    "max": lambda _: select(func.max(Incident.location)),
    "case_expression": lambda _: select(case((Incident.state == "received", Incident.location), else_="")),
    "bundle": lambda _: select(Bundle("b", Incident.id, Incident.location)),
    "for_update": lambda _: select(Incident.location).with_for_update(),
    "order_by_subquery": lambda _: select(Incident.location).order_by(select(func.count(other.id)).scalar_subquery()),
    "own_criteria": lambda _: select(Incident.location).options(with_loader_criteria(Incident, true())),
    "settings_option": lambda _: select(INCIDENTS.c.location).execution_options(scope_settings=True),
    "skip_option": lambda _: select(Incident.location).execution_options(
        _sa_orm_load_options={}, skip_user_error_events=True
    ),
    "core_table": lambda _: select(INCIDENTS),
    "core_columns": lambda _: select(INCIDENTS.c.location),
    "core_alias": lambda _: select(INCIDENTS.alias().c.location),
    "core_alias_beside_entity": lambda _: select(Incident.id, INCIDENTS.alias().c.location),
    "core_alias_joined": lambda _: select(Incident.id, beside.c.location).join(beside, true()),
    "core_below_its_own_column": lambda _: select(
        Incident.id, select(func.max(INCIDENTS.c.location)).scalar_subquery()
    ).where(INCIDENTS.c.location.is_not(None)),
    "core_beside_entity": lambda _: select(Unit.id, INCIDENTS.c.location),
    "core_joined": lambda _: select(Unit.id, PERSONS.c.kind).join(PERSONS, true()),
    "core_in_where": lambda f: select(Unit.id).where(
        Unit.id == f.ids["unit"], Unit.id.in_(select(INCIDENTS.c.unit_id))
    ),
    "core_in_exists": lambda f: select(Unit.id).where(
        Unit.id == f.ids["unit"], exists(select(INCIDENTS.c.id).where(INCIDENTS.c.unit_id == Unit.id))
    ),
    "core_in_scalar": lambda _: select(Unit.id, select(INCIDENTS.c.location).limit(1).scalar_subquery()),
    "core_in_derived": lambda _: select(Unit.id, select(INCIDENTS.c.location).subquery().c.location),
    "core_in_entity": lambda _: select(hidden.location),
    "core_in_cte": lambda _: select(Unit.id, select(INCIDENTS.c.location).cte("c").c.location),
    "core_in_order_by": lambda _: select(Unit.id).order_by(select(func.max(INCIDENTS.c.location)).scalar_subquery()),
    "core_in_join_condition": lambda _: select(Unit.id, IncidentPerson.kind).join(
        IncidentPerson, IncidentPerson.incident_id.in_(select(INCIDENTS.c.id))
    ),
    "loose_table": lambda _: select(table("incident", column("location")).c.location),
    "loose_table_beside": lambda _: select(Unit.id, table("incident", column("location")).c.location),
    "text": lambda _: text("SELECT location FROM incident"),
    "text_columns": lambda _: select(text("location FROM incident")),
    "text_in_where": lambda f: select(Unit.id).where(
        Unit.id == f.ids["unit"], text("EXISTS (SELECT 1 FROM incident WHERE incident.unit_id = unit.id)")
    ),
    "text_subquery": lambda _: select(
        Unit.id, text("SELECT location FROM incident").columns(column("location")).subquery()
    ),
    "literal_column": lambda _: select(Unit.id, literal_column("(SELECT max(location) FROM incident)")),
    "from_text": lambda _: select(Incident).from_statement(text("SELECT * FROM incident")),
    "from_core": lambda _: select(Incident).from_statement(select(INCIDENTS)),
}
for _name, _made in STATEMENTS.items():
    statement(_name, _made)


@read
async def entities(session: AsyncSession, _: Case) -> Any:
    return each((await session.scalars(select(Incident))).all())


@read
async def entity_of_alias(session: AsyncSession, _: Case) -> Any:
    return each((await session.scalars(select(other))).all())


@read
async def streamed(session: AsyncSession, _: Case) -> Any:
    return each([row async for row in await session.stream_scalars(select(Incident))])


@read
async def deferred_then_loaded(session: AsyncSession, _: Case) -> Any:
    rows = (await session.scalars(select(Incident).options(defer(Incident.location)))).all()
    return await session.run_sync(lambda _: [row.location for row in rows])


@read
async def load_only_then_undeferred(session: AsyncSession, _: Case) -> Any:
    await session.scalars(select(Incident).options(load_only(Incident.id)))
    return each((await session.scalars(select(Incident).options(undefer("*")))).all())


@read
async def populate_existing(session: AsyncSession, _: Case) -> Any:
    await session.scalars(select(Incident))
    return each((await session.scalars(select(Incident).execution_options(populate_existing=True))).all())


@read
async def get(session: AsyncSession, foreign: Case) -> Any:
    return [await session.get(Incident, foreign.ids["incident_id"])]


@read
async def get_one(session: AsyncSession, foreign: Case) -> Any:
    return each([await session.get_one(Incident, foreign.ids["incident_id"])])


@read
async def get_locked(session: AsyncSession, foreign: Case) -> Any:
    return [await session.get(Incident, foreign.ids["incident_id"], with_for_update=True, populate_existing=True)]


@read
async def query(session: AsyncSession, _: Case) -> Any:
    return each(await session.run_sync(lambda sync: sync.query(Incident).all()))


@read
async def query_of_columns(session: AsyncSession, _: Case) -> Any:
    return await session.run_sync(lambda sync: [tuple(row) for row in sync.query(Incident.location).all()])


@read
async def query_from_text(session: AsyncSession, _: Case) -> Any:
    raw = text("SELECT * FROM incident")
    return each(await session.run_sync(lambda sync: sync.query(Incident).from_statement(raw).all()))


@read
async def expired_then_read(session: AsyncSession, _: Case) -> Any:
    rows = (await session.scalars(select(Incident))).all()
    session.expire_all()
    return await session.run_sync(lambda _: each(rows))


@read
async def connection(session: AsyncSession, _: Case) -> Any:
    raw = await session.connection()
    return (await raw.execute(select(INCIDENTS.c.location))).all()


@read
async def sync_connection(session: AsyncSession, _: Case) -> Any:
    return await session.run_sync(lambda sync: sync.connection().execute(select(INCIDENTS.c.location)).all())


@read
async def identity_map_after_elevated(session: AsyncSession, foreign: Case) -> Any:
    async with elevated(session, ElevationReason.ACCESS_VIEW):
        await session.scalars(select(Incident))
    return [await session.get(Incident, foreign.ids["incident_id"])]


@read
async def rows_after_elevated(session: AsyncSession, _: Case) -> Any:
    async with elevated(session, ElevationReason.ACCESS_VIEW):
        await session.scalars(select(Incident))
    return each((await session.scalars(select(Incident))).all())


@read
async def refresh_after_elevated(session: AsyncSession, foreign: Case) -> Any:
    async with elevated(session, ElevationReason.ACCESS_VIEW):
        row = await session.get_one(Incident, foreign.ids["incident_id"])
        session.expire(row)
    await session.refresh(row)
    return each([row])


@read
async def after_an_error_while_elevated(session: AsyncSession, _: Case) -> Any:
    with suppress(LookupError):
        async with elevated(session, ElevationReason.ACCESS_VIEW):
            {}["khong-co"]  # type: ignore[index]
    return each((await session.scalars(select(Incident))).all())


@read
async def after_a_rollback(session: AsyncSession, _: Case) -> Any:
    await session.scalars(select(Incident))
    await session.rollback()
    return each((await session.scalars(select(Incident))).all())


@read
async def inside_a_savepoint(session: AsyncSession, _: Case) -> Any:
    async with session.begin_nested():
        return each((await session.scalars(select(Incident))).all())
