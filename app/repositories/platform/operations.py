"""What operations ask of the database itself."""

from sqlalchemy import Connection, String, column, inspect, select, table

VERSION = table("alembic_version", column("version_num", String))


def schema_revision(connection: Connection) -> str | None:
    """The migration the database stands at; None for an empty one. alembic itself only loads to migrate."""
    if not inspect(connection).has_table(VERSION.name):
        return None
    return connection.scalar(select(VERSION.c.version_num))
