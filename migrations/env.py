"""Alembic environment: one history for both engines; each run to head recreates the policies from the models."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text

from app.core.database import Waits, create_engine
from app.core.settings import Settings
from app.models import Base
from app.security.access import policies


def run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=sqlite, compare_type=True)
    with context.begin_transaction():
        if not sqlite:
            policies.lift(connection)
        context.run_migrations()
        if not sqlite and context.get_context().get_current_revision() == context.get_head_revision():
            policies.apply(connection)


async def run_online() -> None:
    url = context.config.attributes.get("url") or Settings().owner_url
    engine = create_engine(url, pool_size=1, waits=Waits.all_of(60))
    async with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Batch mode rebuilds tables; without this, child rows would be deleted.
            await connection.execute(text("PRAGMA foreign_keys=OFF"))
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(run_online())
