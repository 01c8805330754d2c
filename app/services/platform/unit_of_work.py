"""A unit of work: one principal, one scope, one transaction, one instant.

A request commits after its answer is rendered and before it is sent, so that the answer of an Idempotency-Key is in
the same transaction as its effects. An error rolls everything back. A use case commits what must survive an error (a
refused sign-in), and releases the connection before a wait (a slow hash, a resolver, the pause of an anonymous
request); a helper does neither.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from app.core import time
from app.core.database import ConstraintError, DatabaseSession, Engine, SessionFactory
from app.core.ids import id_of_hour
from app.core.paging import Cursors
from app.core.problems import FORBIDDEN
from app.core.settings import Settings
from app.documents.renderer import Renderer
from app.integrations.files import FileStore
from app.models.base import Base, Scoped
from app.security.access.elevation import ElevationReason, bound_to, elevated, narrowed
from app.security.access.flush import changes_of
from app.security.access.principal import Principal
from app.security.access.scope import Scope, ScopedSession, bound_session
from app.security.audit.trail import Trace, notice, trace_of
from app.security.crypto.keys import KeyRing
from app.security.crypto.passwords import Passwords
from app.security.crypto.sealing import Sealer
from app.security.crypto.shred_ledger import ShredLedger
from app.security.crypto.tokens import TokenService
from app.security.crypto.vault import DataCipher, Vault
from app.security.receipts.proof_of_work import ProofOfWork
from app.services.platform.audit_entries import ROOT, Occasion, build_audit_entry
from app.services.platform.reception import Reception

C = TypeVar("C")


class OutdatedCacheError(Exception):
    """A constraint refused a remembered value. It is forgotten, and the use case runs once more."""

    def __init__(self, remembered: Iterable[Callable[[], None]]) -> None:
        super().__init__()
        for forget in remembered:
            forget()


@dataclass(frozen=True, slots=True)
class Runtime:
    """Objects with the lifetime of the process; `reader` is the engine for read-only transactions."""

    settings: Settings
    engine: Engine
    reader: Engine
    sessions: SessionFactory
    ring: KeyRing
    tokens: TokenService
    passwords: Passwords
    sealer: Sealer
    vault: Vault
    ledger: ShredLedger
    cursors: Cursors
    proof_of_work: ProofOfWork
    files: FileStore
    reception: Reception
    renderer: Renderer
    # A long report must not keep a hotline waiting for its sheet.
    report_renderer: Renderer
    schema_head: str
    # Called with the new path in the transaction that moves a unit (setup/hooks.py).
    unit_moved: Sequence[Callable[["UnitOfWork", str], Awaitable[None]]]
    # Called with the id of a unit in the transaction that closes it.
    unit_closed: Sequence[Callable[["UnitOfWork", UUID], Awaitable[None]]]
    _caches: dict[type[Any], Any] = field(default_factory=dict)

    async def close(self) -> None:
        """Close every connection that is free; one in use is closed when it comes back. New ones may be opened."""
        await self.engine.dispose()
        await self.reader.dispose()

    def cache(self, kind: type[C]) -> C:
        """The only cache of this class in the process, created on first use."""
        if kind not in self._caches:
            self._caches[kind] = kind()
        return cast("C", self._caches[kind])

    @asynccontextmanager
    async def work(
        self, scope: Scope, principal: Principal | None = None, *, write: bool = True
    ) -> AsyncIterator["UnitOfWork"]:
        """A unit of work bound to `scope`; rolls back unless `commit` was called."""
        async with self.sessions(bind=self.engine if write else self.reader) as opened:
            session = bound_session(opened, scope)
            session.info.update(vault=self.vault, ciphers={})
            yield UnitOfWork(session, scope, principal, self, writes=write)


class UnitOfWork:
    def __init__(
        self,
        session: DatabaseSession,
        scope: Scope,
        principal: Principal | None,
        runtime: Runtime,
        *,
        writes: bool = True,
    ) -> None:
        self.session = session
        self.scope = scope
        self.runtime = runtime
        self.now: datetime = time.utc_now()
        self.operation = "maintenance"
        self.request_id: str | None = None
        self._principal = principal
        self._writes = writes
        self._after_commit: list[Callable[[], None]] = []
        self._remembered: list[Callable[[], None]] = []

    @property
    def today(self) -> date:
        return time.local_date(self.now)

    @property
    def actor(self) -> Principal:
        """The signed-in principal. Raises LookupError without one."""
        if self._principal is None:
            raise LookupError("nobody is signed in")
        return self._principal

    @property
    def actor_id(self) -> UUID | None:
        return self._principal.id if self._principal else None

    @property
    def actor_role(self) -> str | None:
        return self._principal.role if self._principal else None

    def new_cipher(self, coarse: time.CoarseTime | None = None) -> DataCipher:
        """A new data key, stored in this transaction, for a new case or compartment."""
        if coarse is None:
            key, cipher = self.runtime.vault.new_key(self.now)
        else:
            key, cipher = self.runtime.vault.new_key(coarse.hour, id_of_hour(coarse.hour))
        self.session.add(key)
        return cipher

    def check_writable(self, row: Scoped) -> None:
        """Raises `forbidden` (403) for a row that is only shared with the caller: a grant is read-only."""
        if not self.scope.writes(type(row)).holds(row.org_path):
            raise FORBIDDEN()

    def elevated(self, reason: ElevationReason) -> AbstractAsyncContextManager[None]:
        if not (trace := trace_of(self.session)).is_weighing:
            trace.elevated.append(reason)
        return elevated(self.session, reason)

    @contextmanager
    def weighing(self) -> Iterator[None]:
        """What is read within it decides what the caller may do; its words go into no answer, so no view counts."""
        trace = trace_of(self.session)
        trace.is_weighing = True
        try:
            yield
        finally:
            trace.is_weighing = False

    def list_elsewhere(self, act: str, record_id: UUID) -> None:
        """For many writes at once, such as an upload's: the record lists them, and the audit entry names it alone."""
        trace_of(self.session).is_listed_elsewhere = True
        self.audit_action(act, record_id)

    def audit_subject(self, record_id: UUID) -> None:
        """The audit entry is about a record, and is found by it."""
        trace_of(self.session).others.add(record_id)

    def audit_beyond_units(self) -> None:
        """For a job that writes for units that may not hear of one another: its audit entry lies with none of them."""
        trace_of(self.session).paths.insert(0, ROOT)

    def without_pending(self) -> AbstractAsyncContextManager[None]:
        return narrowed(self.session, Scope.without_pending)

    def at_own_unit(self) -> AbstractAsyncContextManager[None]:
        """Read what the caller's own unit holds, without the units below and what is shared with it."""
        own = self.actor.org_path
        return narrowed(self.session, lambda scope: scope.at_unit(own))

    def within_unit(self, org_path: str) -> AbstractAsyncContextManager[None]:
        """For a job about one unit: reach no other, and let the database look at the rows of that one alone."""
        return narrowed(self.session, lambda scope: scope.within_unit(org_path))

    async def act_as(self, principal: Principal) -> None:
        """For a job: act for the account that asked for it, within its scope, until the transaction ends."""
        self.scope, self._principal = Scope.of(principal), principal
        await bound_to(self.session, self.scope)

    async def flush(self) -> None:
        await self.session.flush()

    async def commit(self) -> None:
        """Commit the changes and their audit entry in one transaction, and what is new in one flush.

        Raises OutdatedCacheError if a remembered value broke a constraint.
        """
        self._add_audit_entry()
        try:
            await self.session.flush()
        finally:
            trace_of(self.session).clear()
        try:
            await self.session.commit()
        except ConstraintError as error:
            if self._remembered:
                # The next attempt needs the connection, and on SQLite the writer's lock.
                await self.session.rollback()
                raise OutdatedCacheError(self._remembered) from error
            raise
        while self._after_commit:
            self._after_commit.pop()()

    async def release(self) -> None:
        """Commit and return the connection to the pool before a wait."""
        await self.commit()

    async def commit_read(self) -> None:
        """Commit the audit entry of a read before its answer; without the entry there is no answer."""
        if not trace_of(self.session):
            return
        if self._writes or self.runtime.settings.is_postgres:
            await self.commit()
            return
        # SQLite's reader cannot become its writer.
        async with self.runtime.work(self.scope, self._principal) as other:
            other.operation, other.request_id = self.operation, self.request_id
            other.session.info["trace"] = trace_of(self.session)
            await other.commit()

    def after_commit(self, act: Callable[[], None]) -> None:
        """Run a callback in this process after the commit; not after a rollback."""
        self._after_commit.append(act)

    def rests_on(self, forget: Callable[[], None]) -> None:
        """Say that the transaction uses a remembered value, which a constraint checks; `forget` clears it."""
        self._remembered.append(forget)

    def audit_action(self, act: str, subject: UUID | None = None) -> None:
        """Record an action without a row in the audit log, such as a refused sign-in."""
        trace_of(self.session).acts.append({"act": act} | ({"subject": str(subject)} if subject else {}))

    def audit_view(self, rows: Iterable[Base]) -> None:
        """Record a view of personal data outside the encrypted fields of a case in the audit log."""
        trace_of(self.session).saw(rows)

    def trace(self) -> Trace:
        """What this transaction opened and wrote, with what its next flush will write."""
        trace = trace_of(self.session)
        session = cast("ScopedSession", self.session.sync_session)
        notice(session, changes_of(session))
        return trace

    def _add_audit_entry(self) -> None:
        trace = self.trace()
        if trace:
            occasion = Occasion(self._principal, self.now, self.operation, self.request_id)
            entry, subjects = build_audit_entry(occasion, trace)
            self.session.add_all([entry, *subjects])
            trace.is_complete = True


def session_factory(engine: Engine) -> SessionFactory:
    return SessionFactory(engine, sync_session_class=ScopedSession, expire_on_commit=False)
