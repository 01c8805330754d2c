"""Acting beyond a session's scope for a named reason, or within a part of it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from prometheus_client import Counter
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from app.models.base import Scoped
from app.security.access.criteria import ScopeError
from app.security.access.scope import ALL, Scope, ScopedSession, scoped_rows, scoped_session
from app.security.access.settings import set_settings, settings_of


class ElevationReason(StrEnum):
    """Why code may act beyond one principal's scope. Each use is counted, and kept in the audit log."""

    SIGN_IN = "sign_in"
    PUBLIC_INTAKE = "public_intake"
    RECEIPT = "receipt"
    ACCUSED_ROUTING = "accused_routing"
    FOREIGN_INTAKE = "foreign_intake"
    BREAK_GLASS = "break_glass"
    ACCESS_VIEW = "access_view"
    ACCOUNT_NOTICE = "account_notice"
    NOTICE = "notice"
    RETENTION = "retention"
    PARTNER_ANSWER = "partner_answer"
    ACCOUNT_MOVE = "account_move"
    AUDIT_PROOF = "audit_proof"
    AUDIT_SUBJECT = "audit_subject"
    NOTICE_PREVIEW = "notice_preview"
    MERGED_EVENT = "merged_event"
    UNIT_CHANGE = "unit_change"
    REPORT_FIGURES = "report_figures"
    REPORT_CHAIN = "report_chain"
    TEMPLATE_USE = "template_use"
    LEARNER_FIGURES = "learner_figures"
    LEARNER_LOOKUP = "learner_lookup"
    COMMITMENT_FIGURES = "commitment_figures"
    COMMITMENT_SLIP = "commitment_slip"
    COMMITMENT_REMINDERS = "commitment_reminders"
    LEARNER_LINK = "learner_link"
    LEARNER_PROTECTION = "learner_protection"
    LEARNER_TRANSFER = "learner_transfer"
    UPLOAD_PLACE = "upload_place"
    USERNAMES = "usernames"


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
    stays, unless it moved or what was written meanwhile closed it. An error rolls back.

    Raises ScopeError where a savepoint outlives it: rolled back, it would bring back the settings of the elevation.
    """
    sync = scoped_session(session.sync_session)
    former = sync.scope
    ELEVATIONS.labels(reason).inc()
    await session.flush()
    opened = {key: path for key, (_, path) in _loaded(sync).items()}
    savepoints, writes = _savepoints(sync), sync.writes
    await _rescope(session, sync, ALL if former.sees_pending or reason in SEEING_PENDING else SHOWN)
    try:
        yield
        _refuse_new(savepoints, sync)
        await _rescope(session, sync, former, opened)
        if sync.writes > writes:
            await _forget_closed(session, sync)
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


def _refuse_new(savepoints: set[SessionTransaction], sync: ScopedSession) -> None:
    if not _savepoints(sync) <= savepoints:
        raise ScopeError("a savepoint outlives the elevation in which it began")


def _savepoints(sync: ScopedSession) -> set[SessionTransaction]:
    found, each = set[SessionTransaction](), sync.get_nested_transaction()
    while each is not None and each.nested:
        found.add(each)
        each = each.parent
    return found


async def bound_to(session: AsyncSession, scope: Scope) -> None:
    """For a job that acts for an account: bind the rest of the transaction to the account's scope."""
    await _rescope(session, scoped_session(session.sync_session), scope)


def _loaded(sync: ScopedSession) -> dict[Key, tuple[Scoped, str | None]]:
    """Each row that shows anything, with its path. An expired one is read again before, within the new scope."""
    rows = ((inspect(row), row) for row in scoped_rows(sync.identity_map.values()))
    shown = ((state, row) for state, row in rows if not state.dict.keys().isdisjoint(state.mapper.column_attrs.keys()))
    return {state.key: (row, state.dict.get("org_path")) for state, row in shown if state.key is not None}


async def _rescope(session: AsyncSession, sync: ScopedSession, scope: Scope, opened: Paths = NOTHING_OPENED) -> None:
    await session.flush()
    for key, (row, path) in _loaded(sync).items():
        if key in opened and path == opened[key]:
            continue
        # Part of a row, without its path, may be anybody's.
        if path is None or not scope.reads(type(row)).holds(path):
            sync.expunge(row)
    sync.rebind(scope)
    if session.in_transaction() and sync.get_bind().dialect.name == "postgresql":
        await session.run_sync(lambda own: set_settings(Session.connection(own), settings_of(scope)))


async def _forget_closed(session: AsyncSession, sync: ScopedSession) -> None:
    """Let go of the rows beyond the ranges that no membership opens any more."""
    beyond: dict[type[Scoped], dict[Any, Scoped]] = {}
    for (_, (identity,), *_), (row, path) in _loaded(sync).items():
        if path is None or not sync.scope.reads(type(row)).holds(path):
            beyond.setdefault(type(row), {})[identity] = row
    for model, rows in beyond.items():
        mapper = inspect(model)
        key = mapper.get_property_by_column(mapper.primary_key[0]).class_attribute
        opened = set(await session.scalars(select(key).where(key.in_(rows))))
        for identity in rows.keys() - opened:
            sync.expunge(rows[identity])
