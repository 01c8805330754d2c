"""How a caller reaches a row outside the range of its path: the row names the caller, or a membership opens it.

A model declares it once in `__opened_by__`. The guard and row-level security are both generated from it, each with its
own expressions for the caller (decision 0009).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Date, FromClause, MetaData, false, or_, select

from app.core.scoping import Tier

Columns = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller as SQL: bound values in the guard, transaction settings in row-level security."""

    unit: ColumnElement[UUID] | None
    user: ColumnElement[UUID] | None
    now: ColumnElement[datetime]
    today: ColumnElement[date]


class Opening(Protocol):
    """One way to reach a row; `writes` also allows writing."""

    @property
    def writes(self) -> bool: ...

    @property
    def columns(self) -> frozenset[str]:
        """The row's own columns on which it depends whom the row is opened to."""
        ...

    def opens(self, column: Columns, caller: Caller, metadata: MetaData) -> ColumnElement[bool]: ...


@dataclass(frozen=True, slots=True)
class Named:
    """The row names the caller or the caller's unit."""

    unit: str | None = None
    user: str | None = None
    writes: bool = False

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(name for name in (self.unit, self.user) if name is not None)

    def opens(self, column: Columns, caller: Caller, metadata: MetaData) -> ColumnElement[bool]:  # noqa: ARG002
        return _names(column, self.unit, self.user, caller)


@dataclass(frozen=True, slots=True)
class Membership:
    """A row of `table` names the caller, and its `key` equals the `column` of the row to open.

    It applies from `since` and before `until` (columns with a day or an instant), while `ended` is null, and if the
    column `rank` is at least `least`.
    """

    column: str
    table: str
    key: str
    unit: str | None = None
    user: str | None = None
    since: str | None = None
    until: str | None = None
    ended: str | None = None
    rank: str | None = None
    least: int = 0
    writes: bool = False

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def opens(self, column: Columns, caller: Caller, metadata: MetaData) -> ColumnElement[bool]:
        members = metadata.tables[self.table].alias()
        member = members.c.__getitem__
        named = _names(member, self.unit, self.user, caller)
        of_caller = select(member(self.key)).where(named, *self._counts(members, caller))
        opened: ColumnElement[bool] = column(self.column).in_(of_caller)
        return opened

    def _counts(self, members: FromClause, caller: Caller) -> Iterator[ColumnElement[bool]]:
        def moment(name: str) -> ColumnElement[Any]:
            return caller.today if isinstance(members.c[name].type, Date) else caller.now

        if self.rank is not None:
            yield members.c[self.rank] >= self.least
        if self.ended is not None:
            yield members.c[self.ended].is_(None)
        if self.since is not None:
            yield members.c[self.since] <= moment(self.since)
        if self.until is not None:
            until = members.c[self.until]
            yield or_(until.is_(None), until > moment(self.until)) if until.nullable else until > moment(self.until)


@dataclass(frozen=True, slots=True)
class Through:
    """A row of `table` whose `key` equals the `column` of the row to open is itself opened by `way`.

    Only while the column `ended` of that row is null.
    """

    column: str
    table: str
    key: str
    way: Membership
    ended: str

    @property
    def writes(self) -> bool:
        """Never: what is reached through another table is read."""
        return False

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def opens(self, column: Columns, caller: Caller, metadata: MetaData) -> ColumnElement[bool]:
        between = metadata.tables[self.table].alias()
        opened = self.way.opens(between.c.__getitem__, caller, metadata)
        of_caller = select(between.c[self.key]).where(between.c[self.ended].is_(None), opened)
        reached: ColumnElement[bool] = column(self.column).in_(of_caller)
        return reached


def _names(column: Columns, unit: str | None, user: str | None, caller: Caller) -> ColumnElement[bool]:
    # Skip a missing value: a comparison with None becomes IS NULL.
    units = [column(unit) == caller.unit] if unit is not None and caller.unit is not None else []
    users = [column(user) == caller.user] if user is not None and caller.user is not None else []
    return or_(false(), *units, *users)


def shared_from(least: Tier, incident: str = "incident_id") -> tuple[Opening, ...]:
    """Opened by a grant of at least this tier on the incident in the column `incident`."""
    return (
        Membership(
            column=incident,
            table="case_grant",
            key="incident_id",
            unit="grantee_unit_id",
            user="grantee_user_id",
            until="expires_at",
            ended="revoked_at",
            rank="tier",
            least=int(least),
        ),
    )


def is_shared_at(ways: Iterable[Opening], tier: Tier) -> bool:
    """Whether a grant of this tier is one of the ways."""
    return any(isinstance(way, Membership) and way.least <= tier for way in ways)
