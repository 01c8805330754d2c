"""Acting beyond a session's scope for a named reason, or within a part of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from prometheus_client import Counter
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from app.security.access.scope import ALL, ElevationReason, Scope, ScopedSession, scoped_rows, scoped_session
from app.security.access.settings import set_settings, settings_of

ELEVATIONS = Counter("athd_scope_elevations_total", "Times code acted beyond one principal's scope", ["reason"])
Narrowing = Callable[[Scope], Scope]
SHOWN: Final = ALL.without_pending()
# A key is destroyed with everything under it, seen or not, and a changed unit's staff are accused by all that waits.
SEEING_PENDING: Final = frozenset(map(ElevationReason, ("public_intake", "receipt", "retention", "unit_change")))


@asynccontextmanager
async def elevated(session: AsyncSession, reason: ElevationReason) -> AsyncIterator[None]:
    """Act beyond the session's scope inside its transaction, for one named reason.

    What was loaded or written beyond the scope is gone from the session afterwards. An error rolls back.
    """
    sync = scoped_session(session.sync_session)
    former = sync.scope
    ELEVATIONS.labels(reason).inc()
    await _rescope(session, sync, ALL if former.sees_pending or reason in SEEING_PENDING else SHOWN)
    try:
        yield
        await _rescope(session, sync, former)
    except BaseException:
        sync.rebind(former)
        await session.rollback()
        raise


@asynccontextmanager
async def narrowed(session: AsyncSession, to: Narrowing) -> AsyncIterator[None]:
    """Act within a part of the session's scope."""
    sync = scoped_session(session.sync_session)
    former = sync.scope
    # A transaction begins with the settings of its scope, and outlasts this block.
    await session.run_sync(Session.connection)
    sync.rebind(to(former))
    try:
        yield
    finally:
        sync.rebind(former)


async def _rescope(session: AsyncSession, sync: ScopedSession, scope: Scope) -> None:
    await session.flush()
    for row in list(scoped_rows(sync.identity_map.values())):
        path = inspect(row).dict.get("org_path")
        # An expired row is read again before it shows anything, and then within the new scope.
        if path is not None and not scope.reads(type(row)).holds(path):
            sync.expunge(row)
    sync.rebind(scope)
    if session.in_transaction() and sync.get_bind().dialect.name == "postgresql":
        await session.run_sync(lambda own: set_settings(Session.connection(own), settings_of(scope)))
