"""Authentication: from an access token to a principal with its current rights."""

import asyncio
import time
from uuid import UUID

from app.core.time import utc_now
from app.models.accounts import Client, SignIn, SubjectKind, User
from app.repositories.accounts import ClientRepository, SignInRepository, UserRepository
from app.repositories.units import UnitRepository
from app.security.access.elevation import ElevationReason
from app.security.access.principal import Pending, Principal
from app.security.access.roles import MATRIX, Role, client_role
from app.security.access.scope import Scope
from app.security.crypto.tokens import TokenError
from app.services.accounts.principal_cache import InFlight, PrincipalCache
from app.services.accounts.problems import BAD_TOKEN
from app.services.platform.unit_of_work import Runtime, UnitOfWork

MAX_CACHED = 10_000


class Authenticator:
    """Checks each token at most once per `revocation_cache_s` (≤ 1 s): a revoked token may stay valid that long."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._cache = runtime.cache(PrincipalCache)

    async def authenticate(self, token: str) -> Principal:
        """The principal behind `token`; raises `bad_token` (401) for every defect."""
        cached = self._cache.known.get(token)
        if cached is not None and cached[0] > time.monotonic():
            return cached[1]
        # Concurrent requests with one token share a single look-up.
        now, in_flight = time.monotonic(), self._cache.in_flight.get(token)
        # Never share a result that may be older than the cache allows.
        if in_flight is None or now - in_flight.began > self._runtime.settings.revocation_cache_s:
            in_flight = self._cache.in_flight[token] = InFlight(now, asyncio.create_task(self._verify(token, now)))
            in_flight.task.add_done_callback(lambda done: self._finished(token, done))
        return await asyncio.shield(in_flight.task)

    async def _verify(self, token: str, began: float) -> Principal:
        try:
            claims = self._runtime.tokens.verify(token, utc_now())
        except TokenError:
            raise BAD_TOKEN() from None
        principal = await self.load_principal(claims.subject, claims.session_id, claims.epoch)
        if len(self._cache.known) >= MAX_CACHED:
            self._cache.known.clear()
        # The monotonic clock: setting the wall clock back must not extend a revoked session.
        fresh_s = min(self._runtime.settings.revocation_cache_s, claims.expires_at - time.time())
        if self._is_newest(token, asyncio.current_task()):
            self._cache.known[token] = (began + fresh_s, principal)
        return principal

    def _finished(self, token: str, done: asyncio.Task[Principal]) -> None:
        if self._is_newest(token, done):
            del self._cache.in_flight[token]
        if not done.cancelled():
            # Retrieve the exception, or asyncio logs it as never retrieved, message included.
            done.exception()

    def _is_newest(self, token: str, task: asyncio.Task[Principal] | None) -> bool:
        """Whether the task is the latest look-up of the token and was not forgotten."""
        in_flight = self._cache.in_flight.get(token)
        return in_flight is not None and in_flight.task is task

    async def load_principal(self, subject: UUID, session_id: UUID, epoch: int) -> Principal:
        """The principal of a session as the database has it now; raises `bad_token` (401) after its end."""
        async with self._runtime.work(Scope(), write=False) as work, work.elevated(ElevationReason.SIGN_IN):
            sign_in = await SignInRepository(work.session).find(session_id)
            if sign_in is None or sign_in.subject_id != subject or not _is_live(sign_in, work):
                raise BAD_TOKEN()
            account = await self._account(work, sign_in)
            if account is None or account.epoch != epoch:
                raise BAD_TOKEN()
            return principal_of(account, await _role(work, account), sign_in.id)

    async def _account(self, work: UnitOfWork, sign_in: SignIn) -> User | Client | None:
        if sign_in.subject_kind == SubjectKind.CLIENT:
            return await ClientRepository(work.session).find_admitted(sign_in.subject_id, work.today)
        return await UserRepository(work.session).find_admitted(sign_in.subject_id, work.today)


async def principal_now(work: UnitOfWork, account_id: UUID) -> Principal | None:
    """For a job: the account with its present rights; None where it may no longer sign in."""
    user = await UserRepository(work.session).find_admitted(account_id, work.today)
    account = user or await ClientRepository(work.session).find_admitted(account_id, work.today)
    return None if account is None else principal_of(account, await _role(work, account), account_id)


def _is_live(sign_in: SignIn, work: UnitOfWork) -> bool:
    return sign_in.revoked_at is None and sign_in.expires_at > work.now


async def _role(work: UnitOfWork, account: User | Client) -> Role:
    """The role of a user, or of a client by the kind of its unit."""
    if isinstance(account, User):
        return Role(account.role)
    return client_role((await UnitRepository(work.session).get(account.unit_id)).kind)


def principal_of(account: User | Client, role: Role, sign_in_id: UUID) -> Principal:
    if isinstance(account, Client):
        return Principal(
            account.id,
            role,
            account.unit_id,
            account.org_path,
            sign_in_id,
            account.name,
            scopes=frozenset(account.scopes),
            epoch=account.epoch,
        )
    return Principal(
        id=account.id,
        role=role,
        unit_id=account.unit_id,
        org_path=account.org_path,
        sign_in_id=sign_in_id,
        name=account.full_name,
        pending=pending_of(account),
        former_units=frozenset(UUID(unit_id) for unit_id in account.former_unit_ids),
        epoch=account.epoch,
    )


def pending_of(account: User | Client) -> Pending | None:
    if isinstance(account, Client):
        return None
    if account.must_change_password:
        return Pending.PASSWORD_CHANGE
    if MATRIX[Role(account.role)].second_factor and account.totp_enrolled_at is None:
        return Pending.TOTP_ENROLMENT
    return None
