"""Accounts, their sessions and throttles."""

from collections.abc import Collection
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, select, update

from app.core.filters import ListFilter
from app.core.scoping import AccessClass, Tier
from app.core.vocabulary import AccountStatus
from app.models.accounts import Client, LoginThrottle, RefreshToken, SignIn, User
from app.models.units import Unit
from app.repositories.base import Repository
from app.repositories.filters import of_unit
from app.security.access.listings import Filters
from app.security.access.roles import MATRIX, Reach

A = TypeVar("A", bound=User | Client)


class AccountRepository(Repository[A]):
    """Queries common to users and clients: accounts that may sign in."""

    def admitted(self, day: date) -> Select[A]:
        """Active accounts of units that are not closed on `day`."""
        closed = exists().where(Unit.id == self.model.unit_id, Unit.closed_on <= day)
        return self.select().where(self.model.status == AccountStatus.ACTIVE, ~closed)

    async def find_admitted(self, key: UUID, day: date) -> A | None:
        return await self.first(self.admitted(day).where(self.model.id == key))


class UserRepository(AccountRepository[User]):
    model = User

    async def admitted_by_username(self, username: str, day: date) -> User | None:
        return await self.first(self.admitted(day).where(User.username == username))

    async def locked(self, key: UUID) -> User | None:
        """The user, reloaded and locked until the transaction ends."""
        query = self.select().where(User.id == key).with_for_update().execution_options(populate_existing=True)
        return await self.first(query)

    async def by_usernames(self, usernames: Collection[str]) -> dict[str, User]:
        query = self.select().where(User.username.in_(usernames))
        return {each.username: each for each in await self.rows(query)}

    async def waiting_for_activation(self, user_ids: Collection[UUID]) -> list[User]:
        """Those of the accounts that may sign in once they are activated, locked until the transaction ends."""
        waiting = (User.invited_at.is_not(None), User.status == AccountStatus.ACTIVE)
        query = self.select().where(User.id.in_(user_ids), *waiting).order_by(User.id).with_for_update()
        return await self.rows(query.execution_options(populate_existing=True))

    async def active(self, unit_id: UUID, role: str) -> list[UUID]:
        """Who has a role at a unit and may sign in."""
        query = select(User.id).where(User.unit_id == unit_id, User.role == role, User.status == AccountStatus.ACTIVE)
        return await self.rows(query.order_by(User.id))

    async def reads_cases(self, unit_id: UUID) -> bool:
        """Whether anybody of the unit who may sign in sees the cases it holds."""
        case, seeing = AccessClass.CASE, (Reach.SUBTREE, Tier.IDENTITIES)
        roles = [role for role, has in MATRIX.items() if (has.reach(case), has.tier(case)) == seeing]
        active = self.select().where(User.unit_id == unit_id, User.role.in_(roles), User.status == AccountStatus.ACTIVE)
        return await self.exists(active)

    def listed(self, at: ListFilter, *, role: tuple[str, ...]) -> Select[User]:
        asked = Filters({**at.values, "role": role})
        return self.select().where(*of_unit(asked, User.unit_id), *asked.among(role=User.role))


class ClientRepository(AccountRepository[Client]):
    model = Client


class SignInRepository(Repository[SignIn]):
    model = SignIn

    async def of_subject(self, subject_id: UUID, now: datetime) -> list[SignIn]:
        live = self.select().where(
            SignIn.subject_id == subject_id, SignIn.revoked_at.is_(None), SignIn.expires_at > now
        )
        return await self.rows(live.order_by(SignIn.id.desc()))

    async def revoke_all(self, subject_id: UUID, now: datetime) -> None:
        await self.session.execute(
            update(SignIn).where(SignIn.subject_id == subject_id, SignIn.revoked_at.is_(None)).values(revoked_at=now)
        )

    async def family(self, digest: str) -> SignIn | None:
        """The session of a refresh token, locked: uses of its tokens are judged one by one."""
        of_token = select(RefreshToken.sign_in_id).where(RefreshToken.digest == digest)
        return await self.first(self.select().where(SignIn.id.in_(of_token)).with_for_update())

    async def refresh_token(self, digest: str) -> RefreshToken | None:
        return await self.first(select(RefreshToken).where(RefreshToken.digest == digest))

    async def forget_successor(self, sign_in_id: UUID) -> None:
        """Delete the sealed successor of a family, which is used now."""
        await self._forget_successors(RefreshToken.sign_in_id == sign_in_id)

    async def forget_successors_before(self, moment: datetime) -> None:
        await self._forget_successors(RefreshToken.used_at < moment)

    async def _forget_successors(self, which: ColumnElement[bool]) -> None:
        sealed = update(RefreshToken).where(RefreshToken.successor_sealed.is_not(None), which)
        await self.session.execute(sealed.values(successor_sealed=None))

    async def throttle(self, digest: str) -> LoginThrottle | None:
        """Locked, so that attempts at one name are counted one by one."""
        return await self.first(select(LoginThrottle).where(LoginThrottle.digest == digest).with_for_update())

    async def forget_throttle(self, digest: str) -> None:
        await self.session.execute(delete(LoginThrottle).where(LoginThrottle.digest == digest))

    async def forget_before(self, expired: datetime, throttled: datetime) -> None:
        ended = select(SignIn.id).where(SignIn.expires_at < expired)
        await self.session.execute(delete(RefreshToken).where(RefreshToken.sign_in_id.in_(ended)))
        await self.session.execute(delete(SignIn).where(SignIn.expires_at < expired))
        await self.session.execute(delete(LoginThrottle).where(LoginThrottle.updated_at < throttled))
