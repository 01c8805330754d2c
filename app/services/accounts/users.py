"""User and client accounts, managed by administrators of their unit or of a unit above."""

import secrets
from collections.abc import Collection, Set
from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.database import ConstraintError
from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.core.problems import DUPLICATE, FORBIDDEN, invalid
from app.core.scoping import AccessClass
from app.core.vocabulary import AccountStatus
from app.models.accounts import Client, User
from app.models.notices.kinds import NoticeSpec
from app.models.units import Unit
from app.repositories.accounts import ClientRepository, SignInRepository, UserRepository
from app.repositories.learners.classes import ClassTeacherRepository
from app.repositories.sharing.grants import GrantRepository
from app.repositories.units import UnitRepository
from app.schemas.accounts.users import ClientIn, UserIn, UserPatch
from app.security.access.elevation import ElevationReason
from app.security.access.roles import (
    CASE_SCOPES,
    CLIENT_ROLES,
    MATRIX,
    Act,
    Reach,
    Resource,
    Role,
    client_role,
    client_scopes,
)
from app.security.crypto.passwords import first_password
from app.services.accounts.activations import end_invitation
from app.services.accounts.auth import RANDOM_BYTES, digest
from app.services.accounts.notices import ACCOUNT_ADMINISTERS, ACCOUNT_SEES_CASES, CLIENT_SEES_CASES
from app.services.accounts.principal_cache import forget_after_commit
from app.services.notices.notices import NoticeService
from app.services.platform.scoping import own_unit
from app.services.platform.unit_of_work import UnitOfWork

# In the audit log: somebody was told so, of any unit.
USERNAMES_IN_USE: Final = "usernames_in_use"


class UserService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.users = UserRepository(work.session)
        self.sign_ins = SignInRepository(work.session)
        self.units = UnitRepository(work.session)

    async def page(self, page: PageRequest, at: ListFilter, *, role: tuple[str, ...]) -> Page[User]:
        users = await self.users.page(self.users.listed(at, role=role), page)
        self.work.audit_view(users.items)
        return users

    async def get(self, user_id: UUID) -> User:
        user = await self.users.get(user_id)
        self.work.audit_view([user])
        return user

    async def create(self, data: UserIn) -> tuple[User, str]:
        """An account and its first password, shown once. Raises `duplicate` (409) for a username in use."""
        unit = await own_unit(self.units, self.work, data.unit_id)
        _check_level(data.role, unit)
        if is_taken := bool(await self.in_use([data.username])):
            self.work.audit_action(USERNAMES_IN_USE)
        await self.work.release()
        if is_taken:
            raise DUPLICATE()
        password, hashed = await self._first_password()
        return await self._add(data, unit, hashed), password

    async def in_use(self, usernames: Collection[str]) -> Set[str]:
        """Those of the names that an account of any unit has."""
        async with self.work.elevated(ElevationReason.USERNAMES):
            return (await self.users.by_usernames(usernames)).keys()

    async def invite(self, data: UserIn) -> User:
        """An account that waits for activation by a printed code. Raises as `create`."""
        unit = await own_unit(self.units, self.work, data.unit_id)
        _check_level(data.role, unit)
        return await self._add(data, unit, self.work.runtime.passwords.unusable(), invited_at=self.work.now)

    async def invite_again(self, user: User, data: UserIn) -> None:
        """Invite an account whose invitation was withdrawn. Raises `invalid` (422)."""
        unit = await own_unit(self.units, self.work, data.unit_id)
        _check_level(data.role, unit)
        user.role, user.full_name, user.unit_id, user.org_path = data.role, data.full_name, unit.id, unit.org_path
        user.status, user.invited_at, user.invitation_withdrawn_at = AccountStatus.ACTIVE, self.work.now, None
        user.epoch += 1
        await self.work.flush()
        await self._notify(user, unit, "created")

    async def withdraw(self, user: User) -> None:
        """Withdraw an invitation: nobody can activate the account, which stays suspended."""
        end_invitation(user)
        user.status, user.invitation_withdrawn_at = AccountStatus.SUSPENDED, self.work.now
        await self._end_sessions(user)
        await self.work.flush()

    async def _add(self, data: UserIn, unit: Unit, password_hash: str, invited_at: datetime | None = None) -> User:
        user = User(
            unit_id=unit.id,
            org_path=unit.org_path,
            username=data.username,
            full_name=data.full_name,
            role=data.role,
            password_hash=password_hash,
            created_at=self.work.now,
            invited_at=invited_at,
        )
        self.users.add(user)
        try:
            await self.work.flush()
        except ConstraintError as error:
            raise DUPLICATE() from error
        await self._notify(user, unit, "created")
        return user

    async def change(self, user: User, patch: UserPatch) -> User:
        """Apply a merge-patch. Raises `forbidden` (403) for the own account, `invalid` (422)."""
        self._check_not_self(user)
        # A closed unit admits no new accounts, but its own can still be suspended.
        unit = await (own_unit(self.units, self.work, patch.unit_id) if patch.unit_id else self.units.get(user.unit_id))
        role = patch.role or Role(user.role)
        _check_level(role, unit)
        before = (user.role, user.unit_id, user.status)
        user.role, user.unit_id, user.org_path = role, unit.id, unit.org_path
        user.full_name = patch.full_name or user.full_name
        user.status = patch.status or user.status
        if before != (user.role, user.unit_id, user.status):
            await self._end_sessions(user)
        if before[:2] != (user.role, user.unit_id):
            await self._notify(user, unit, "changed")
        elif user.status == AccountStatus.ACTIVE and before[2] != user.status:
            await self._notify(user, unit, "reactivated")
        if before[1] != user.unit_id:
            user.former_unit_ids = sorted({*user.former_unit_ids, str(before[1])} - {str(user.unit_id)})
            # A grant is for a member of the former unit, and so is a class.
            async with self.work.elevated(ElevationReason.ACCOUNT_MOVE):
                await GrantRepository(self.work.session).revoke_of(user.id)
                await ClassTeacherRepository(self.work.session).end_of(user.id, self.work.today)
        await self.work.flush()
        return user

    async def _notify(self, user: User, unit: Unit, act: str) -> None:
        """Notify the unit and the level above of every account that gets access to cases or accounts."""
        if kind := await self._notice_of(user, unit):
            data = {"user_id": str(user.id), "role": user.role, "act": act, "by": str(self.work.actor.id)}
            await NoticeService(self.work).notify_line(unit.org_path, kind, None, data)

    async def _notice_of(self, user: User, unit: Unit) -> NoticeSpec | None:
        """Which notice the account triggers; None for one that opens no case and that nothing is shared with."""
        rights = MATRIX[Role(user.role)]
        if (Act.MANAGE, Resource.USER) in rights.acts:
            return ACCOUNT_ADMINISTERS
        if (Act.CREATE, Resource.EMERGENCY_ACCESS) in rights.acts:
            return ACCOUNT_SEES_CASES
        if rights.reach(AccessClass.CASE) is Reach.GRANTED:
            async with self.work.elevated(ElevationReason.ACCOUNT_NOTICE):
                shared = await GrantRepository(self.work.session).shares_with(user.id, unit.id)
            return ACCOUNT_SEES_CASES if shared else None
        return ACCOUNT_SEES_CASES if rights.reach(AccessClass.CASE) is Reach.SUBTREE else None

    async def reset_password(self, user: User) -> str:
        """A new first password; also removes the second factor, which is enrolled again.

        The administrator could sign in with it, so the same notice goes out as for a new account.
        """
        self._check_not_self(user)
        await self.work.release()
        password, user.password_hash = await self._first_password()
        user.must_change_password = True
        end_invitation(user)
        user.totp_sealed = user.totp_enrolled_at = None
        user.totp_last_step = 0
        await self._end_sessions(user)
        await self._notify(user, await self.units.get(user.unit_id), "password_reset")
        await self.work.flush()
        return password

    async def _first_password(self) -> tuple[str, str]:
        """A password and its slow hash; call it without a database connection."""
        password = first_password()
        return password, await self.work.runtime.passwords.hash(password)

    async def _end_sessions(self, user: User) -> None:
        user.epoch += 1
        await self.sign_ins.revoke_all(user.id, self.work.now)
        forget_after_commit(self.work, user.id)

    def _check_not_self(self, user: User) -> None:
        if user.id == self.work.actor.id:
            raise FORBIDDEN()


