"""The flush of a session: judged after every listener, and one statement for all new rows on PostgreSQL."""

import hashlib
import inspect as source
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy import JSON, event, inspect, select
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from app.core.ids import new_id
from app.core.time import local_date, utc_now
from app.models.audit import AuditEntry
from app.models.notices.notices import Notice
from app.models.platform.jobs import Job
from app.models.platform.requests import SpentProof
from app.models.registry import all_models
from app.models.units import Unit, UnitVersion
from app.security.access import flush
from app.security.access.criteria import ScopeError
from app.security.access.scope import ALL, Access, Range, Scope, ScopedSession
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World

# The body of Session._flush that FlushSession replaces, and what it calls. After an upgrade of SQLAlchemy, read the
# new body beside FlushSession._flush, then set this digest.
FLUSH_OF_SQLALCHEMY = "3c7e05aeab037c00c38ece29eb4212a2a640cd3ec0c63c2382b92d036c8f2287"
PRIVATE = {
    Session: ("_flush", "_autobegin_t", "_dirty_states", "_register_persistent"),
    SessionTransaction: ("_begin", "rollback"),
    UOWTransaction: ("register_object", "execute", "finalize_flush_changes"),
}
NOW = utc_now()


def test_the_private_parts_of_sqlalchemy_are_as_they_were_read() -> None:
    missing = [(owner, name) for owner, names in PRIVATE.items() for name in names if not hasattr(owner, name)]
    assert missing == []
    assert {"_new", "_deleted"} <= vars(Session()).keys()
    assert "_capture_exception" in source.signature(SessionTransaction.rollback).parameters
    digest = hashlib.sha256(source.getsource(Session._flush).encode()).hexdigest()
    assert digest == FLUSH_OF_SQLALCHEMY


@pytest.mark.parametrize("model", all_models(), ids=lambda model: str(model.__name__))
def test_the_order_of_inserts_plays_no_part(model: Any) -> None:
    mapper = inspect(model)
    table = mapper.local_table
    assert (list(mapper.relationships), mapper.inherits) == ([], None)
    assert all(key.deferrable and key.initially == "DEFERRED" for key in table.foreign_key_constraints)
    assert [c.name for c in table.c if c.server_default is not None or c.computed or c.identity] == []
    assert [c.name for c in table.primary_key if c.autoincrement is True] == []
    assert [c.name for c in table.c if c.default is not None and not c.default.is_scalar] == []
    assert [c.name for c in table.c if isinstance(c.type, JSON) and not c.type.none_as_null] == []
    assert not any(len(attribute.columns) > 1 for attribute in mapper.column_attrs)


def notice_of(unit: StaffedUnit, path: str) -> Notice:
    return Notice(unit_id=unit.id, org_path=path, kind="escalated", created_at=NOW)


async def path_of(world: World, unit: StaffedUnit) -> str:
    async with world.runtime.work(ALL, write=False) as work:
        return str((await work.session.get_one(Unit, unit.id)).org_path)


def scope_at(path: str) -> Scope:
    return Scope((Access(Range.under(path), Range.under(path)),) * len(ALL.accesses))


@contextmanager
def late_listener(act: Callable[[Session], None]) -> Iterator[None]:
    def listener(session: Session, *_: object) -> None:
        act(session)

    event.listen(ScopedSession, "before_flush", listener)
    try:
        yield
    finally:
        event.remove(ScopedSession, "before_flush", listener)


async def test_a_row_that_a_later_listener_adds_is_judged(world: World, school: StaffedUnit) -> None:
    other = await create_unit(world)
    own, foreign = await path_of(world, school), await path_of(world, other)
    async with world.runtime.work(scope_at(own)) as work:
        work.session.add(notice_of(school, own))
        with late_listener(lambda session: session.add(notice_of(other, foreign))), pytest.raises(ScopeError):
            await work.commit()
    async with world.runtime.work(ALL, write=False) as work:
        found = await work.session.scalars(select(Notice).where(Notice.unit_id.in_([school.id, other.id])))
        assert list(found) == []


