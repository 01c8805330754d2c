"""The audit log: no write and no opened word without an entry, entries sealed, and every tampering found."""

# ruff: noqa: S608 — tampering is done in SQL, with our own tables and numbers
import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError

from app.models.audit import AuditEntry
from app.security.audit_chain import Signer, climbed
from app.security.scope import ALL
from app.services.audit import AuditService, Checkpoint, seal_entries
from benchmarks.postgres import Postgres
from tests.api.people import person, sign_in
from tests.conftest import ENGINES
from tests.postgres import create_database
from tests.services.acts import API, Place, founded, judge, ok, refused
from tests.world import Client, World, open_world


@pytest.fixture
async def school(world: World) -> Place:
    return await founded(world)


async def entries(world: World, about: str | None = None, actor: UUID | None = None) -> list[dict[str, Any]]:
    async with world.runtime.work(ALL, write=False) as work:
        query = select(AuditEntry).order_by(AuditEntry.id)
        rows = await work.session.scalars(query if actor is None else query.where(AuditEntry.actor_id == actor))
        return [json.loads(row.body) for row in rows if about is None or row.about == about]


async def seal(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        await seal_entries(work)
        await work.commit()


async def damages(world: World, checkpoints: list[Checkpoint] | None = None) -> list[str]:
    async with world.runtime.work(ALL, write=False) as work:
        public = Signer(world.runtime.settings.keys_dir).public
        return [damage async for damage in AuditService(work).damages(public, checkpoints or [])]


class TestTelling:
    async def test_a_write_and_an_opened_word_leave_who_what_and_no_word(self, world: World, school: Place) -> None:
        taken = await school.head.take_in(narrative="Chuyện rất riêng", children=[{"name": "Bé Bịa"}])
        ok(await school.head.incident(taken["incident_id"]))
        written, opened = await entries(world, actor=school.head.user_id)
        assert (written["about"], written["role"], written["unit"]) == ("create_intake", "school_head", str(school.id))
        assert written["written"]["incident"]["insert"] == [taken["incident_id"]]
        assert (opened["about"], opened["tier"]) == ("get_incident", 3)
        assert opened["opened"] == {"incident": [taken["incident_id"]]}
        assert "Bịa" not in json.dumps([written, opened], ensure_ascii=False)
        assert "riêng" not in json.dumps([written, opened], ensure_ascii=False)

    async def test_a_list_of_facts_opens_nothing_and_tells_nothing(self, world: World, school: Place) -> None:
        await school.head.take_in()
        before = len(await entries(world, actor=school.head.user_id))
        for what in ("incidents", "intakes", "referrals", "cases", "clocks"):
            ok(await school.head.get(f"{API}/{what}"))
        assert len(await entries(world, actor=school.head.user_id)) == before

    async def test_what_is_refused_or_undone_is_not_told_as_done(self, world: World, school: Place) -> None:
        taken = await school.head.take_in()
        before = len(await entries(world, actor=school.head.user_id))
        wrong = {"role": "nonsense"}
        path = f"{API}/incidents/{taken['incident_id']}/persons"
        assert (await school.head.post(path, wrong)).status_code == 422
        assert len(await entries(world, actor=school.head.user_id)) == before

    async def test_where_the_entry_cannot_be_written_nothing_is_shown(self, world: World, school: Place) -> None:
        taken = await school.head.take_in(narrative="Chuyện rất riêng")

        def fail(_: object, __: object, statement: str, *___: object) -> None:
            if "INSERT INTO audit_entry" in statement:
                raise sqlite3.OperationalError("disk full")

        engine = world.runtime.engine.sync_engine
        event.listen(engine, "before_cursor_execute", fail)
        try:
            answer = await school.head.incident(taken["incident_id"])
        finally:
            event.remove(engine, "before_cursor_execute", fail)
        assert answer.status_code >= 500
        assert "riêng" not in answer.text
        ok(await school.head.incident(taken["incident_id"]))

    async def test_signing_in_and_failing_to_are_told(self, world: World) -> None:
        someone = await person(world)
        refused(await sign_in(world, someone.username, "khong-phai-mat-khau-nay"), 401, "bad_credentials")
        ok(await sign_in(world, someone.username))
        told = await entries(world, "sign_in")
        assert [e["acts"] for e in told if "acts" in e][-1] == [{"act": "sign_in_refused", "subject": str(someone.id)}]
        assert "sign_in" in told[-1]["written"]
        assert someone.username not in json.dumps(told)

    async def test_nobody_changes_or_takes_away_what_was_told(self, world: World, school: Place) -> None:
        await school.head.take_in()
        refusal = "permission denied" if world.engine == "postgresql" else "written once"
        for statement in (
            "UPDATE audit_entry SET body = '{}'",
            "UPDATE audit_entry SET actor_id = NULL",
            "DELETE FROM audit_entry",
            "DELETE FROM audit_subject",
        ):
            async with world.runtime.engine.connect() as connection:
                with pytest.raises(DBAPIError, match=refusal):
                    await connection.execute(text(statement))


class TestViews:
    async def test_the_auditor_sees_the_acts_of_its_own_line(
        self, world: World, school: Place, school_b1: Client, bureau_a: Client
    ) -> None:
        taken = await school.head.take_in()
        await school_b1.take_in()
        far = await world.client("z.head")
        await far.take_in()
        auditor = await world.client("so.auditor")
        page = ok(await auditor.get(f"{API}/audit/entries", params={"incident_id": taken["incident_id"]}))["items"]
        assert {entry["about"] for entry in page} == {"create_intake"}
        own = ok(await auditor.get(f"{API}/audit/entries", params={"limit": 500}))["items"]
        assert {str(school.head.user_id), str(school_b1.user_id)} <= {entry["actor_id"] for entry in own}
        for other in (bureau_a, school.head):
            refused(await other.get(f"{API}/audit/entries"), 403, "forbidden")
        elsewhere = await world.client("so2.auditor")
        theirs = ok(await elsewhere.get(f"{API}/audit/entries", params={"limit": 500}))["items"]
        assert str(far.user_id) in {entry["actor_id"] for entry in theirs}
        assert {entry["id"] for entry in theirs}.isdisjoint(entry["id"] for entry in own)
        hidden = await elsewhere.get(f"{API}/audit/entries", params={"incident_id": taken["incident_id"]})
        assert ok(hidden)["items"] == []

    async def test_a_family_hears_of_roles_and_of_no_names(
        self, school: Place, school_b1: Client, bureau_a: Client
    ) -> None:
        taken = await school.head.take_in()
        ok(await bureau_a.incident(taken["incident_id"]))
        path = f"{API}/incidents/{taken['incident_id']}/access"
        seen = ok(await school.head.get(path))
        told = [(a["role"], a["unit_kind"], a["about"], a["wrote"]) for a in seen]
        assert ("bureau_officer", "bureau", "get_incident", False) in told
        assert ("school_head", "school", "create_intake", True) in told
        assert set(seen[0]) == {"at", "role", "unit_kind", "about", "wrote"}
        refused(await school_b1.get(path), 404, "not_found")

    async def test_an_entry_is_proven_without_the_database(self, world: World, school: Place) -> None:
        await school.head.take_in()
        await school.head.take_in()
        auditor = await world.client("so.auditor")
        latest = ok(await auditor.get(f"{API}/audit/entries"))["items"][0]
        path = f"{API}/audit/entries/{latest['id']}/proof"
        refused(await auditor.get(path), 409, "wrong_state")
        await seal(world)
        proof = ok(await auditor.get(path))
        siblings = [bytes.fromhex(each) for each in proof["path"]]
        reached = climbed(bytes.fromhex(proof["leaf"]), proof["position"], proof["count"], siblings)
        assert reached.hex() == proof["root"]


Row = dict[str, Any]
Tamper = Callable[["Log", int], None]
TAMPERINGS: dict[str, Tamper] = {}
ACTS = 50


class Log:
    """The stored log as its database's owner may write it, past every trigger and right."""

    def __init__(self, run: Callable[[str], object], query: Callable[[str], list[Any]]) -> None:
        self.run = run
        self.query = query

    def entry(self, number: int, field: str = "id") -> Any:
        """A field of some sealed entry, as an SQL literal."""
        rows = self.query(f"SELECT {field} FROM audit_entry WHERE block IS NOT NULL ORDER BY block, position")
        return _literal(rows[number % len(rows)][0])


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def tampering(act: Tamper) -> Tamper:
    TAMPERINGS[act.__name__] = act
    return act


@tampering
def change_a_body(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET body = replace(body, '\"v\":1', '\"v\":2') WHERE id = {log.entry(n)}")


@tampering
def change_a_body_and_its_digest(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET body = '{{}}', digest = '{n:064x}' WHERE id = {log.entry(n)}")


@tampering
def name_another_actor(log: Log, n: int) -> None:
    other = log.entry(n + 1, "coalesce(actor_id, id)")
    log.run(f"UPDATE audit_entry SET actor_id = {other}, role = 'partner' WHERE id = {log.entry(n)}")


@tampering
def hide_under_another_path(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET about = 'x', org_path = '/x{n}/', unit_id = NULL WHERE id = {log.entry(n)}")


@tampering
def delete_an_entry(log: Log, n: int) -> None:
    one = log.entry(n)
    log.run(f"DELETE FROM audit_subject WHERE entry_id = {one}")
    log.run(f"DELETE FROM audit_entry WHERE id = {one}")


@tampering
def swap_two_entries(log: Log, n: int) -> None:
    rows = log.query("SELECT block FROM audit_entry WHERE block IS NOT NULL GROUP BY block HAVING count(*) > 1")
    block = rows[n % len(rows)][0]
    log.run(f"UPDATE audit_entry SET position = 1 - position WHERE block = {block} AND position < 2")


@tampering
def forge_an_entry_into_a_block(log: Log, n: int) -> None:
    log.run(
        "INSERT INTO audit_entry (id, org_path, at, about, body, digest, block, position)"
        f" SELECT '{n + 1:032x}', org_path, at, about, body, digest, block, 9999 FROM audit_entry"
        f" WHERE id = {log.entry(n)}"
    )


@tampering
def move_an_entry_to_another_block(log: Log, n: int) -> None:
    last = log.query("SELECT max(number) FROM audit_block")[0][0]
    block = log.query(f"SELECT block FROM audit_entry WHERE id = {log.entry(n)}")[0][0]
    log.run(f"UPDATE audit_entry SET block = {last if block != last else 1} WHERE id = {log.entry(n)}")


@tampering
def delete_a_block(log: Log, n: int) -> None:
    last = log.query("SELECT max(number) FROM audit_block")[0][0]
    log.run(f"DELETE FROM audit_block WHERE number = {1 + n % (last - 1)}")


@tampering
def rewrite_a_root_without_the_key(log: Log, n: int) -> None:
    last = log.query("SELECT max(number) FROM audit_block")[0][0]
    log.run(f"UPDATE audit_block SET root = '{n:064x}' WHERE number = {1 + n % last}")


@tampering
def sign_with_the_signature_of_another_block(log: Log, n: int) -> None:
    last = log.query("SELECT max(number) FROM audit_block")[0][0]
    one, other = 1 + n % last, 1 + (n + 1) % last
    log.run(
        f"UPDATE audit_block SET signature = (SELECT signature FROM audit_block WHERE number = {other})"
        f" WHERE number = {one}"
    )


@tampering
def cut_off_the_end(log: Log, n: int) -> None:
    last = log.query("SELECT max(number) FROM audit_block")[0][0]
    beyond = max(1, last - n % 3)
    log.run(f"DELETE FROM audit_subject WHERE entry_id IN (SELECT id FROM audit_entry WHERE block >= {beyond})")
    log.run(f"DELETE FROM audit_entry WHERE block >= {beyond}")
    log.run(f"DELETE FROM audit_block WHERE number >= {beyond}")


@tampering
def unseal_an_old_entry(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET block = NULL, position = NULL WHERE id = {log.entry(n)}")


@pytest_asyncio.fixture(params=ENGINES)
async def own_world(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    server: Postgres | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
    database = create_database(server, "audit") if server else None
    async with open_world(tmp_path, database) as opened:
        yield opened


def tampered(world: World, act: Tamper, number: int) -> Iterator[None]:
    """The act done by the owner, and undone afterwards."""
    if world.database is None:
        yield from _on_sqlite(world, act, number)
    else:
        yield from _on_postgres(world, act, number)


def _on_sqlite(world: World, act: Tamper, number: int) -> Iterator[None]:
    path = world.runtime.settings.data_dir / "athd.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        saved = {t: connection.execute(f"SELECT * FROM {t}").fetchall() for t in TABLES}
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        act(Log(connection.execute, lambda sql: connection.execute(sql).fetchall()), number)
        yield
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM {table}")
        for table, rows in saved.items():
            marks = ",".join("?" * len(rows[0])) if rows else ""
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        for _, sql in triggers:
            connection.execute(sql)


def _on_postgres(world: World, act: Tamper, number: int) -> Iterator[None]:
    assert world.database is not None
    with psycopg.connect(world.database.admin_url, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}".encode())
        log = Log(
            lambda sql: connection.execute(sql.encode()),
            lambda sql: connection.execute(sql.encode()).fetchall(),
        )
        act(log, number)
        yield
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM {table}".encode())
        for table in TABLES:
            connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}".encode())
            connection.execute(f"DROP TABLE kept_{table}".encode())


TABLES = ("audit_block", "audit_entry", "audit_subject")


async def test_every_class_of_tampering_is_found_every_time(own_world: World) -> None:
    school = await own_world.client("a1.head")
    for _ in range(6):
        for _ in range(3):
            incident_id = (await school.take_in())["incident_id"]
            ok(await judge(school, incident_id, "low"), 201)
        await seal(own_world)
    async with own_world.runtime.work(ALL) as work:
        point = await AuditService(work).checkpoint(Signer(own_world.runtime.settings.keys_dir))
    assert await damages(own_world, [point]) == []
    found = dict.fromkeys(TAMPERINGS, 0)
    for name, act in TAMPERINGS.items():
        for number in range(ACTS):
            for _ in tampered(own_world, act, number):
                found[name] += bool(await damages(own_world, [point]))
    assert len(TAMPERINGS) >= 10
    assert found == dict.fromkeys(TAMPERINGS, ACTS)
    assert await damages(own_world, [point]) == []


async def test_two_sealers_at_once_seal_each_entry_once(own_world: World) -> None:
    school = await own_world.client("a1.head")
    for _ in range(20):
        await school.take_in()
    await asyncio.gather(*(seal(own_world) for _ in range(4)), return_exceptions=True)
    await seal(own_world)
    assert await damages(own_world) == []
    async with own_world.runtime.work(ALL, write=False) as work:
        left = select(func.count()).select_from(AuditEntry).where(AuditEntry.block.is_(None))
        assert await work.session.scalar(left) == 0
