"""PostgreSQL's own check of its files, as `pg_amcheck` does it: every B-tree against its heap, and every heap."""

import psycopg

AVAILABLE = "SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'"
INDEXES = (
    "SELECT count(bt_index_parent_check(i.indexrelid, true, true)::text) FROM pg_index i"
    " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
    " WHERE a.amname = 'btree' AND c.relpersistence <> 't' AND i.indisready AND i.indisvalid"
)
HEAPS = (
    "SELECT c.relname, found.msg FROM pg_class c, LATERAL verify_heapam(c.oid) found"
    " WHERE c.relkind IN ('r', 't', 'm') AND c.relpersistence <> 't'"
)


def check_postgres(url: str) -> str:
    """What was checked. Raises where anything is damaged."""
    with psycopg.connect(url) as connection:
        if connection.execute(AVAILABLE).fetchone() == (0,):
            return "amcheck is not installed: PostgreSQL's files were NOT checked"
        connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        checked = connection.execute(INDEXES).fetchone()
        damaged = connection.execute(HEAPS).fetchall()
    assert not damaged, damaged[:5]
    return f"amcheck: {checked[0] if checked else 0} indexes and every heap whole"
