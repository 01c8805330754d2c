"""The scope in the database: unset or empty shows nothing, and it never outlives its transaction."""

import pytest
from sqlalchemy import Connection, Engine, event, func, select, text

from app.core.database import create_engine, set_at_begin
from app.core.postgres import PostgresConnection
from app.core.scoping import AccessClass
from app.models.cases.incidents import Incident
from app.models.units import UnitKind
from app.security.access.criteria import scoped_models
from app.security.access.scope import (
    ALL,
    NOTHING,
    Access,
    Range,
    Scope,
    bound_session,
)
from app.security.access.settings import SETTINGS, settings_of
from app.services.platform.unit_of_work import session_factory
from tests.factories.applications import open_second_application
from tests.factories.notices import create_notice
from tests.factories.units import StaffedUnit
from tests.isolation.estate import Estate
from tests.world import World

pytestmark = pytest.mark.isolation
TABLES = sorted(str(model.__table__.name) for model in scoped_models())  # type: ignore[attr-defined]
EVERYTHING = {name: value for name, value in settings_of(ALL).items() if value}


def bound(settings: dict[str, str]) -> dict[str, list[str]]:
    return {"names": list(settings), "values": list(settings.values())}


def visible(connection: Connection) -> dict[str, int]:
    counts = {t: int(connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one()) for t in TABLES}  # noqa: S608
    return {table: count for table, count in counts.items() if count}


async def planted(world: World) -> Estate:
    estate = Estate(world, {})
    await estate.open()
    for unit in ("school_a1", "school_a2"):
        await estate.case(f"held_by_{unit}", unit)
        await estate.account(unit)
    return estate


async def test_an_unset_or_empty_scope_shows_no_row(world: World) -> None:
    if world.database is None:
        pytest.skip("SQLite has no settings")
    await planted(world)
    async with world.runtime.engine.connect() as connection:
        assert await connection.run_sync(visible) == {}
        await connection.execute(SETTINGS, bound(EVERYTHING))
        assert set(await connection.run_sync(visible)) == set(TABLES)
        await connection.rollback()
        # Once set, a setting reads '' and no longer NULL on this connection.
        once = text("SELECT current_setting('athd.case_read_lo', true)")
        assert (await connection.execute(once)).scalar_one() == ""
        assert await connection.run_sync(visible) == {}
        for lo, hi in (("", "0"), ("/", ""), ("%", "%"), ("0", "/")):
            ranges = {name: hi if name.endswith("hi") else lo for name in EVERYTHING}
            await connection.execute(SETTINGS, bound(ranges))
            assert await connection.run_sync(visible) == {}
            await connection.rollback()


async def test_one_connection_serves_two_principals_and_mixes_nothing(world: World) -> None:
    if world.database is None:
        pytest.skip("SQLite has no settings")
    estate = await planted(world)
    engine = create_engine(world.database.application_url, pool_size=1)
    sessions = session_factory(engine)
    backends = set()
    try:
        for turn in range(30):
            unit = ("school_a1", "school_a2", "")[turn % 3]
            line = Range.under(estate.paths[unit]) if unit else NOTHING
            scope = Scope((Access(line, line),) * len(AccessClass))
            async with sessions() as fresh:
                session = bound_session(fresh, scope)
                paths = set(await session.scalars(select(Incident.org_path)))
                assert paths == ({estate.paths[unit]} if unit else set())
                if turn % 2:
                    await session.commit()
            async with engine.connect() as raw:
                backends.add((await raw.execute(text("SELECT pg_backend_pid()"))).scalar_one())
                assert await raw.run_sync(visible) == {}
    finally:
        await engine.dispose()
    assert len(backends) == 1


@pytest.mark.parametrize("what", ["incidents", "notices", "clocks"])
async def test_a_page_is_two_statements_with_the_begin(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, what: str
) -> None:
    if world.database is None:
        pytest.skip("SQLite has no settings")
    await school.head.create_intake()
    await create_notice(world, school.id)
    sent: list[str] = []
    real = PostgresConnection.execute

    async def execute(connection: PostgresConnection, query: str, *args: object, **more: object) -> object:
        sent.append(query)
        return await real(connection, query, *args, **more)

    def cursor(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    monkeypatch.setattr(PostgresConnection, "execute", execute)
    request.addfinalizer(lambda: event.remove(Engine, "before_cursor_execute", cursor))
    event.listen(Engine, "before_cursor_execute", cursor)

    async with open_second_application(world, revocation_cache_s=60) as warm:
        for _ in range(2):
            sent.clear()
            answer = await warm.get(f"/api/v1/{what}", headers=school.head.headers)
            assert answer.json()["items"]
    assert sorted(each.partition(" ")[0] for each in sent) == ["BEGIN;", "ROLLBACK;", "SELECT"]


@pytest.mark.parametrize("path", ["/a'; SET athd.case_read_lo = '/", "/a\\", "/a;/"])
async def test_a_path_that_is_not_plain_is_a_parameter(world: World, path: str) -> None:
    if world.database is None:
        pytest.skip("SQLite has no settings")
    read_lo = select(func.current_setting("athd.case_read_lo", True)).select_from(UnitKind).limit(1)  # noqa: FBT003
    async with world.runtime.work(Scope((Access(Range.under(path)),) * len(AccessClass))) as work:
        assert await work.session.scalar(read_lo) == path


async def test_settings_of_a_transaction_that_never_began_reach_nobody(world: World) -> None:
    if world.database is None:
        pytest.skip("SQLite has no settings")
    await planted(world)
    engine = create_engine(world.database.application_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(set_at_begin, EVERYTHING)
        async with engine.connect() as connection:
            assert await connection.run_sync(visible) == {}
    finally:
        await engine.dispose()


async def test_every_transaction_of_a_session_is_scoped_anew(world: World) -> None:
    estate = await planted(world)
    line = Range.under(estate.paths["school_a1"])
    async with world.runtime.work(ALL, write=False) as work:
        own = await work.session.scalar(
            select(func.count()).select_from(Incident).where(line.covers(Incident.org_path))
        )
    async with world.runtime.work(Scope((Access(line, line),) * len(AccessClass))) as work:
        for end in (work.session.commit, work.session.rollback, work.session.commit):
            assert await work.session.scalar(select(func.count()).select_from(Incident)) == own
            await end()
