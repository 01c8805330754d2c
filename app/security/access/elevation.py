"""Acting beyond a session's scope for a named reason, or within a part of it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final

from prometheus_client import Counter
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from app.models.base import Scoped
from app.security.access.scope import ALL, ElevationReason, Scope, ScopedSession, scoped_rows, scoped_session
from app.security.access.settings import set_settings, settings_of

ELEVATIONS = Counter("athd_scope_elevations_total", "Times code acted beyond one principal's scope", ["reason"])
Narrowing = Callable[[Scope], Scope]
Key = tuple[Any, ...]
Paths = Mapping[Key, str | None]
NOTHING_OPENED: Final[Paths] = MappingProxyType({})
SHOWN: Final = ALL.without_pending()
# A key is destroyed with everything under it, seen or not, and a changed unit's staff are accused by all that waits.
SEEING_PENDING: Final = frozenset(map(ElevationReason, ("public_intake", "receipt", "retention", "unit_change")))


@asynccontextmanager
async def elevated(session: AsyncSession, reason: ElevationReason) -> AsyncIterator[None]:
    """Act beyond the session's scope inside its transaction, for one named reason.

    What was loaded or written beyond the scope is gone from the session afterwards; what a membership had opened before
    stays, unless it moved. An error rolls back.
    """
    sync = scoped_session(session.sync_session)
    former = sync.scope
    ELEVATIONS.labels(reason).inc()
    await session.flush()
    opened = {key: path for key, (_, path) in _loaded(sync).items()}
    await _rescope(session, sync, ALL if former.sees_pending or reason in SEEING_PENDING else SHOWN)
    try:
        yield
        await _rescope(session, sync, former, opened)
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


def _loaded(sync: ScopedSession) -> dict[Key, tuple[Scoped, str | None]]:
    """Each loaded row with its path. An expired row is read again before it shows anything, within the new scope."""
    rows = ((inspect(row), row) for row in scoped_rows(sync.identity_map.values()))
    return {state.key: (row, state.dict.get("org_path")) for state, row in rows if state.key is not None}


async def _rescope(session: AsyncSession, sync: ScopedSession, scope: Scope, opened: Paths = NOTHING_OPENED) -> None:
    await session.flush()
    for key, (row, path) in _loaded(sync).items():
        if path is not None and path != opened.get(key) and not scope.reads(type(row)).holds(path):
            sync.expunge(row)
    sync.rebind(scope)
    if session.in_transaction() and sync.get_bind().dialect.name == "postgresql":
        await session.run_sync(lambda own: set_settings(Session.connection(own), settings_of(scope)))
