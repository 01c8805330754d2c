"""Five million invented incidents under one nation: the same rows every time, written by the database itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

# Columns as in the product's `incident`; ids rise with time, as UUIDv7 does.
TABLE: Final = """
CREATE TABLE incident (
    id uuid PRIMARY KEY,
    org_path varchar(400) COLLATE "C" NOT NULL,
    holder_id uuid NOT NULL,
    unit_id uuid,
    created_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    occurred_on date,
    event_id uuid,
    group_code varchar(60) NOT NULL,
    severity varchar(20),
    state varchar(20) NOT NULL,
    code varchar(24) NOT NULL,
    sealed text
)
"""
INDEXES: Final = (
    "CREATE INDEX ix_incident_scope ON incident (org_path, created_at DESC, id DESC)",
    """CREATE INDEX ix_incident_counted ON incident
       (org_path, event_id, occurred_on, received_at, group_code, severity, state)""",
    "CREATE INDEX ix_incident_time ON incident (created_at DESC, id DESC)",
)
POLICY: Final = (
    "ALTER TABLE incident ENABLE ROW LEVEL SECURITY",
    """CREATE POLICY bench_scope ON incident FOR SELECT USING (
        org_path >= nullif(current_setting('app.scope_from', true), '')
        AND org_path < nullif(current_setting('app.scope_to', true), ''))""",
)
# Keys of eight characters, as the product makes them.
SCHOOLS: Final = """
CREATE TEMPORARY TABLE school AS
SELECT s AS number, md5('school' || s)::uuid AS id,
       format('/vn000000/p%%s/c%%s/s%%s/', lpad((c %% %(provinces)s)::text, 7, '0'), lpad(c::text, 7, '0'),
              lpad(s::text, 7, '0')) COLLATE "C" AS org_path
FROM (SELECT s, s %% %(communes)s AS c FROM generate_series(0, %(schools)s - 1) AS s) AS placed
"""
# 2654435761 is Knuth's multiplicative hash: it scatters the schools over time without random().
# One in five without a day of the event; one in a hundred merged into the one before it, at the same school.
FILL: Final = """
INSERT INTO incident (id, org_path, holder_id, unit_id, created_at, received_at, occurred_on, event_id,
                      group_code, severity, state, code, sealed)
SELECT made.id, school.org_path, school.id, school.id, at, at,
       CASE WHEN i %% 5 > 0 THEN (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date END, survivor_id,
       (ARRAY['physical', 'verbal', 'social', 'online', 'property', 'neglect', 'accident', 'other'])[1 + hash %% 8],
       (ARRAY['low', 'medium', 'high', 'critical'])[1 + hash / 8 %% 4],
       (ARRAY['new', 'triaged', 'in_progress', 'closed', 'closed'])[1 + hash / 32 %% 5],
       'VV-' || lpad(i::text, 9, '0'),
       'Nhóm học sinh lớp trên chặn đường, đe doạ và lấy tiền ăn sáng của học sinh lớp dưới (' || i || ').'
FROM (SELECT i, id, at, hash, CASE WHEN i %% 100 = 99 THEN lag(id) OVER before END AS survivor_id,
             CASE WHEN i %% 100 = 99 THEN lag(hash) OVER before ELSE hash END / 160 %% %(schools)s AS school_number
      FROM (SELECT i, at, i::bigint * 2654435761 %% 4294967296 AS hash,
                   (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(digest, 1, 3)
                       || 'a' || substr(digest, 4, 15))::uuid AS id
            FROM (SELECT i, md5(i::text) AS digest,
                         timestamptz '2023-09-05 00:00+07' + i * (interval '3 years' / %(incidents)s) AS at
                  FROM generate_series(0, %(incidents)s - 1) AS i) AS numbered) AS identified
      WINDOW before AS (ORDER BY i)) AS made
JOIN school ON school.number = made.school_number
"""


@dataclass(frozen=True, slots=True)
class Size:
    incidents: int = 5_000_000
    schools: int = 54_000
    communes: int = 3_321
    provinces: int = 34

    def parameters(self) -> dict[str, int]:
        return {
            "incidents": self.incidents,
            "schools": self.schools,
            "communes": self.communes,
            "provinces": self.provinces,
        }


def build(pg_url: str, size: Size, reader_url: str) -> dict[str, float]:
    """Table, rows, indexes, policy and statistics in an empty database. The seconds that each step took.

    The policy holds for the role of `reader_url`, which is neither owner nor superuser.
    """
    took: dict[str, float] = {}

    def timed(step: str, act: Callable[[], object]) -> None:
        began = time.perf_counter()
        act()
        took[step] = time.perf_counter() - began

    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(TABLE)
        timed("rows", lambda: fill(connection, size))
        timed("indexes", lambda: [connection.execute(statement) for statement in INDEXES])
        for statement in POLICY:
            connection.execute(statement)
        reader = sql.Identifier(urlsplit(reader_url).username or "")
        connection.execute(sql.SQL("GRANT SELECT ON incident TO {}").format(reader))
        timed("vacuum, analyze", lambda: connection.execute("VACUUM (ANALYZE) incident"))
        timed("checkpoint", lambda: connection.execute("CHECKPOINT"))
    return took


def fill(connection: psycopg.Connection[tuple[object, ...]], size: Size) -> None:
    """Insert the incidents into any table `incident` that has these columns and defaults for its others.

    Foreign keys are not checked (session_replication_role), so that no units are needed.
    """
    client = psycopg.ClientCursor(connection)
    client.execute(SCHOOLS, size.parameters())
    client.execute("ANALYZE school")
    client.execute("SET session_replication_role = replica")
    client.execute(FILL, size.parameters())
    client.execute("RESET session_replication_role")


def sizes(pg_url: str) -> str:
    query = """SELECT count(*), pg_size_pretty(pg_table_size('incident')), pg_size_pretty(pg_indexes_size('incident'))
               FROM incident"""
    with psycopg.connect(pg_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return f"{row[0]:,} incidents, table {row[1]}, indexes {row[2]}"
