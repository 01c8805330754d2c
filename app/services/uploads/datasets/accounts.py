"""Accounts by upload: created alone, by the rules and with the notices of one that is created by hand."""

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from pydantic import ValidationError

from app.core.problems import Text
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.faults import Fault, define_fault
from app.integrations.tables.kinds import Identifier, OneOf, Value, Words
from app.integrations.tables.reading import TypedRow
from app.models.accounts import User
from app.models.units import Unit
from app.repositories.accounts import UserRepository
from app.repositories.units import UnitRepository
from app.schemas.accounts.users import UserIn
from app.security.access.roles import CLIENT_ROLES, MATRIX, Act, Resource, Role
from app.security.access.scope import Range
from app.services.accounts.users import USERNAMES_IN_USE, UserService
from app.services.uploads.contract import Change, Dataset, Fate, Outcome, Reversal, Terms, by_policy

MOST_ACCOUNTS: Final = 2_000
ROLES: Final = tuple(
    (str(role), (has.label_vi, has.label_en)) for role, has in MATRIX.items() if role not in CLIENT_ROLES
)
BAD_USERNAME: Final = define_fault(
    "bad_username",
    "Tên đăng nhập gồm 4–64 chữ thường không dấu, số và . _ -",
    "A username has 4 to 64 lower-case letters without diacritics, digits and . _ -",
)
USERNAME_IN_USE: Final = define_fault("username_in_use", "Tên đăng nhập đã có", "The username is in use")
UNKNOWN_UNIT: Final = define_fault(
    "unknown_unit", "Không có đơn vị đang hoạt động với mã này trong phạm vi", "No open unit in reach has this code"
)
ROLE_NOT_OF_LEVEL: Final = define_fault(
    "role_not_of_level", "Vai trò không thuộc cấp này", "The role is not of this level"
)


class Accounts(Dataset):
    code = "accounts"
    label = Text("Tài khoản mới, kích hoạt bằng phiếu in", "New accounts, activated with printed slips")
    keys = (("username",),)
    has_school_year = False
    rights = ((Act.MANAGE, Resource.USER),)
    most_rows = MOST_ACCOUNTS
    takes_all_or_nothing = False
    is_revertible = True
    columns = Columns(
        (
            Column(
                "username",
                Text("Tên đăng nhập", "Username"),
                Identifier(64),
                is_required=True,
                aliases=("Tài khoản", "Tên tài khoản"),
            ),
            Column("full_name", Text("Họ và tên", "Full name"), Words(200), is_required=True, aliases=("Họ tên",)),
            Column("role", Text("Vai trò", "Role"), OneOf(ROLES), is_required=True),
            Column(
                "unit_code", Text("Mã đơn vị", "Unit code"), Identifier(32), aliases=("Mã trường", "Mã cơ sở giáo dục")
            ),
        )
    )
    example: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"username": "can.bo.mau", "full_name": "Cán bộ Ví Dụ", "role": "Cán bộ phụ trách của trường"}
    )

    async def settle(self, terms: Terms, rows: Sequence[TypedRow]) -> list[Outcome]:
        """Each account is created as by hand. A row of one that exists with the same values is `same`.

        As by hand, a name beyond the caller's reach is known to be in use by who would have made the account, and the
        audit log has it.
        """
        units = await self._units(rows)
        usernames = {str(row.values["username"]) for row in rows}
        known = await UserRepository(self.work.session).by_usernames(usernames)
        taken = await UserService(self.work).in_use(usernames) if terms.writes else known.keys()
        settled = [await self._settle(terms, units.get(_unit_code(row.values)), known, taken, row) for row in rows]
        if taken - known.keys():
            self.work.audit_action(USERNAMES_IN_USE, terms.upload_id)
        return settled

    async def _settle(
        self, terms: Terms, unit: Unit | None, known: Mapping[str, User], taken: Set[str], row: TypedRow
    ) -> Outcome:
        data = _account(unit, row.values)
        if isinstance(data, Fault):
            return Outcome.refused(row.number, data)
        user = known.get(data.username)
        if user is not None and user.invitation_withdrawn_at is None and _is_same(user, data):
            return Outcome(row.number, Fate.SAME)
        if (fate := by_policy(terms.policy, exists=False)) is not None:
            return Outcome(row.number, fate)
        is_withdrawn = user is not None and user.invitation_withdrawn_at is not None
        if data.username in taken and not is_withdrawn:
            return Outcome.refused(row.number, Fault(USERNAME_IN_USE, "username"))
        if not terms.writes:
            return Outcome(row.number, Fate.CREATED)
        return await self._invite(user if is_withdrawn else None, data, row.number)

    async def _invite(self, withdrawn: User | None, data: UserIn, row: int) -> Outcome:
        service = UserService(self.work)
        if withdrawn is None:
            withdrawn = await service.invite(data)
        else:
            await service.invite_again(withdrawn, data)
        return Outcome(row, Fate.CREATED, record_id=withdrawn.id)

    async def _units(self, rows: Sequence[TypedRow]) -> dict[str, Unit]:
        """By code; without one the caller's own. A closed unit admits no account."""
        units, own = UnitRepository(self.work.session), self.work.actor
        codes = {code for row in rows if (code := _unit_code(row.values))}
        found = await units.by_codes(codes, Range.under(own.org_path), self.work.today)
        found[""] = await units.get(own.unit_id)
        return {code: unit for code, unit in found.items() if not unit.is_closed(self.work.today)}

    async def edited(self, record_ids: Collection[UUID], since: datetime) -> set[UUID]:  # noqa: ARG002 — activation ends an invitation
        """The accounts that were activated, or got a password by hand."""
        found = await UserRepository(self.work.session).by_ids(record_ids)
        return set(record_ids) - {key for key, user in found.items() if user.invited_at is not None}

    async def revert(self, changes: Sequence[Change]) -> list[Reversal]:
        """Withdraw the invitations of accounts that nobody activated."""
        found = await UserRepository(self.work.session).by_ids({change.record_id for change in changes})
        for change in changes:
            await UserService(self.work).withdraw(found[change.record_id])
        return [Reversal.REVERSED] * len(changes)


def _unit_code(values: Mapping[str, Value]) -> str:
    return str(values.get("unit_code", ""))


def _account(unit: Unit | None, values: Mapping[str, Value]) -> UserIn | Fault:
    """The account that a row asks for, or what is wrong with it."""
    if unit is None:
        return Fault(UNKNOWN_UNIT, "unit_code")
    role = Role(str(values["role"]))
    if unit.kind not in MATRIX[role].levels:
        return Fault(ROLE_NOT_OF_LEVEL, "role")
    try:
        return UserIn(username=values["username"], full_name=values["full_name"], role=role, unit_id=unit.id)
    except ValidationError:
        return Fault(BAD_USERNAME, "username")


def _is_same(user: User, data: UserIn) -> bool:
    return (user.full_name, user.role, user.unit_id) == (data.full_name, data.role, data.unit_id)
