"""Signing in and out: passwords, second factors, refresh tokens, client credentials."""

import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.core import problems
from app.core.database import ConstraintError, StaleRowError
from app.core.ids import new_id
from app.core.problems import TOO_MANY_REQUESTS, Problem, invalid
from app.core.text import fold, normal
from app.models.accounts import (
    Client,
    LoginThrottle,
    RefreshToken,
    SignIn,
    SubjectKind,
    User,
)
from app.repositories.accounts import ClientRepository, SignInRepository, UserRepository
from app.security.access.elevation import ElevationReason
from app.security.crypto import one_time_codes
from app.security.crypto.passwords import MAX_LENGTH, MIN_LENGTH
from app.security.crypto.successors import open_successor, seal_successor
from app.services.accounts.authenticator import pending_of
from app.services.accounts.principal_cache import forget_after_commit
from app.services.accounts.problems import BAD_CREDENTIALS, OTP_REQUIRED
from app.services.platform.unit_of_work import UnitOfWork

FREE_FAILURES = 5
LONGEST_BLOCK_S = 300
FORGIVEN_AFTER = timedelta(hours=1)
CLIENT_SESSION = timedelta(minutes=15)
RANDOM_BYTES = 32
# How long a used refresh token is answered again, for a client that lost the first answer.
REPEATED_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str
    expires_in: int
    refresh_token: str | None = None
    pending: str | None = None


