"""Who is asking, as read from the database for this request; nothing in a token is believed beyond its ids."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.core.scoping import AccessClass, Tier
from app.security.access.roles import MATRIX, Act, Resource, Role, RoleRights, scope_name


class Pending(StrEnum):
    """What stands between a sign-in and the work."""

    PASSWORD_CHANGE = "password_change"  # noqa: S105 — a state, not a password
    TOTP_ENROLMENT = "totp_enrolment"


@dataclass(frozen=True, slots=True)
class Principal:
    id: UUID
    role: Role
    unit_id: UUID
    org_path: str
    sign_in_id: UUID
    name: str
    pending: Pending | None = None
    scopes: frozenset[str] | None = None
    former_units: frozenset[UUID] = frozenset()
    epoch: int = 0

    @property
    def rights(self) -> RoleRights:
        return MATRIX[self.role]

    def tier(self, access_class: AccessClass) -> Tier:
        """How much the caller sees of the rows of its own line."""
        return self.rights.tier(access_class)

    @property
    def case_tier(self) -> Tier:
        """How much the caller sees of the cases of its own line."""
        return self.tier(AccessClass.CASE)

    def may(self, act: Act, resource: Resource) -> bool:
        if (act, resource) not in self.rights.acts:
            return False
        return self.scopes is None or resource is Resource.SELF or scope_name(act, resource) in self.scopes
