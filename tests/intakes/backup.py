"""A stolen backup, read table by table past every scope, and the moments that stand in its rows."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Column, Date

from app.models.base import Base
from tests.world import World

UUID_7 = re.compile(r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}\b")
INSTANT = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
EPOCH = re.compile(r"\b1\d{9}(?:\d{3})?(?:\.\d+)?\b")
Row = tuple[Any, ...]
Backup = dict[str, frozenset[Row]]


@dataclass(frozen=True, slots=True)
class Clue:
    """A moment in a column of a row."""

    table: str
    column: str
    at: datetime


def read_backup(world: World) -> Backup:
    """Every row of every table, as the backup holds it."""
    connection: Any
    if world.database is None:
        connection = sqlite3.connect(world.runtime.settings.data_dir / "athd.db")
    else:
        connection = psycopg.connect(world.database.admin_url)
    with closing(connection):
        return {
            name: frozenset(map(_texts, connection.execute(_everything(name)).fetchall()))
            for name in Base.metadata.tables
        }


def clues_of(former: Backup, backup: Backup) -> Iterator[Clue]:
    """The moments in every column of the rows that are new or changed."""
    for name, rows in backup.items():
        columns = Base.metadata.tables[name].columns.keys()
        for row in rows - former[name]:
            for column, value in zip(columns, row, strict=True):
                yield from (Clue(name, column, at) for at in moments_in(value))


def moments_in(text: str) -> Iterator[datetime]:
    """The timestamps in a text, those of time-ordered ids included."""
    for found in UUID_7.findall(text):
        yield datetime.fromtimestamp((UUID(found).int >> 80) / 1000, UTC)
    for found in INSTANT.findall(text):
        at = datetime.fromisoformat(found)
        yield at if at.tzinfo else at.replace(tzinfo=UTC)
    for found in EPOCH.findall(text):
        number = float(found)
        yield datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)


def _everything(table: str) -> str:
    columns = ", ".join(map(_column, Base.metadata.tables[table].columns))
    return f'SELECT {columns} FROM "{table}"'  # noqa: S608 — names of the metadata


def _column(column: Column[Any]) -> str:
    # The first day of the calendar is -infinity to PostgreSQL, which Python cannot read as a date.
    return f'CAST("{column.name}" AS TEXT)' if isinstance(column.type, Date) else f'"{column.name}"'


def _texts(row: Row) -> Row:
    return tuple(str(value) for value in row)