class ClientService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.clients = ClientRepository(work.session)
        self.units = UnitRepository(work.session)

    async def page(self, page: PageRequest) -> Page[Client]:
        return await self.clients.page(self.clients.select(), page)

    async def get(self, client_id: UUID) -> Client:
        return await self.clients.get(client_id)

    async def create(self, data: ClientIn) -> tuple[Client, str]:
        """A client and its secret, shown once. Raises `invalid` (422) for a scope outside the role matrix."""
        unit = await own_unit(self.units, self.work, data.unit_id)
        allowed = client_scopes(client_role(unit.kind))
        for i, scope in enumerate(data.scopes):
            if scope not in allowed:
                text = ("Loại đơn vị này không có quyền ấy", "Clients of this kind of unit have no such scope")
                raise invalid(f"/scopes/{i}", "unknown_scope", *text, allowed=tuple(sorted(allowed)))
        secret = secrets.token_urlsafe(RANDOM_BYTES)
        client = Client(
            unit_id=unit.id,
            org_path=unit.org_path,
            name=data.name,
            secret_digest=digest(secret),
            scopes=sorted(set(data.scopes)),
            created_at=self.work.now,
        )
        self.clients.add(client)
        await self.work.flush()
        if opened := CASE_SCOPES.intersection(client.scopes):
            by = str(self.work.actor.id)
            data_of_notice = {"client_id": str(client.id), "scopes": sorted(opened), "act": "created", "by": by}
            await NoticeService(self.work).notify_line(unit.org_path, CLIENT_SEES_CASES, None, data_of_notice)
        return client, secret

    async def suspend(self, client: Client) -> None:
        """End a client at once and permanently."""
        client.status = AccountStatus.SUSPENDED
        client.epoch += 1
        await SignInRepository(self.work.session).revoke_all(client.id, self.work.now)
        forget_after_commit(self.work, client.id)
        await self.work.flush()


def _check_level(role: Role, unit: Unit) -> None:
    if role in CLIENT_ROLES or unit.kind not in MATRIX[role].levels:
        raise invalid("/role", "role_not_of_level", "Vai trò không thuộc cấp này", "The role is not of this level")