def digest(secret: str) -> str:
    """The digest of a secret of 256 random bits, which needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class AuthService:
    """Use cases of signing in (RFC 9700, OAuth 2.0 Security Best Current Practice)."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.users = UserRepository(work.session)
        self.clients = ClientRepository(work.session)
        self.sign_ins = SignInRepository(work.session)

    async def sign_in(self, username: str, password: str, otp: str | None, device: str | None) -> Tokens:
        """Count the attempt. Raises `bad_credentials` or `otp_required` (401), `too_many_requests` (429)."""
        name = self.name(username)
        await self.count_attempt(name)
        async with self.work.elevated(ElevationReason.SIGN_IN):
            user = await self.users.admitted_by_username(name, self.work.today)
        await self.work.release()
        password_hash = user.password_hash if user else None
        if not await self.work.runtime.passwords.verify(password, password_hash) or user is None:
            self.work.audit_action("sign_in_refused", user.id if user else None)
            await self.work.commit()
            raise BAD_CREDENTIALS()
        if user.totp_enrolled_at is not None:
            if not otp:
                await self._uncount(name)
                await self.work.commit()
                raise OTP_REQUIRED()
            await self._check_otp(user.id, otp)
        async with self.work.elevated(ElevationReason.SIGN_IN):
            await self._check_unchanged(user.id, password_hash, user.epoch)
        await self.forget_attempts(name)
        return self._open(user, device)

    async def refresh(self, token: str) -> Tokens:
        """Exchange a refresh token for new tokens. Raises `bad_credentials` (401).

        A second use within `REPEATED_WITHIN` answers with the same successor as long as that is unused: the first
        answer may be lost on the way. Any other second use ends the session (RFC 9700 section 4.14).
        """
        async with self.work.elevated(ElevationReason.SIGN_IN):
            sign_in = await self.sign_ins.family(digest(token))
            used = await self.sign_ins.refresh_token(digest(token))
            user = await self.users.find_admitted(sign_in.subject_id, self.work.today) if sign_in else None
        if used is None or sign_in is None or user is None:
            raise BAD_CREDENTIALS()
        if used.used_at is not None:
            return await self._repeat(user, sign_in, used, token)
        if not self._is_live(sign_in, used):
            raise BAD_CREDENTIALS()
        await self.sign_ins.forget_successor(sign_in.id)
        used.used_at = sign_in.last_used_at = self.work.now
        successor = self._new_refresh_token(sign_in)
        used.successor_sealed = seal_successor(token, successor)
        return self._tokens(user, sign_in, successor)

    async def _repeat(self, user: User, sign_in: SignIn, used: RefreshToken, token: str) -> Tokens:
        is_lost = used.used_at is not None and self.work.now - used.used_at <= REPEATED_WITHIN
        if used.successor_sealed is not None and is_lost and self._is_live(sign_in, used):
            return self._tokens(user, sign_in, open_successor(token, used.successor_sealed))
        sign_in.revoked_at = sign_in.revoked_at or self.work.now
        forget_after_commit(self.work, user.id)
        await self.work.commit()
        raise BAD_CREDENTIALS()

    def _is_live(self, sign_in: SignIn, token: RefreshToken) -> bool:
        return sign_in.revoked_at is None and min(sign_in.expires_at, token.expires_at) > self.work.now

    async def client_credentials(self, client_id: UUID | None, secret: str) -> tuple[Tokens, tuple[str, ...]]:
        """RFC 6749 section 4.4. Raises `bad_credentials` (401); timing hides whether the client exists."""
        async with self.work.elevated(ElevationReason.SIGN_IN):
            client = await self.clients.find_admitted(client_id, self.work.today) if client_id else None
        expected = client.secret_digest if client else digest(secrets.token_hex())
        matches = hmac.compare_digest(digest(secret), expected)
        if client is None or not matches:
            raise BAD_CREDENTIALS()
        sign_in = self._begin(client.id, SubjectKind.CLIENT, CLIENT_SESSION, None)
        return self._tokens(client, sign_in, None), tuple(client.scopes)

    async def sign_out(self) -> None:
        await self.revoke(self.work.actor.sign_in_id)

    async def sign_out_everywhere(self) -> None:
        await self._end_sessions(self.work.actor.id)

    async def revoke(self, sign_in_id: UUID) -> None:
        """End one of the caller's own sessions; raises `not_found` (404) for another account's."""
        sign_in = await self.sign_ins.get(sign_in_id)
        if sign_in.subject_id != self.work.actor.id:
            raise problems.NOT_FOUND()
        sign_in.revoked_at = self.work.now
        forget_after_commit(self.work, sign_in.subject_id)

    async def own_sessions(self) -> list[SignIn]:
        return await self.sign_ins.of_subject(self.work.actor.id, self.work.now)

    async def change_password(self, old: str, new: str) -> Tokens:
        """Ends every other session.

        Raises `invalid` (422) for a wrong old or a weak new password, `too_many_requests` (429): an open session
        allows no more guesses than the sign-in.
        """
        async with self.work.elevated(ElevationReason.SIGN_IN):
            user = await self._own_account()
        name, old_hash, epoch = user.username, user.password_hash, user.epoch
        check_new_password(new, old, name)
        await self.count_attempt(name)
        await self.work.release()
        if not await self.work.runtime.passwords.verify(old, old_hash):
            raise invalid("/old_password", "wrong_password", "Mật khẩu cũ không đúng", "The old password is not right")
        if await self.work.runtime.passwords.is_guessable(new, username=name):
            raise weak()
        new_hash = await self.work.runtime.passwords.hash(new)
        async with self.work.elevated(ElevationReason.SIGN_IN):
            user = await self._check_unchanged(user.id, old_hash, epoch)
            user.password_hash = new_hash
            user.must_change_password = False
            user.epoch += 1
            await self._end_sessions(user.id)
            await self.forget_attempts(name)
        return self._open(user, None)

    async def enrol_totp(self) -> tuple[str, str]:
        """A new TOTP secret and its otpauth:// address (RFC 6238), active after confirmation."""
        async with self.work.elevated(ElevationReason.SIGN_IN):
            user = await self._own_account()
            if user.totp_enrolled_at is not None:
                raise problems.DUPLICATE()
            secret = one_time_codes.new_secret()
            user.totp_sealed = self.work.runtime.sealer.seal(secret, f"totp:{user.id}")
            return secret, one_time_codes.provisioning_uri(secret, user.username)

    async def confirm_totp(self, otp: str) -> Tokens:
        """Activate the second factor. Raises `invalid` (422) for a wrong code."""
        async with self.work.elevated(ElevationReason.SIGN_IN):
            user = await self._own_account()
            if user.totp_enrolled_at is not None or not self._otp_matches(user, otp):
                raise invalid("/otp", "wrong_code", "Mã xác thực không đúng", "The one-time code is not right")
            user.totp_enrolled_at = self.work.now
            user.epoch += 1
            await self._end_sessions(user.id)
        return self._open(user, None)

    async def _end_sessions(self, account_id: UUID) -> None:
        await self.sign_ins.revoke_all(account_id, self.work.now)
        forget_after_commit(self.work, account_id)

    async def _check_unchanged(self, user_id: UUID, password_hash: str | None, epoch: int) -> User:
        """The account, locked; raises `bad_credentials` (401) if it changed during the verification."""
        user = await self.users.locked(user_id)
        if user is None or (user.password_hash, user.epoch) != (password_hash, epoch):
            raise BAD_CREDENTIALS()
        return user

    async def _own_account(self) -> User:
        user = await self.users.find(self.work.actor.id)
        if user is None:
            raise problems.FORBIDDEN()
        return user

    async def _check_otp(self, user_id: UUID, otp: str) -> None:
        try:
            async with self.work.elevated(ElevationReason.SIGN_IN):
                user = await self.users.get(user_id)
                if not self._otp_matches(user, otp):
                    raise BAD_CREDENTIALS()
        except StaleRowError:  # a concurrent request used the same code
            raise BAD_CREDENTIALS() from None

    def _otp_matches(self, user: User, otp: str) -> bool:
        """Each code is valid for one use (RFC 6238 section 5.2)."""
        if user.totp_sealed is None:
            return False
        secret = self.work.runtime.sealer.open(user.totp_sealed, f"totp:{user.id}")
        step = one_time_codes.matching_step(secret, otp, self.work.now, user.totp_last_step)
        if step is None:
            return False
        user.totp_last_step = step
        return True

    async def count_attempt(self, name: str) -> None:
        """Count an attempt before the password is verified, so that parallel guesses get no more attempts.

        Raises `too_many_requests` (429).
        """
        throttle = await self._throttle(name)
        now = self.work.now
        if throttle.blocked_until is not None and throttle.blocked_until > now:
            wait = int((throttle.blocked_until - now).total_seconds()) + 1
            raise TOO_MANY_REQUESTS(headers={"Retry-After": str(wait)})
        lapsed = throttle.updated_at < now - FORGIVEN_AFTER
        throttle.failures = 1 if lapsed else throttle.failures + 1
        throttle.updated_at = now
        beyond = throttle.failures - FREE_FAILURES
        if beyond >= 0:
            throttle.blocked_until = now + timedelta(seconds=min(2 ** (beyond + 2), LONGEST_BLOCK_S))

    async def _uncount(self, name: str) -> None:
        """Remove an attempt with the right password; earlier failures still count."""
        throttle = await self._throttle(name)
        throttle.failures -= 1
        throttle.blocked_until = None

    async def _throttle(self, name: str) -> LoginThrottle:
        key = self._throttle_key(name)
        while (throttle := await self.sign_ins.throttle(key)) is None:
            with suppress(ConstraintError):  # a concurrent attempt inserted the row
                async with self.work.session.begin_nested():
                    self.sign_ins.add(LoginThrottle(digest=key, updated_at=self.work.now))
        return throttle

    async def forget_attempts(self, name: str) -> None:
        """After the right secret."""
        await self.sign_ins.forget_throttle(self._throttle_key(name))

    @staticmethod
    def name(username: str) -> str:
        """A username as it is stored and counted."""
        return fold(username)

    def _throttle_key(self, name: str) -> str:
        return hmac.digest(self.work.runtime.ring.secret("throttle"), name.encode(), "sha256").hex()

    def _open(self, user: User, device: str | None) -> Tokens:
        lifetime = timedelta(days=self.work.runtime.settings.refresh_absolute_days)
        sign_in = self._begin(user.id, SubjectKind.USER, lifetime, device)
        return self._tokens(user, sign_in, self._new_refresh_token(sign_in))

    def _begin(self, subject: UUID, kind: SubjectKind, lifetime: timedelta, device: str | None) -> SignIn:
        now = self.work.now
        sign_in = SignIn(
            id=new_id(),
            subject_id=subject,
            subject_kind=kind,
            device=device,
            created_at=now,
            last_used_at=now,
            expires_at=now + lifetime,
        )
        self.sign_ins.add(sign_in)
        return sign_in

    def _new_refresh_token(self, sign_in: SignIn) -> str:
        refresh = secrets.token_urlsafe(RANDOM_BYTES)
        idle = timedelta(days=self.work.runtime.settings.refresh_idle_days)
        self.sign_ins.add(
            RefreshToken(
                digest=digest(refresh), sign_in_id=sign_in.id, issued_at=self.work.now, expires_at=self.work.now + idle
            )
        )
        return refresh

    def _tokens(self, account: User | Client, sign_in: SignIn, refresh: str | None) -> Tokens:
        scopes = account.scopes if isinstance(account, Client) else ()
        access = self.work.runtime.tokens.mint(
            subject=account.id,
            client_id=str(account.id) if isinstance(account, Client) else "first-party",
            session_id=sign_in.id,
            epoch=account.epoch,
            now=self.work.now,
            scope=tuple(sorted(scopes)),
        )
        return Tokens(access, self.work.runtime.settings.access_token_s, refresh, pending_of(account))


def weak() -> Problem:
    """A 422 for a password that is easy to guess."""
    return invalid("/new_password", "password_weak", "Mật khẩu này dễ đoán", "The password is easy to guess")


def check_new_password(new: str, old: str | None, username: str) -> None:
    """Length over composition (NIST SP 800-63B section 5.1.1.2). Raises `invalid` (422)."""
    if not MIN_LENGTH <= len(normal(new)) <= MAX_LENGTH:
        raise invalid(
            "/new_password",
            "password_length",
            f"Mật khẩu cần từ {MIN_LENGTH} ký tự",
            f"Use at least {MIN_LENGTH} characters",
        )
    if old is not None and normal(new) == normal(old):
        raise invalid("/new_password", "password_unchanged", "Mật khẩu mới trùng mật khẩu cũ", "It is the old password")
    if username in fold(new):
        raise weak()
