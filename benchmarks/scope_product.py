"""The product as a way of asking in scope: its own tables, policies, session and queries, on rows made alike."""

import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.database import Waits, create_engine
from app.core.paging import PageRequest
from app.core.scoping import AccessClass
from app.models.cases.incidents import IncidentFilter
from app.repositories.cases.counts import Cell, CountRepository
from app.repositories.cases.incidents import IncidentRepository
from app.security.access.scope import Access, Range, Scope, bound_session
from app.services.platform.unit_of_work import session_factory
from benchmarks.product import create_application, create_owner, migrate
from benchmarks.scope_data import Size, fill
from benchmarks.scope_readers import PAGE, Answer, Query, Reader

SUFFIX: Final = "_product"
SLOWEST: Final = Waits(lock_s=60.0, statement_s=60.0, connection_s=60.0)
SOMEBODY: Final = UUID(int=1)
# What the made rows leave out. In a case's life the product sets them itself.
DEFAULTS: Final = (
    "forms SET DEFAULT '[]'",
    "held_by_superior SET DEFAULT false",
    "version SET DEFAULT 1",
)


@dataclass(slots=True)
class ProductQueries:
    """`size` is that of the table which the other ways read."""

    size: Size
    name: str = "product"
    _superuser_url: str = ""
    _engine: AsyncEngine | None = field(default=None)

    async def open(self, owner_url: str, reader_url: str) -> None:  # noqa: ARG002 — it has roles of its own
        self._superuser_url = owner_url
        application_url = build_product(owner_url, self.size)
        self._engine = create_engine(application_url, waits=SLOWEST)

    async def run(self, reader: Reader, query: Query) -> Answer:
        assert self._engine is not None
        within = Range.under(reader.path)
        # Somebody to whom nothing is shared, so that the question whether something is gets asked.
        scope = Scope.to({AccessClass.CASE: Access(within, within, SOMEBODY, SOMEBODY)})
        async with session_factory(self._engine)() as session:
            return await _asker(query)(bound_session(session, scope), reader, within)

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()
        with psycopg.connect(self._superuser_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(_beside(self._superuser_url)))


Asker = Callable[[AsyncSession, Reader, Range], Coroutine[Any, Any, Answer]]


def _asker(query: Query) -> Asker:
    return {
        Query.NEWEST: _newest,
        Query.DEEP: _deep,
        Query.COUNT: _count,
        Query.COUNTS: _counts,
        Query.BY_UNIT: _by_unit,
        Query.BY_MONTH: _by_month,
    }[query]


async def _newest(session: AsyncSession, _: Reader, __: Range) -> Answer:
    return await _page(session, None)


async def _deep(session: AsyncSession, reader: Reader, _: Range) -> Answer:
    return await _page(session, reader.deep.id)


async def _page(session: AsyncSession, before: UUID | None) -> Answer:
    page = await IncidentRepository(session).held(PageRequest(PAGE, before), IncidentFilter())
    return [incident.id for incident in page.items]


async def _count(session: AsyncSession, _: Reader, __: Range) -> Answer:
    return (await CountRepository(session).cells(IncidentFilter())).total()


async def _counts(session: AsyncSession, _: Reader, __: Range) -> Answer:
    return {tuple(cell): count for cell, count in (await CountRepository(session).cells(IncidentFilter())).items()}


async def _by_unit(session: AsyncSession, _: Reader, within: Range) -> Answer:
    return _summed(await CountRepository(session).by_unit(within.lo, IncidentFilter()))


async def _by_month(session: AsyncSession, _: Reader, __: Range) -> Answer:
    return _summed(await CountRepository(session).by_month(IncidentFilter()))


def _summed(rows: list[tuple[Any, Cell, int]]) -> Answer:
    found: Counter[tuple[Any, ...]] = Counter()
    for key, cell, count in rows:
        found[key, *cell] += count
    return dict(found)


def build_product(superuser_url: str, size: Size) -> str:
    """The product's schema, filled, in a database beside that of `superuser_url`; the application role's address."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(_beside(superuser_url)))
    parts = urlsplit(superuser_url)
    url = parts._replace(path=parts.path + SUFFIX).geturl()
    owner_url, application_url = create_owner(url), create_application(url)
    with tempfile.TemporaryDirectory(prefix="athd-bench-") as name:
        settings = migrate(owner_url, application_url, Path(name))
    with psycopg.connect(url, autocommit=True) as connection:
        for default in DEFAULTS:
            connection.execute(f"ALTER TABLE incident ALTER {default}".encode())
        fill(connection, size)
        connection.execute("VACUUM (ANALYZE) incident")
        connection.execute("CHECKPOINT")
    return settings["ATHD_DATABASE_URL"]


def _beside(superuser_url: str) -> sql.Identifier:
    return sql.Identifier(urlsplit(superuser_url).path.lstrip("/") + SUFFIX)
