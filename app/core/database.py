"""Engines for both databases: SQLite (WAL, synchronous=FULL, BEGIN IMMEDIATE for writers) and PostgreSQL."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, event
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
# PostgreSQL appendix A: connection lost, resources exhausted, shutting down, I/O failure, serialisation conflict.
BUSY_SQLSTATES = ("08", "53", "55000", "55P03", "57", "58", "40001", "40P01")


def create_engine(url: str, *, pool_size: int = 10, timeout_s: float = 5.0) -> AsyncEngine:
    """A configured engine; `timeout_s` limits the wait for a connection, a lock and a statement."""
    if url.startswith("sqlite"):
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            pool_timeout=timeout_s,
            connect_args={"timeout": timeout_s, "isolation_level": None},
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        event.listen(engine.sync_engine, "checkin", _end_sqlite)
        return engine
    from app.core.postgres import PostgresConnection  # noqa: PLC0415 — SQLite does without its driver

    milliseconds = str(int(timeout_s * 1000))
    settings = {"statement_timeout": milliseconds, "lock_timeout": milliseconds, "timezone": "UTC", "jit": "off"}
    engine = create_async_engine(
        url,
        json_deserializer=from_json,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=timeout_s,
        pool_pre_ping=False,
        connect_args={
            "timeout": timeout_s,
            "command_timeout": timeout_s * 2,
            "server_settings": settings,
            "connection_class": PostgresConnection,
        },
    )
    event.listen(engine.sync_engine, "checkin", _forget_settings)
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


def is_unavailable(error: BaseException) -> bool:
    """Whether the database is busy, full, unreachable or gone, rather than refusing the statement."""
    if isinstance(error, PoolTimeoutError | OSError | TimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or any(_is_passing(cause) for cause in _causes(error.orig))


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
