"""Ways to tamper with the audit log, as its database's owner could, and to undo it."""

# ruff: noqa: S608 — tampering is done in SQL, with our own tables and numbers
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg

from app.security.audit.chain import digest
from tests.world import World

Tamper = Callable[["Log", int], None]
TAMPERINGS: dict[str, Tamper] = {}
TABLES = ("audit_block", "audit_entry", "audit_subject")


class Log:
    """The stored log as its database's owner may write it, past every trigger, key and right."""

    def __init__(self, run: Callable[[str], object], query: Callable[[str], list[Any]]) -> None:
        self.run = run
        self.query = query

    def entry(self, number: int, where: str = "true") -> str:
        """The id of some sealed entry, as an SQL literal."""
        return self._one(number, f"SELECT id FROM audit_entry WHERE block IS NOT NULL AND {where} ORDER BY id")

    def block(self, number: int, where: str = "true") -> str:
        return self._one(number, f"SELECT number FROM audit_block WHERE {where} ORDER BY number")

    def subject(self, number: int) -> str:
        """A condition that matches one row of the audit subjects."""
        rows = self.query("SELECT entry_id, subject_id FROM audit_subject ORDER BY entry_id, subject_id")
        entry, subject = rows[number % len(rows)]
        return f"entry_id = '{entry}' AND subject_id = '{subject}'"

    def last_block(self) -> int:
        return int(self.query("SELECT max(number) FROM audit_block")[0][0])

    def _one(self, number: int, query: str) -> str:
        rows = self.query(query)
        return f"'{rows[number % len(rows)][0]}'"


def tampering(act: Tamper) -> Tamper:
    TAMPERINGS[act.__name__] = act
    return act


# Each column of the log, and what it is changed to while everything beside it stays.
CHANGES = {
    "audit_entry.id": "'{other:032x}'",
    "audit_entry.unit_id": "id",
    "audit_entry.org_path": "'/x{n}/'",
    "audit_entry.at": "'2001-01-01 00:{n:02d}:00.000000'",
    "audit_entry.actor_id": "id",
    "audit_entry.role": "'partner'",
    "audit_entry.about": "'x{n}'",
    "audit_entry.body": "replace(body, '\"v\":1', '\"v\":{other}')",
    "audit_entry.digest": "'{other:064x}'",
    "audit_entry.block": "block + 1",
    "audit_entry.position": "position + 1",
    "audit_subject.entry_id": "(SELECT id FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM s) LIMIT 1)",
    "audit_subject.subject_id": "entry_id",
    "audit_block.number": "number + 1000",
    "audit_block.previous": "'{other:064x}'",
    "audit_block.root": "'{other:064x}'",
    "audit_block.count": "count + 1",
    "audit_block.sealed_at": "'2001-01-01 00:{n:02d}:00.000000'",
    "audit_block.signature": "'{other:0128x}'",
}


def changing(column: str, value: str) -> Tamper:
    table, name = column.split(".")

    def act(log: Log, n: int) -> None:
        new = value.format(n=n, other=n + 2)
        one = {
            "audit_entry": lambda: f"id = {log.entry(n)}",
            "audit_subject": lambda: log.subject(n),
            "audit_block": lambda: f"number = {log.block(n)}",
        }[table]()
        log.run(f"WITH s AS (SELECT entry_id FROM audit_subject) UPDATE {table} SET {name} = {new} WHERE {one}")

    return act


TAMPERINGS |= {f"change {column}": changing(column, value) for column, value in CHANGES.items()}


@tampering
def change_a_body_and_its_digest(log: Log, n: int) -> None:
    one = log.entry(n)
    body = log.query(f"SELECT body FROM audit_entry WHERE id = {one}")[0][0].replace('"v":1', f'"v":{n + 2}')
    log.run(f"UPDATE audit_entry SET body = '{body}', digest = '{digest(body)}' WHERE id = {one}")


@tampering
def hide_the_act_of_somebody_under_the_path_of_another_unit(log: Log, n: int) -> None:
    other = f"(SELECT max(org_path) FROM unit WHERE org_path <> audit_entry.org_path AND path_key > '{n % 8}')"
    log.run(f"UPDATE audit_entry SET org_path = {other} WHERE id = {log.entry(n, 'unit_id IS NOT NULL')}")


