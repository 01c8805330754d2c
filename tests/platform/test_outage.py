"""A busy or lost database: 503 with Retry-After, nothing half-written, and the same key succeeds afterwards."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
from psycopg import sql
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.util import await_only

from app.core.database import WAITS, Waits
from app.models.cases.incidents import Incident, IncidentEvent, IncidentPerson
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.platform.requests import IdempotencyKey
from app.security.access.scope import ALL
from app.services.cases.incidents import IncidentService
from tests.engines.databases import Database
from tests.engines.postgres import Postgres
from tests.factories.http import API, assert_problem, ok
from tests.world import Client, World, open_world

INTAKE = {"source_channel": "parent", "narrative": "Chuyện bịa để thử.", "children": [{"estimated_age": 9}]}
# A lock is waited for briefly, a turn for long.
BRIEF = Waits(lock_s=1.5, statement_s=2, connection_s=60)
WRITTEN = (Intake, Incident, IncidentPerson, IncidentEvent, IntakeLink, IdempotencyKey)


@pytest_asyncio.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, None, BRIEF) as opened:
        yield opened


@pytest_asyncio.fixture
async def on_postgres(tmp_path: Path, postgres_server: Postgres) -> AsyncIterator[World]:
    async with open_world(tmp_path, postgres_server) as opened:
        yield opened


async def send_intake(school: Client, key: str) -> httpx.Response:
    return await school.post(f"{API}/intakes", INTAKE, headers={"Idempotency-Key": key})


async def written(world: World) -> list[int]:
    async with world.runtime.work(ALL, write=False) as work:
        return [await work.session.scalar(select(func.count()).select_from(model)) or 0 for model in WRITTEN]


def unavailable(response: httpx.Response) -> None:
    assert_problem(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0


@contextmanager
def locked(world: World) -> Iterator[None]:
    other = sqlite3.connect(world.runtime.settings.data_dir / "athd.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def expelled(database: Database, *, may_return: bool) -> None:
    """End every connection to the database; none may come again unless it `may_return`."""
    name = str(psycopg.conninfo.conninfo_to_dict(database.admin_url)["dbname"])
    with psycopg.connect(database.admin_url, dbname="postgres", autocommit=True) as connection:
        allowed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        connection.execute(allowed.format(sql.Identifier(name), sql.Literal(may_return)))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


async def test_busy_sqlite_answers_503_and_stores_nothing(on_sqlite: World) -> None:
    school = await on_sqlite.client("a1.head")
    before = await written(on_sqlite)
    with locked(on_sqlite):
        unavailable(await send_intake(school, "ban-1"))
        assert await written(on_sqlite) == before
        ok(await school.get(f"{API}/incidents"))
    ok(await send_intake(school, "ban-1"), 201)
    assert await written(on_sqlite) == [count + 1 for count in before]


async def test_lost_postgresql_answers_503_and_stores_nothing(on_postgres: World) -> None:
    assert on_postgres.database is not None
    school = await on_postgres.client("a1.head")
    before = await written(on_postgres)
    expelled(on_postgres.database, may_return=False)
    for _ in range(3):
        unavailable(await send_intake(school, "mat-1"))
        unavailable(await school.get(f"{API}/incidents"))
    expelled(on_postgres.database, may_return=True)
    assert await written(on_postgres) == before
    ok(await send_intake(school, "mat-1"), 201)
    assert await written(on_postgres) == [count + 1 for count in before]


async def test_postgresql_lost_before_the_commit_stores_nothing(on_postgres: World) -> None:
    assert on_postgres.database is not None
    school = await on_postgres.client("a1.head")
    before = await written(on_postgres)

    def lose(_: Any) -> None:
        assert on_postgres.database is not None
        expelled(on_postgres.database, may_return=True)

    event.listen(on_postgres.runtime.engine.sync_engine, "commit", lose)
    try:
        unavailable(await send_intake(school, "giua-1"))
    finally:
        event.remove(on_postgres.runtime.engine.sync_engine, "commit", lose)
    assert await written(on_postgres) == before
    ok(await send_intake(school, "giua-1"), 201)
    assert await written(on_postgres) == [count + 1 for count in before]


@contextmanager
def slow_commits(world: World, pause: Callable[[], Awaitable[object]]) -> Iterator[None]:
    """Each commit takes its time, as on a disk that others use, with the lock of the writer."""

    def wait(_: Any) -> None:
        await_only(pause())

    engine = world.runtime.engine.sync_engine
    event.listen(engine, "commit", wait)
    try:
        yield
    finally:
        event.remove(engine, "commit", wait)


async def test_writers_of_sqlite_wait_in_line_for_slow_commits(on_sqlite: World) -> None:
    """Together they take longer than one waits for a lock; in line, each one's turn comes."""
    school = await on_sqlite.client("a1.head")
    before = await written(on_sqlite)
    with slow_commits(on_sqlite, lambda: asyncio.sleep(BRIEF.lock_s / 6)):
        answers = await asyncio.gather(*(send_intake(school, f"cham-{n}") for n in range(8)))
        assert [answer.status_code for answer in answers] == [201] * 8
    assert await written(on_sqlite) == [count + 8 for count in before]


