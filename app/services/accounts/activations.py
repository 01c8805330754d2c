"""Accounts activated without mail: by a printed code that works once, for which its holder sets the password."""

import hmac
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.core.ids import new_id
from app.models.accounts import User
from app.repositories.accounts import UserRepository
from app.security.access.elevation import ElevationReason
from app.security.crypto.activation_codes import activation_digest, new_activation_code
from app.services.accounts.auth import AuthService, check_new_password, weak
from app.services.accounts.principal_cache import forget_after_commit
from app.services.accounts.problems import BAD_CREDENTIALS
from app.services.platform.unit_of_work import UnitOfWork

KEY: Final = "activation-codes"


class ActivationService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.users = UserRepository(work.session)

    async def issue(self, user_ids: Collection[UUID]) -> Sequence[tuple[User, str]]:
        """A new code for each of the accounts that wait for activation. The codes that they had end."""
        expires_at = self.work.now + timedelta(days=self.work.runtime.settings.activation_days)
        issued = []
        for user in await self.users.waiting_for_activation(user_ids):
            code = new_activation_code()
            user.activation_digest, user.activation_expires_at = self._digest(code), expires_at
            issued.append((user, code))
        await self.work.flush()
        return issued

    async def activate(self, username: str, code: str, password: str) -> None:
        """Set the first own password, by the rules of a change of password. Each code works once.

        Every attempt counts as one to sign in. Raises `too_many_requests` (429), `invalid` (422) for a weak password,
        `bad_credentials` (401) alike for an unknown name and a code that is wrong, used, expired or withdrawn.
        """
        auth = AuthService(self.work)
        name = auth.name(username)
        check_new_password(password, None, name)
        await auth.count_attempt(name)
        await self.work.release()
        # Before the code is looked at, so that all answers take the same time.
        is_guessable = await self.work.runtime.passwords.is_guessable(password, username=name)
        password_hash = await self.work.runtime.passwords.hash(password)
        async with self.work.elevated(ElevationReason.SIGN_IN):
            found = await self.users.admitted_by_username(name, self.work.today)
            user = await self.users.locked(found.id if found is not None else new_id())
            is_right = self._matches(user, code)
            if user is not None and is_right and not is_guessable:
                _set_password(user, password_hash)
                await auth.forget_attempts(name)
        user_id = user.id if user is not None else None
        self.work.audit_action("account_activated" if is_right and not is_guessable else "activation_refused", user_id)
        if user_id is None or not is_right:
            await self.work.commit()
            raise BAD_CREDENTIALS()
        if is_guessable:
            raise weak()
        forget_after_commit(self.work, user_id)

    def _matches(self, user: User | None, code: str) -> bool:
        """Unused and in time. The digests are compared in constant time."""
        known = user.activation_digest if user is not None else None
        is_same = hmac.compare_digest(self._digest(code), known or self._digest(new_activation_code()))
        expires_at = user.activation_expires_at if user is not None else None
        return is_same and expires_at is not None and expires_at > self.work.now

    def _digest(self, code: str) -> str:
        return activation_digest(code, self.work.runtime.ring.secret(KEY))


def _set_password(user: User, password_hash: str) -> None:
    user.password_hash, user.must_change_password = password_hash, False
    user.epoch += 1
    end_invitation(user)


def end_invitation(user: User) -> None:
    """No code activates the account from now on."""
    user.invited_at = user.activation_digest = user.activation_expires_at = None
