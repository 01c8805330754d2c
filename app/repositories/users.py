"""Accounts, their sessions and throttles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, update

from app.models.users import Client, LoginThrottle, RefreshToken, SignIn, User
from app.repositories.base import Repository


class UserRepository(Repository[User]):
    model = User

    async def by_username(self, username: str) -> User | None:
        found: User | None = await self.session.scalar(self.select().where(User.username == username))
        return found

    def listed(self, *, unit_id: UUID | None, role: str | None) -> Select[User]:
        query = self.select()
        if unit_id is not None:
            query = query.where(User.unit_id == unit_id)
        return query if role is None else query.where(User.role == role)


class ClientRepository(Repository[Client]):
    model = Client


class SignInRepository(Repository[SignIn]):
    model = SignIn

    async def of_subject(self, subject_id: UUID, now: datetime) -> list[SignIn]:
        live = self.select().where(
            SignIn.subject_id == subject_id, SignIn.revoked_at.is_(None), SignIn.expires_at > now
        )
        return list(await self.session.scalars(live.order_by(SignIn.id.desc())))

    async def revoke_all(self, subject_id: UUID, now: datetime) -> None:
        await self.session.execute(
            update(SignIn).where(SignIn.subject_id == subject_id, SignIn.revoked_at.is_(None)).values(revoked_at=now)
        )

    async def refresh_token(self, digest: str) -> RefreshToken | None:
        """Locked, so that two uses of one token cannot both be the first."""
        found: RefreshToken | None = await self.session.scalar(
            select(RefreshToken).where(RefreshToken.digest == digest).with_for_update()
        )
        return found

    async def throttle(self, digest: str) -> LoginThrottle | None:
        found: LoginThrottle | None = await self.session.scalar(
            select(LoginThrottle).where(LoginThrottle.digest == digest)
        )
        return found
