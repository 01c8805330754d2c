"""Engines: how SQLite is opened, and which failures are passing rather than ours."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.core.database import WRITE, Waits, create_engine, is_unavailable


def wrapped(cause: BaseException, *, lost: bool = False) -> DBAPIError:
    return OperationalError("SELECT 1", {}, cause, connection_invalidated=lost)


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


class ServerError(Exception):
    def __init__(self, sqlstate: str | None, text: str = "x") -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


def caused(outer: Exception, inner: BaseException) -> Exception:
    outer.__cause__ = inner
    return outer


ClosedConnection = type("InterfaceError", (Exception,), {"__module__": "asyncpg.exceptions._base"})
OutdatedSchema = type("OutdatedSchemaCacheError", (Exception,), {"__module__": "asyncpg.exceptions._base"})
PASSING = {
    "no connection free": PoolTimeoutError(),
    "refused": ConnectionRefusedError(),
    "slow": TimeoutError(),
    "connection lost": wrapped(RuntimeError(), lost=True),
    "locked file": wrapped(sqlite_error(sqlite3.SQLITE_BUSY)),
    "locked file, told in more detail": wrapped(sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT)),
    "full disk": wrapped(sqlite_error(sqlite3.SQLITE_FULL)),
    "refused below the driver": wrapped(caused(RuntimeError(), ConnectionResetError())),
    "too many connections": wrapped(ServerError("53300")),
    "statement timeout": wrapped(ServerError("57014")),
    "lock timeout": wrapped(ServerError("55P03")),
    "deadlock": wrapped(ServerError("40P01")),
    "closed connection": wrapped(ClosedConnection()),
    "statements of an older schema": wrapped(ServerError("0A000", "cached plan must not change result type")),
    "types of an older schema": wrapped(OutdatedSchema()),
    "a type that has gone": wrapped(ServerError("XX000", "cache lookup failed for type 16397")),
}
OURS = {
    "a broken rule": IntegrityError("INSERT", {}, sqlite_error(sqlite3.SQLITE_CONSTRAINT)),
    "no such table": wrapped(sqlite_error(sqlite3.SQLITE_ERROR)),
    "what the server lacks": wrapped(ServerError("0A000", "not supported")),
    "bad statement": wrapped(ServerError("42601")),
    "a state that is none": wrapped(ServerError(None)),
    "a defect": ValueError(),
}


@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING.keys())
def test_what_will_pass_is_unavailable(error: BaseException) -> None:
    assert is_unavailable(error)


@pytest.mark.parametrize("error", OURS.values(), ids=OURS.keys())
def test_what_will_not_pass_is_a_refusal_or_a_defect(error: BaseException) -> None:
    assert not is_unavailable(error)


async def test_sqlite_uses_durable_settings(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    async with engine.connect() as connection:
        asked = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        ]
    await engine.dispose()
    assert asked == ["wal", 2, 1, 0]


async def test_writers_of_sqlite_wait_their_turn_and_readers_do_not(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", waits=Waits.all_of(0.2))
    async with engine.begin() as writer:
        await writer.execute(text("CREATE TABLE t (a INTEGER)"))
    async with engine.begin() as writer:
        await writer.execute(text("INSERT INTO t VALUES (1)"))
        async with engine.execution_options(**{WRITE: False}).connect() as reader:
            assert (await reader.execute(text("SELECT count(*) FROM t"))).scalar_one() == 0
        with pytest.raises(OperationalError) as refusal:
            async with engine.connect() as second:
                await second.execute(text("SELECT 1"))
        assert is_unavailable(refusal.value)
    await engine.dispose()


async def test_a_connection_that_comes_back_holds_no_lock(tmp_path: Path) -> None:
    """A COMMIT refused by a deferred key leaves SQLite's transaction open; the next user must not inherit it."""
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", pool_size=1, waits=Waits.all_of(0.2))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE p (id INTEGER PRIMARY KEY)"))
        await connection.execute(text("CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED)"))
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO c VALUES (9)"))
    async with engine.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM c"))).scalar_one() == 0
    await engine.dispose()
