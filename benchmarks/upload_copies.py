"""What an upload is compared with: the same rows, as the database takes them at its fastest, into the same tables.

On PostgreSQL `\\copy`, in key order, with every index and foreign key; on SQLite one `executemany` for each table.
"""

import sqlite3
import time
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

# Each table after those that its rows refer to, with what finds the rows that came since a moment.
TABLES: Final = {
    "data_key": "created_at >= {since}",
    "upload": "dataset = 'learners' AND created_at >= {since}",
    "learner": "created_at >= {since}",
    "learner_identifier": "created_at >= {since}",
    "enrolment": "created_at >= {since}",
    "enrolment_status": "recorded_at >= {since}",
    "upload_change": "upload_id IN (SELECT id FROM upload WHERE created_at >= {since})",
}
PLAIN_TABLE: Final = """
CREATE TABLE plain (class_code text, moet_code text PRIMARY KEY, personal_number text, full_name text, birth_date text,
    sex text, ethnicity text, nationality text, disability text, school_code text, status text, status_on text);
CREATE INDEX ON plain (personal_number);
CREATE INDEX ON plain (full_name);
"""


async def analyse(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("ANALYZE")
    await connection.close()


async def dump(url: str, since: datetime, folder: Path) -> int:
    """Each table's new rows as a file; how many there are."""
    count, connection, moment = 0, await asyncpg.connect(url), f"'{since.isoformat()}'"
    for table, condition in TABLES.items():
        query = f"SELECT * FROM {table} WHERE {condition.format(since=moment)}"  # noqa: S608 — constants
        done = await connection.copy_from_query(query, output=folder / table, format="text")
        count += int(done.split()[-1])
    await connection.close()
    return count


async def copy_in(url: str, folder: Path) -> float:
    """Seconds for `\\copy` of the files into the tables, in one transaction."""
    connection = await asyncpg.connect(url)
    began = time.perf_counter()
    async with connection.transaction():
        for table in TABLES:
            await connection.copy_to_table(table, source=folder / table, format="text")
    took = time.perf_counter() - began
    await connection.close()
    return took


async def copy_plain(url: str, file: Path) -> float:
    """Seconds for `\\copy` of the file as it came into one table of texts with a primary key and two indexes."""
    connection = await asyncpg.connect(url)
    await connection.execute(PLAIN_TABLE)
    began = time.perf_counter()
    await connection.copy_to_table("plain", source=file, format="csv", header=True)
    took = time.perf_counter() - began
    await connection.close()
    return took


def execute_many(original: Path, before: Path, since: datetime) -> float:
    """Seconds for raw `executemany` of the original's new rows into the tables of the file as it was before."""
    source, target = sqlite3.connect(original), sqlite3.connect(before, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        target.execute(f"PRAGMA {pragma}")
    moment = f"'{since.replace(tzinfo=None).isoformat(sep=' ')}'"
    took = 0.0
    for table, condition in TABLES.items():
        rows = source.execute(f"SELECT * FROM {table} WHERE {condition.format(since=moment)}").fetchall()  # noqa: S608 — constants
        marks = ", ".join("?" * len(rows[0]))
        began = time.perf_counter()
        target.execute("BEGIN IMMEDIATE")
        target.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 — constants
        target.execute("COMMIT")
        took += time.perf_counter() - began
    source.close()
    target.close()
    return took
