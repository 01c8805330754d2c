"""The ten tables of an intake, empty and as the product declares them, and what is in them."""

from collections.abc import Iterable
from typing import Final

import httpx
import psycopg
from psycopg import sql
from sqlalchemy import create_engine, insert, text

import app.models  # noqa: F401 (registers the tables)
from app.core.time import utc_now
from app.models.base import Base
from app.models.units import Unit, UnitKind
from benchmarks.load import Job, Message
from benchmarks.thirteen_rows import PATH, UNIT

TABLES: Final = (
    *("data_key", "intake", "incident", "incident_person", "intake_link", "incident_event", "clock"),
    *("audit_entry", "audit_subject", "idempotency_key"),
)
ROWS: Final = 13
SAMPLE: Final = 20
BYTES: Final = "– bytes of the ten"
Left = dict[str, float]


def create_tables(pg_url: str) -> None:
    """All tables of the product with their columns, keys and indexes, and the unit that the baselines write for."""
    engine = create_engine(pg_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        Base.metadata.create_all(connection)
        kind = {"code": "school", "label_vi": "Trường", "label_en": "School", "valid_from": utc_now().date()}
        connection.execute(insert(UnitKind).values(kind))
        unit = {"id": UNIT, "kind": "school", "path_key": "1", "org_path": PATH, "created_at": utc_now()}
        connection.execute(insert(Unit).values(unit))
    engine.dispose()


def left_by(job: Job, pg_url: str) -> Left:
    """Rows of each table that one request leaves, and their bytes, the mean of a few; unchanged tables are left out."""
    before = _sizes(pg_url)
    with httpx.Client(base_url=f"http://{job.host}:{job.port}", headers=job.headers) as client:
        for number in range(SAMPLE):
            message = job.make(number) if job.make else Message()
            headers = [("Content-Type", "application/json"), *message.headers]
            answer = client.request(job.method, job.path, content=message.body, headers=headers)
            assert answer.status_code == job.expected_status, answer.text
    changes = {name: (value - before[name]) / SAMPLE for name, value in _sizes(pg_url).items()}
    return {name: change for name, change in changes.items() if change}


def same_rows(left: Iterable[Left]) -> bool:
    """Whether each leaves the thirteen rows in the ten tables, and the same in each table.

    Rounded: the product's worker, and its log of the sign-in, may add a row in between.
    """
    shapes = [[round(each.get(table, 0)) for table in TABLES] for each in left]
    return all(shape == shapes[0] and sum(shape) == ROWS for shape in shapes)


def _sizes(pg_url: str) -> Left:
    """Rows of every table of the schema, and the bytes in all of the ten."""
    sizes: Left = {BYTES: 0}
    query = sql.SQL("SELECT count(*), coalesce(sum(pg_column_size(each.*)), 0) FROM {} AS each")
    with psycopg.connect(pg_url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            for rows, size in connection.execute(query.format(sql.Identifier(name))):
                sizes[name] = rows
                sizes[BYTES] += float(size) if name in TABLES else 0
    return sizes