async def test_readers_of_sqlite_do_not_wait_for_slow_commits(on_sqlite: World) -> None:
    school = await on_sqlite.client("a1.head")
    begun, over = asyncio.Event(), asyncio.Event()

    async def until_over() -> None:
        begun.set()
        await over.wait()

    with slow_commits(on_sqlite, until_over):
        writers = [asyncio.create_task(send_intake(school, f"cham-doc-{n}")) for n in range(20)]
        await begun.wait()
        pages = await asyncio.gather(*(school.get(f"{API}/hotlines") for _ in range(30)))
        assert {page.status_code for page in pages} == {200}
        assert not any(writer.done() for writer in writers)
        over.set()
        assert {answer.status_code for answer in await asyncio.gather(*writers)} == {201}


async def test_a_slow_commit_of_another_process_is_waited_for(on_sqlite: World) -> None:
    school = await on_sqlite.client("a1.head")
    with locked(on_sqlite):
        sent = asyncio.create_task(send_intake(school, "may-khac"))
        await asyncio.sleep(BRIEF.lock_s / 3)
        assert not sent.done()
    ok(await sent, 201)


def test_each_wait_is_longer_than_the_one_inside_it() -> None:
    slow_commit_s, proxy_s = 10, 60
    assert slow_commit_s < WAITS.lock_s < WAITS.statement_s < WAITS.connection_s
    assert WAITS.connection_s + WAITS.statement_s < proxy_s, "the answer comes before a proxy gives up"


@pytest.mark.parametrize("kind", ["text", "varchar(30)"])
async def test_a_column_that_changes_while_serving_is_no_error(on_postgres: World, kind: str) -> None:
    """A driver remembers the types of its statements: with new connections it asks again."""
    assert on_postgres.database is not None
    school = await on_postgres.client("a1.head")
    await school.create_intake()
    for _ in range(3):
        await asyncio.gather(*(school.get(f"{API}/incidents") for _ in range(10)))
    with psycopg.connect(on_postgres.database.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER TABLE incident ALTER COLUMN code TYPE {}").format(sql.SQL(kind)))
    answers = await asyncio.gather(*(school.get(f"{API}/incidents") for _ in range(40)))
    answers += [await school.get(f"{API}/incidents") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    ok(await send_intake(school, f"cot-{kind}"), 201)


async def test_what_a_driver_remembers_wrongly_twice_is_503(on_sqlite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    school, tries = await on_sqlite.client("a1.head"), []

    async def outdated(*_: object, **__: object) -> None:
        tries.append(1)
        cause = sqlite3.OperationalError("bịa")
        cause.sqlite_errorcode = sqlite3.SQLITE_SCHEMA
        raise OperationalError("SELECT 1", {}, cause)

    monkeypatch.setattr(IncidentService, "page", outdated)
    unavailable(await school.get(f"{API}/incidents"))
    assert len(tries) == 2
