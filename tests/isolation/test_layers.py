"""Each layer alone keeps the reads apart, and the tests notice when one is gone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import event

from app.repositories.reports import figures as counted
from app.security.access import listings, policies
from app.security.access import scope as scoping
from app.security.access.criteria import scoped_models
from app.security.access.scope import ScopedSession
from tests.conftest import SHARE
from tests.engines.postgres import Postgres
from tests.isolation.actors import everyone
from tests.isolation.estate import SHARES, Estate
from tests.isolation.figures import publish
from tests.isolation.matrix import Findings, Matrix
from tests.isolation.operation import On
from tests.world import World, open_world

pytestmark = pytest.mark.isolation
READS = frozenset({On.CASE, On.ACCOUNT, On.NOTHING})
# A matrix of a few has fewer cells to choose from.
SMALL_SHARE = max(1, SHARE // 2)
ASKING = ("so.officer", "a1.head", "a1.counsellor", "a2.head", "phong_b.officer", "congan.partner", "so2.admin")
HOLDERS = ("department", "school_a1", "school_a2", "school_b1", "school_z")
TABLES = sorted(str(model.__table__.name) for model in scoped_models())  # type: ignore[attr-defined]


@contextmanager
def without_guard() -> Iterator[None]:
    """The sessions' criteria gone, and prepared statements with them, which the guard fills in.

    The ranges that queries name for their index would stand in for criteria, and go too.
    """

    def everywhere(_: object, column: Any) -> Any:
        return column.is_not(None)

    event.remove(ScopedSession, "do_orm_execute", scoping._guard)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(scoping.Range, "covers", everywhere)
            patch.setattr(listings, "covers", everywhere)
            patch.setattr(listings.Listing, "_prepared", lambda *_: None)
            patch.setattr(counted, "PREPARED", {})
            patch.setattr(counted, "MOST", 0)
            yield
    finally:
        event.listen(ScopedSession, "do_orm_execute", scoping._guard)


async def read_matrix(world: World) -> Matrix:
    """Every GET of cases, accounts and lists, by a few on a few: each kind of neighbour is among them."""
    world.app.state.authenticator = world.cached_authenticator()
    known = await everyone(world)
    actors = [actor for actor in known if actor.name in ASKING]
    users = {actor.name: actor.user_id for actor in known if actor.user_id is not None}
    estate = Estate(world, users)
    await estate.open()
    matrix = Matrix(world, estate, actors, share=SMALL_SHARE)
    matrix.cases = [await estate.case(f"held_by_{unit}", unit) for unit in HOLDERS]
    shares = {key: replace(shared, users=frozenset({"a2.head"})) for key, shared in SHARES.items()}
    matrix.cases += [await estate.case(key, "school_b1", shared) for key, shared in shares.items()]
    matrix.accounts = [await estate.account(unit) for unit in HOLDERS]
    return matrix


@pytest_asyncio.fixture(scope="module")
async def planted(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Matrix]:
    """Read by all, changed by none: whoever takes a layer away puts it back."""
    async with open_world(tmp_path_factory.mktemp("layers"), postgres_server) as world:
        yield await read_matrix(world)


@pytest.fixture
def matrix(planted: Matrix) -> Matrix:
    return replace(planted, findings=Findings())


@contextmanager
def without_row_level_security(world: World, *tables: str) -> Iterator[None]:
    as_owner(world, *(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in tables))
    try:
        yield
    finally:
        as_owner(world, *(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY" for table in tables))


def as_owner(world: World, *statements: str) -> None:
    assert world.database is not None
    with psycopg.connect(world.database.owner_url.replace("+asyncpg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


async def test_the_database_alone_keeps_reads_apart(matrix: Matrix) -> None:
    assert await faults(matrix.world) == []
    with without_guard():
        found = await matrix.run(READS, writes=False)
    publish(f"row-level security alone: {found.report('postgresql')}")
    assert (found.leaks, found.false_denials, found.other) == ([], [], [])
    assert found.requests > 500


async def test_the_guard_alone_keeps_reads_apart(matrix: Matrix) -> None:
    with without_row_level_security(matrix.world, *TABLES):
        found = await matrix.run(READS, writes=False)
    publish(f"guard alone: {found.report('postgresql')}")
    assert (found.leaks, found.false_denials, found.other) == ([], [], [])


async def test_matrix_reports_leaks_without_either_layer(matrix: Matrix) -> None:
    with without_row_level_security(matrix.world, "incident"), without_guard():
        found = await matrix.run(READS, writes=False)
    publish(f"neither, on one table: {found.report('postgresql')}")
    assert len(found.leaks) > 10


async def test_matrix_reports_leaks_on_sqlite_without_the_guard(tmp_path: Path) -> None:
    async with open_world(tmp_path, None) as world:
        matrix = await read_matrix(world)
        with without_guard():
            found = await matrix.run(READS, writes=False)
    publish(f"no guard: {found.report('sqlite')}")
    assert len(found.leaks) > 100


async def test_missing_policies_are_reported(postgres_server: Postgres, tmp_path: Path) -> None:
    async with open_world(tmp_path, postgres_server) as world:
        assert await faults(world) == []
        as_owner(world, *(f"DROP POLICY scope_{act} ON intake" for act in ("read", "insert", "update", "delete")))
        as_owner(world, "ALTER TABLE referral NO FORCE ROW LEVEL SECURITY")
        as_owner(world, "ALTER TABLE user_account DISABLE ROW LEVEL SECURITY")
        assert sorted(await faults(world)) == [
            f"{table} is not under row-level security" for table in ("intake", "referral", "user_account")
        ]


async def faults(world: World) -> list[str]:
    async with world.runtime.engine.connect() as connection:
        return await connection.run_sync(policies.faults)