async def test_row_level_security_refuses_a_foreign_path_without_the_guard(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.engine == "sqlite":
        pytest.skip("SQLite has no row-level security")
    other = await create_unit(world)
    own, foreign = await path_of(world, school), await path_of(world, other)
    monkeypatch.setattr(ScopedSession, "judge", lambda *_: None)
    async with world.runtime.work(scope_at(own)) as work:
        work.session.add_all([notice_of(school, own), notice_of(other, foreign)])
        with pytest.raises(ProgrammingError, match="row-level security"):
            await work.commit()


def rows_of_every_type(unit_id: UUID, number: int) -> list[Any]:
    day = local_date(NOW) + timedelta(days=number)
    version = UnitVersion(
        unit_id=unit_id,
        name_vi="Trường bịa",
        search_text="truong bia",
        levels=["primary", "đ'\"\\"],
        valid_from=day,
        decision_number="1/QĐ",
        recorded_at=NOW,
    )
    job = Job(kind="prune", key=f"test:{new_id()}", payload={"a": [1, None]}, run_at=NOW, created_at=NOW)
    return [version, job]


async def test_a_row_that_a_later_listener_adds_needs_an_audit_entry(world: World, school: StaffedUnit) -> None:
    listed, late = rows_of_every_type(school.id, 1)[0], rows_of_every_type(school.id, 2)[0]

    def add_late(session: Session) -> None:
        if any(isinstance(row, AuditEntry) for row in session.new):
            session.add(late)

    async with world.runtime.work(ALL) as work:
        work.session.add(listed)
        with late_listener(add_late), pytest.raises(LookupError, match="after its audit entry"):
            await work.commit()


async def test_rows_inserted_at_once_are_as_sqlalchemy_inserts_them(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.database is None:
        pytest.skip("SQLite keeps the flush of SQLAlchemy")
    stored: list[list[dict[str, Any]]] = []
    for most in (0, flush.MOST_ROWS):
        monkeypatch.setattr(flush, "MOST_ROWS", most)
        rows = rows_of_every_type(school.id, len(stored) + 1)
        async with world.runtime.work(ALL) as work:
            work.session.add_all(rows)
            await work.session.commit()
            assert all(inspect(row).persistent for row in rows)
            assert not most or not any(inspect(row).unloaded for row in rows), "nothing is read to be known"
        with psycopg.connect(world.database.admin_url, row_factory=dict_row) as connection:
            stored.append(
                [
                    connection.execute(
                        sql.SQL("SELECT * FROM {} WHERE id = %s").format(sql.Identifier(row.__tablename__)), [row.id]
                    ).fetchone()
                    or {}
                    for row in rows
                ]
            )
    for by_sqlalchemy, at_once in zip(*stored, strict=True):
        differing = {name for name in at_once if at_once[name] != by_sqlalchemy[name]}
        assert differing <= {"id", "key", "valid_from"}


async def test_the_shape_of_the_statement_is_the_list_of_tables(world: World, school: StaffedUnit) -> None:
    if world.engine == "sqlite":
        pytest.skip("SQLite keeps the flush of SQLAlchemy")
    own = await path_of(world, school)
    shapes: set[str] = set()
    for count in (2, 7):
        async with world.runtime.work(scope_at(own)) as work:
            work.session.add_all(notice_of(school, own) for _ in range(count))
            with sent(world) as statements:
                await work.session.flush()
            shapes.update(each for each in statements if "INSERT" in each)
    assert len(shapes) == 1


async def test_above_the_cap_sqlalchemy_inserts(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush, "MOST_ROWS", 2)
    own = await path_of(world, school)
    async with world.runtime.work(scope_at(own)) as work:
        work.session.add_all(notice_of(school, own) for _ in range(3))
        with sent(world) as statements:
            await work.commit()
    assert not any("unnest($" in each for each in statements if "INSERT" in each)


async def test_a_change_frees_a_value_before_a_new_row_uses_it(world: World) -> None:
    digest = str(new_id())
    async with world.runtime.work(ALL) as work:
        old = SpentProof(digest=digest, expires_at=NOW)
        work.session.add(old)
        await work.session.flush()
        await work.session.delete(old)
        work.session.add(SpentProof(digest=digest, expires_at=NOW + timedelta(days=1)))
        await work.session.commit()
    async with world.runtime.work(ALL, write=False) as work:
        assert (await work.session.get_one(SpentProof, digest)).expires_at == NOW + timedelta(days=1)


async def test_a_refused_flush_leaves_the_session_to_be_rolled_back(world: World) -> None:
    digest = str(new_id())
    async with world.runtime.work(ALL) as work:
        work.session.add(SpentProof(digest=digest, expires_at=NOW))
        await work.session.commit()
    async with world.runtime.work(ALL) as work:
        again = SpentProof(digest=digest, expires_at=NOW)
        work.session.add(again)
        with pytest.raises(IntegrityError):
            await work.session.flush()
        await work.session.rollback()
        assert inspect(again).transient
        await work.session.commit()
