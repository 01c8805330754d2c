"""Statements that are built and judged once and run with the values of each session's own scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import BindParameter, Select, Uuid, bindparam

from app.core.scoping import AccessClass
from app.security.access.criteria import Path, ScopeError, Terms
from app.security.access.statements import Names

PREFIX: Final = "scope_"
FORMER_UNITS: Final = f"{PREFIX}former_units"


class Ranged(Protocol):
    @property
    def ends(self) -> tuple[str, str] | None: ...


class Reached(Protocol):
    """What a scope says of one access class."""

    @property
    def read(self) -> Ranged: ...

    @property
    def write(self) -> Ranged: ...

    @property
    def unit_id(self) -> UUID | None: ...

    @property
    def user_id(self) -> UUID | None: ...


class Scoping(Protocol):
    """What of a scope its statements are made of: what it reaches of each class, in their order."""

    @property
    def accesses(self) -> Sequence[Reached]: ...

    @property
    def former_units(self) -> frozenset[UUID]: ...

    @property
    def sees_pending(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a scope decides how its criteria read: for each class whether a range, a unit, a user is there."""

    present: tuple[tuple[bool, bool, bool], ...]
    former_units: bool
    sees_pending: bool

    @classmethod
    def of(cls, scope: Scoping) -> "Shape":
        return cls(tuple(map(_present, scope.accesses)), bool(scope.former_units), scope.sees_pending)

    def terms(self, access_class: AccessClass) -> Terms:
        """Names for the values that a session fills in. Nothing here is written by a prepared statement."""
        ranged, unit, user = self.present[list(AccessClass).index(access_class)]
        return Terms(
            read=_ends(access_class) if ranged else None,
            write=None,
            unit=_named(_unit(access_class)) if unit else None,
            user=_named(_user(access_class)) if user else None,
            former_units=bindparam(FORMER_UNITS, expanding=True, type_=Uuid()) if self.former_units else None,
            sees_pending=self.sees_pending,
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement of a shape, and the values that it asks for beside the scope's."""

    statement: Select[Any]
    shape: Shape
    named: Names

    def filled(self, scope: Scoping, given: object) -> dict[str, Any]:
        """The parameters to run with. Raises ScopeError for a scope of another shape, and for a value of the scope."""
        if Shape.of(scope) != self.shape:
            raise ScopeError("a statement prepared for scopes of another shape")
        own = _values(scope)
        if given is None:
            return own
        if not isinstance(given, Mapping) or not self.named.issuperset(given):
            raise ScopeError("a value that the list does not ask for")
        return {**given, **own}


def _present(access: Reached) -> tuple[bool, bool, bool]:
    return access.read.ends is not None, access.unit_id is not None, access.user_id is not None


def _ends(access_class: AccessClass) -> tuple[Path, Path]:
    return bindparam(f"{PREFIX}{access_class}_lo"), bindparam(f"{PREFIX}{access_class}_hi")


def _unit(access_class: AccessClass) -> str:
    return f"{PREFIX}{access_class}_unit"


def _user(access_class: AccessClass) -> str:
    return f"{PREFIX}{access_class}_user"


def _named(name: str) -> BindParameter[UUID]:
    return bindparam(name, type_=Uuid())


def _values(scope: Scoping) -> dict[str, Any]:
    values: dict[str, Any] = {FORMER_UNITS: list(scope.former_units)} if scope.former_units else {}
    for access_class, access in zip(AccessClass, scope.accesses, strict=True):
        if access.read.ends is not None:
            values[f"{PREFIX}{access_class}_lo"], values[f"{PREFIX}{access_class}_hi"] = access.read.ends
        values[_unit(access_class)], values[_user(access_class)] = access.unit_id, access.user_id
    return values
