"""What operations ask of the database itself."""

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection


def schema_revision(connection: Connection) -> str | None:
    """The migration the database stands at."""
    return MigrationContext.configure(connection).get_current_revision()