@tampering
def hide_an_act_without_a_unit_under_another_path(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET org_path = '/x{n}/' WHERE id = {log.entry(n, 'unit_id IS NULL')}")


@tampering
def detach_act_from_unit(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET unit_id = NULL WHERE id = {log.entry(n, 'unit_id IS NOT NULL')}")


@tampering
def delete_a_subject(log: Log, n: int) -> None:
    log.run(f"DELETE FROM audit_subject WHERE {log.subject(n)}")


@tampering
def delete_the_subjects_of_an_entry(log: Log, n: int) -> None:
    log.run(f"DELETE FROM audit_subject WHERE entry_id = {log.entry(n, 'id IN (SELECT entry_id FROM audit_subject)')}")


@tampering
def delete_all_subjects(log: Log, _: int) -> None:
    log.run("DELETE FROM audit_subject")


@tampering
def delete_all_subjects_of_a_case(log: Log, n: int) -> None:
    cases = log.query("SELECT DISTINCT subject_id FROM audit_subject ORDER BY subject_id")
    log.run(f"DELETE FROM audit_subject WHERE subject_id = '{cases[n % len(cases)][0]}'")


@tampering
def add_a_subject(log: Log, n: int) -> None:
    log.run(f"INSERT INTO audit_subject (entry_id, subject_id) VALUES ({log.entry(n)}, '{n + 1:032x}')")


@tampering
def delete_an_entry(log: Log, n: int) -> None:
    log.run(f"DELETE FROM audit_entry WHERE id = {log.entry(n)}")


@tampering
def swap_two_entries(log: Log, n: int) -> None:
    block = log.block(n, "count > 1")
    log.run(f"UPDATE audit_entry SET position = 1 - position WHERE block = {block} AND position < 2")


@tampering
def forge_an_entry_into_a_block(log: Log, n: int) -> None:
    log.run(
        "INSERT INTO audit_entry (id, org_path, at, about, body, digest, block, position)"
        f" SELECT '{n + 1:032x}', org_path, at, about, body, digest, block,"
        " (SELECT count FROM audit_block WHERE number = block) FROM audit_entry"
        f" WHERE id = {log.entry(n)}"
    )


@tampering
def forge_an_entry_into_a_block_that_is_not_there(log: Log, n: int) -> None:
    log.run(
        "INSERT INTO audit_entry (id, org_path, at, about, body, digest, block, position)"
        f" SELECT '{n + 1:032x}', org_path, at, about, body, digest, 1000, 0 FROM audit_entry"
        f" WHERE id = {log.entry(n)}"
    )


@tampering
def move_an_entry_to_an_earlier_block(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET block = 1 WHERE id = {log.entry(n, 'block > 1')}")


@tampering
def delete_a_block(log: Log, n: int) -> None:
    log.run(f"DELETE FROM audit_block WHERE number = {log.block(n)}")


@tampering
def sign_with_the_signature_of_another_block(log: Log, n: int) -> None:
    one, other = log.block(n), log.block(n + 1)
    log.run(
        f"UPDATE audit_block SET signature = (SELECT signature FROM audit_block WHERE number = {other})"
        f" WHERE number = {one}"
    )


@tampering
def cut_off_the_end(log: Log, n: int) -> None:
    beyond = max(1, log.last_block() - n % 3)
    log.run(f"DELETE FROM audit_subject WHERE entry_id IN (SELECT id FROM audit_entry WHERE block >= {beyond})")
    log.run(f"DELETE FROM audit_entry WHERE block >= {beyond}")
    log.run(f"DELETE FROM audit_block WHERE number >= {beyond}")


@tampering
def unseal_an_entry(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET block = NULL, position = NULL WHERE id = {log.entry(n)}")


def tampered(world: World, act: Tamper, number: int) -> Iterator[None]:
    """The act done by the owner, and undone afterwards."""
    if world.database is None:
        yield from _on_sqlite(world, act, number)
    else:
        yield from _on_postgres(world, act, number)


def _on_sqlite(world: World, act: Tamper, number: int) -> Iterator[None]:
    path = world.runtime.settings.data_dir / "athd.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        saved = {t: connection.execute(f"SELECT * FROM {t}").fetchall() for t in TABLES}
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        act(Log(connection.execute, lambda sql: connection.execute(sql).fetchall()), number)
        connection.execute("COMMIT")
        yield
        connection.execute("BEGIN IMMEDIATE")
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM {table}")
        for table, rows in saved.items():
            connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("COMMIT")


def _on_postgres(world: World, act: Tamper, number: int) -> Iterator[None]:
    assert world.database is not None
    with psycopg.connect(world.database.admin_url, autocommit=True) as connection:
        # As a replica would: no key is checked.
        connection.execute("SET session_replication_role = replica")
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
