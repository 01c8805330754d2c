"""Readers, queries, and the two baselines that the product is compared with."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

import asyncpg

from app.core.ids import PATH_KEY_LENGTH

PAGE: Final = 50
DEPTH: Final = 50_000
COLUMNS: Final = "id, org_path, holder_id, unit_id, created_at, group_code, severity, state, code, sealed"
ORDER: Final = "ORDER BY created_at DESC, id DESC"
RANGE: Final = "org_path >= $1 AND org_path < $2"
CELL: Final = "group_code, severity, state"
# A merged incident lies where its survivor does, so this is enough for one event to count once.
ONCE: Final = "event_id IS NULL"
MONTH: Final = """CAST(date_trunc('month', coalesce(CAST(occurred_on AS timestamp),
    timezone('Asia/Ho_Chi_Minh', received_at))) AS date)"""


class Query(StrEnum):
    NEWEST = "newest 50"
    DEEP = "50 after 50,000"
    COUNT = "count"
    COUNTS = "by category x severity x state"
    BY_UNIT = "the same by unit below"
    BY_MONTH = "the same by month"


ROLLUPS: Final = frozenset(Query) - {Query.NEWEST, Query.DEEP}


@dataclass(frozen=True, slots=True)
class Position:
    """Keyset: the page begins after this row."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody of the unit at `path`. `deep` lies 50,000 rows in, or just before the reader's last full page."""

    level: str
    path: str
    rows: int
    deep: Position

    @property
    def range(self) -> tuple[str, str]:
        return path_range(self.path)


Answer = list[UUID] | int | dict[tuple[Any, ...], int]
"""A page's ids in order; a count; counts by unit or month, category, severity, state. All ways must give the same."""


class Runner(Protocol):
    """A way of asking. `run` is what is timed: everything from an idle pool to rows in Python."""

    @property
    def name(self) -> str: ...

    async def open(self, owner_url: str, reader_url: str) -> None: ...

    async def run(self, reader: Reader, query: Query) -> Answer: ...

    async def close(self) -> None: ...


def path_range(path: str) -> tuple[str, str]:
    """Half-open: '0' is the character after '/', so siblings that begin alike stay outside."""
    return path, path[:-1] + "0"


@dataclass(slots=True)
class BareSql:
    """The limit: one connection of the table's owner, prepared statements, the range written out."""

    name: str = "bare SQL"
    _connection: Any = None
    _prepared: dict[tuple[str, Query], Any] = field(default_factory=dict)

    async def open(self, owner_url: str, reader_url: str) -> None:  # noqa: ARG002
        self._connection = await asyncpg.connect(owner_url)

    async def run(self, reader: Reader, query: Query) -> Answer:
        key = (reader.level, query)
        if key not in self._prepared:
            self._prepared[key] = await self._connection.prepare(statement(query, reader, RANGE, first_free=3))
        return answer(query, await self._prepared[key].fetch(*reader.range, *position(reader, query)))

    async def close(self) -> None:
        await self._connection.close()


@dataclass(slots=True)
class RowSecurity:
    """The range from a policy: a role that is not the owner, and a transaction that sets the scope.

    Prepared per reader: a statement without parameters is planned once, for the first reader.
    """

    name: str = "row-level security"
    _connection: Any = None
    _prepared: dict[tuple[str, Query], Any] = field(default_factory=dict)

    async def open(self, owner_url: str, reader_url: str) -> None:  # noqa: ARG002
        self._connection = await asyncpg.connect(reader_url)

    async def run(self, reader: Reader, query: Query) -> Answer:
        key = (reader.level, query)
        async with self._connection.transaction():
            await self._connection.fetch(
                "SELECT set_config('app.scope_from', $1, true), set_config('app.scope_to', $2, true)", *reader.range
            )
            if key not in self._prepared:
                self._prepared[key] = await self._connection.prepare(statement(query, reader, "true", first_free=1))
            return answer(query, await self._prepared[key].fetch(*position(reader, query)))

    async def close(self) -> None:
        await self._connection.close()


def statement(query: Query, reader: "Reader", within: str, first_free: int) -> str:
    """SQL for `query`; `first_free` is the number of the first parameter that `within` leaves free."""
    match query:
        case Query.NEWEST:
            return f"SELECT {COLUMNS} FROM incident WHERE {within} {ORDER} LIMIT {PAGE}"  # noqa: S608
        case Query.DEEP:
            after = f"(created_at, id) < (${first_free}, ${first_free + 1})"
            return f"SELECT {COLUMNS} FROM incident WHERE {within} AND {after} {ORDER} LIMIT {PAGE}"  # noqa: S608
        case Query.COUNT:
            return f"SELECT count(*) FROM incident WHERE {within} AND {ONCE}"  # noqa: S608
        case Query.COUNTS:
            return f"SELECT {CELL}, count(*) FROM incident WHERE {within} AND {ONCE} GROUP BY 1, 2, 3"  # noqa: S608
        case Query.BY_UNIT:
            return _keyed(f"substr(org_path, 1, {len(reader.path) + PATH_KEY_LENGTH + 1})", within)
        case Query.BY_MONTH:
            return _keyed(MONTH, within)


def _keyed(key: str, within: str) -> str:
    return f"SELECT {key}, {CELL}, count(*) FROM incident WHERE {within} AND {ONCE} GROUP BY 1, 2, 3, 4"  # noqa: S608


def position(reader: Reader, query: Query) -> tuple[datetime, UUID] | tuple[()]:
    return (reader.deep.created_at, reader.deep.id) if query is Query.DEEP else ()


def answer(query: Query, rows: list[Any]) -> Answer:
    match query:
        case Query.COUNT:
            return int(rows[0][0])
        case Query.NEWEST | Query.DEEP:
            return [UUID(bytes=row["id"].bytes) for row in rows]
        case _:
            return {tuple(key): count for *key, count in rows}


async def find_readers(pg_url: str) -> list[Reader]:
    """A school, the commune and the province it lies in, and the nation: of the unit of the newest incident."""
    connection: Any = await asyncpg.connect(pg_url)
    try:
        school: str = await connection.fetchval(f"SELECT org_path FROM incident {ORDER} LIMIT 1")  # noqa: S608
        parts = school.strip("/").split("/")
        found = []
        for depth, level in ((4, "school"), (3, "commune"), (2, "province"), (1, "nation")):
            path = "/" + "/".join(parts[:depth]) + "/"
            rows: int = await connection.fetchval(
                f"SELECT count(*) FROM incident WHERE {RANGE}",  # noqa: S608
                *path_range(path),
            )
            skip = max(0, min(DEPTH, rows - PAGE) - 1)
            sql = f"SELECT created_at, id FROM incident WHERE {RANGE} {ORDER} OFFSET {skip} LIMIT 1"  # noqa: S608
            row = await connection.fetchrow(sql, *path_range(path))
            found.append(Reader(level, path, rows, Position(row["created_at"], UUID(bytes=row["id"].bytes))))
        return found
    finally:
        await connection.close()
