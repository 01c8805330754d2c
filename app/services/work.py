"""A unit of work: one principal, one scope, one transaction, one instant.

It commits once, after the answer is rendered and before it is sent, so that an Idempotency-Key's answer lies in the
same transaction as what it answers for. An error rolls everything back.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.core import clock
from app.core.code_list_cache import CodeListCache
from app.core.paging import Cursors
from app.core.settings import Settings
from app.integrations.vault import Vault
from app.security.keys import KeyRing
from app.security.passwords import Passwords
from app.security.principal import Principal
from app.security.proofs import Proofs
from app.security.scope import Reason, Scope, ScopedSession, bound_session, widened
from app.security.sealing import Sealer
from app.security.tokens import TokenService
from app.services.uploads import Reception


@dataclass(frozen=True, slots=True)
class Runtime:
    """What lives as long as the process. `reader` is `engine` for transactions that write nothing."""

    settings: Settings
    engine: AsyncEngine
    reader: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    ring: KeyRing
    tokens: TokenService
    passwords: Passwords
    sealer: Sealer
    cursors: Cursors
    proofs: Proofs
    vault: Vault
    reception: Reception
    schema_head: str
    code_lists: CodeListCache = field(default_factory=CodeListCache)

    @asynccontextmanager
    async def work(
        self, scope: Scope, principal: Principal | None = None, *, write: bool = True
    ) -> AsyncIterator["Work"]:
        """A unit of work bound to `scope`; rolls back unless `commit` was called."""
        async with self.sessions(bind=self.engine if write else self.reader) as session:
            yield Work(bound_session(session, scope), scope, principal, self)


class Work:
    def __init__(self, session: AsyncSession, scope: Scope, principal: Principal | None, runtime: Runtime) -> None:
        self.session = session
        self.scope = scope
        self.runtime = runtime
        self.now: datetime = clock.utc_now()
        self._principal = principal

    @property
    def today(self) -> date:
        return clock.local_date(self.now)

    @property
    def actor(self) -> Principal:
        """Who acts. Only use cases of signed-in principals ask."""
        if self._principal is None:
            raise LookupError("nobody is signed in")
        return self._principal

    @property
    def actor_id(self) -> UUID | None:
        return self._principal.id if self._principal else None

    @property
    def actor_role(self) -> str | None:
        return self._principal.role if self._principal else None

    def widened(self, reason: Reason) -> AbstractAsyncContextManager[None]:
        return widened(self.session, reason)

    async def flush(self) -> None:
        await self.session.flush()

    async def commit(self) -> None:
        await self.session.commit()


def session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, sync_session_class=ScopedSession, expire_on_commit=False)
