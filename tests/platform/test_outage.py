"""A busy or lost database: 503 with Retry-After, nothing half-written, and the same key succeeds afterwards."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest_asyncio
from psycopg import sql
from sqlalchemy import event, func, select

from app.models.cases.incidents import Incident, IncidentEvent, IncidentPerson
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.platform.requests import IdempotencyKey
from app.security.access.scope import ALL
from tests.engines.databases import Database, create_database
from tests.engines.postgres import Postgres
from tests.factories.http import API, assert_problem, ok
from tests.world import Client, World, open_world

INTAKE = {"source_channel": "parent", "narrative": "Chuyện bịa để thử.", "children": [{"estimated_age": 9}]}
WRITTEN = (Intake, Incident, IncidentPerson, IncidentEvent, IntakeLink, IdempotencyKey)


@pytest_asyncio.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, None) as opened:
        yield opened


@pytest_asyncio.fixture
async def on_postgres(tmp_path: Path, postgres_server: Postgres) -> AsyncIterator[World]:
    async with open_world(tmp_path, create_database(postgres_server, "outage")) as opened:
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
