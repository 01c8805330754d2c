"""Engines for both databases: SQLite (WAL, synchronous=FULL, BEGIN IMMEDIATE for writers) and PostgreSQL."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pydantic_core import from_json
from sqlalchemy import Connection, ExceptionContext, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm.exc import StaleDataError

# Aliases for services, which need sessions and database errors but no queries.
Engine = AsyncEngine
DatabaseSession = AsyncSession
SessionFactory = async_sessionmaker[AsyncSession]
ConstraintError = IntegrityError
StaleRowError = StaleDataError
DATABASE_ERRORS = (DBAPIError, PoolTimeoutError, StaleDataError)
WRITE = "athd_write"
# A setting is written into the text of a message: anything but these goes as a parameter.
PLAIN = re.compile(r"[0-9A-Za-z/._-]*")
# Beyond the server's own limit of a statement.
DEAD_LINE_S = 3.0
OUTDATED = frozenset({"InvalidCachedStatementError", "OutdatedSchemaCacheError"})
# PostgreSQL appendix A: connection lost, resources exhausted, shutting down, I/O failure, serialisation conflict.
BUSY_SQLSTATES = ("08", "53", "55000", "55P03", "57", "58", "40001", "40P01")


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a request waits for the database, in seconds; each is longer than the one before, which is inside it.

    `lock_s`: for the lock of another transaction, which a slow commit holds (on SQLite of another process).
    `statement_s`: for one statement, that lock included (PostgreSQL).
    `connection_s`: for a free connection; on SQLite this is the queue of the writers of the process, first come first
    served.
    """

    lock_s: float = 15.0
    statement_s: float = 20.0
    connection_s: float = 25.0

    @classmethod
    def all_of(cls, seconds: float) -> "Waits":
        return cls(seconds, seconds, seconds)


WAITS: Final = Waits()


def create_engines(url: str, *, pool_size: int, waits: Waits) -> tuple[AsyncEngine, AsyncEngine]:
    """The engines that write and that read. SQLite has one writer: its pool of one connection is the queue."""
    if url.startswith("sqlite"):
        writer = create_engine(url, pool_size=1, spare=0, waits=waits)
        return writer, create_engine(url, pool_size=pool_size, waits=waits, write=False)
    engine = create_engine(url, pool_size=pool_size, waits=waits)
    return engine, engine.execution_options(**{WRITE: False})


def create_engine(
    url: str, *, pool_size: int = 10, spare: int = 10, waits: Waits = WAITS, write: bool = True
) -> AsyncEngine:
    """A configured engine; on SQLite with `spare` connections for a rush."""
    if url.startswith("sqlite"):
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=spare,
            pool_timeout=waits.connection_s,
            execution_options={WRITE: write},
            connect_args={"timeout": waits.lock_s, "isolation_level": None},
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        event.listen(engine.sync_engine, "checkin", _end_sqlite)
        return engine
    from app.core.postgres import PostgresConnection  # noqa: PLC0415 — SQLite does without its driver

    settings = {
        "lock_timeout": str(int(waits.lock_s * 1000)),
        "statement_timeout": str(int(waits.statement_s * 1000)),
        "timezone": "UTC",
        "jit": "off",
    }
    engine = create_async_engine(
        url,
        json_deserializer=from_json,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=waits.connection_s,
        pool_pre_ping=False,
        connect_args={
            "timeout": waits.lock_s,
            # The server ends a statement first, and says why; the driver ends one on a line that is dead.
            "command_timeout": waits.statement_s + DEAD_LINE_S,
            "server_settings": settings,
            "connection_class": PostgresConnection,
        },
    )
    event.listen(engine.sync_engine, "checkin", _forget_settings)
    event.listen(engine.sync_engine, "handle_error", _replace_outdated)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 — a DBAPI connection
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that becomes a writer fails at once while another writes; IMMEDIATE waits.
    write = connection.get_execution_options().get(WRITE, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _end_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 — a DBAPI connection
    # A COMMIT that fails on a deferred constraint leaves SQLite's transaction open; SQLAlchemy assumes it ended.
    if connection is not None and connection.driver_connection.in_transaction:
        connection.rollback()


def violates(error: ConstraintError, table: str) -> bool:
    """Whether a row of `table` broke the constraint."""
    cause = error.orig.__cause__ if error.orig is not None else None
    named = getattr(cause, "table_name", None)
    return named == table if named is not None else f" failed: {table}." in str(error.orig)


def set_at_begin(connection: Connection, settings: Mapping[str, str]) -> bool:
    """Set `athd.` settings with the BEGIN of a transaction. False where it has begun, or a value is not plain."""
    driver = connection.connection.driver_connection
    if driver is None or driver.is_in_transaction() or not all(map(PLAIN.fullmatch, settings.values())):
        return False
    driver.at_begin = "".join(f"SET LOCAL athd.{name} = '{value}';" for name, value in settings.items())
    return True


def _forget_settings(connection: Any, _: object) -> None:  # noqa: ANN401 — a DBAPI connection
    # What no transaction has taken does not wait for the next user of the connection.
    if connection is not None:
        connection.driver_connection.at_begin = ""


def _replace_outdated(context: ExceptionContext) -> None:
    # As after a lost line: this connection and all that are older are closed, and the next use opens new ones.
    if context.sqlalchemy_exception is not None and is_outdated(context.sqlalchemy_exception):
        context.is_disconnect = True


def is_unavailable(error: BaseException) -> bool:
    """Whether the database is busy, full, unreachable or gone, rather than refusing the statement."""
    if isinstance(error, PoolTimeoutError | OSError | TimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return (
        error.connection_invalidated or is_outdated(error) or any(_is_passing(cause) for cause in _causes(error.orig))
    )


REFUSED: Mapping[str, str] = MappingProxyType(
    {"28": "refuses the role or its password", "3D": "is not there", "42501": "refuses a right to the role"}
)


def database_fault(error: BaseException) -> str | None:
    """Why the database cannot be used at all; None where it is a statement that fails. Quotes nothing."""
    orig = error.orig if isinstance(error, DBAPIError) else error
    for cause in _causes(orig):
        state = getattr(cause, "sqlstate", None) or ""
        refused = next((text for code, text in REFUSED.items() if state.startswith(code)), None)
        if refused:
            return f"the database {refused}"
        if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            return "the file is no SQLite database"
        if getattr(cause, "sqlite_errorcode", None) in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
            return "the file cannot be opened and written here"
    is_away = is_unavailable(error) or any(map(_is_passing, _causes(orig)))
    return f"the database does not answer ({type(orig).__name__})" if is_away else None


def is_outdated(error: BaseException) -> bool:
    """Whether the driver remembers statements or types of a schema that has changed: with new connections it works."""
    return isinstance(error, DBAPIError) and any(
        (type(cause).__module__.startswith("asyncpg") and type(cause).__name__ in OUTDATED)
        or (getattr(cause, "sqlstate", None) == "0A000" and "cached" in str(cause))
        or (getattr(cause, "sqlstate", None) == "XX000" and "cache lookup failed" in str(cause))
        or getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_SCHEMA
        for cause in _causes(error.orig)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _is_passing(cause: BaseException) -> bool:
    state = getattr(cause, "sqlstate", None)
    kind = type(cause)
    return (
        isinstance(cause, OSError | TimeoutError)
        or _is_busy_sqlite(cause)
        or (isinstance(state, str) and state.startswith(BUSY_SQLSTATES))
        or (kind.__module__.startswith("asyncpg") and kind.__name__ == "InterfaceError")
    )


def _is_busy_sqlite(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    busy = {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
    }
    return isinstance(code, int) and (code & 0xFF) in busy
