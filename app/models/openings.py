"""How a caller reaches a row beside the range of its path: the row names the caller, or a membership opens it.

A model declares it once in `__opened_by__`. The guard and row-level security are both made of the declaration, with
other expressions for the caller (decision 0009).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Date, FromClause, MetaData, false, or_, select

from app.core.scoping import Tier

Columns = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as SQL: bound values in the guard, settings of the transaction in row-level security."""

    unit: ColumnElement[UUID] | None
    user: ColumnElement[UUID] | None
    now: ColumnElement[datetime]
    today: ColumnElement[date]


class Opening(Protocol):
    """One way to a row. `writes` says whether it opens the row for writing too."""

    @property
    def writes(self) -> bool: ...

    @property
    def columns(self) -> frozenset[str]:
        """The row's own columns on which it depends whom the row is opened to."""
        ...

    def opens(self, column: Columns, caller: Caller, metadata: MetaData) -> ColumnElement[bool]: ...


@dataclass(frozen=True, slots=True)
class Named:
    """The row itself names the caller's unit or the caller."""

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
    """A row of `table` names the caller, and by its `key` what the row's `column` names.

    It counts from `since` on and before `until`, where these columns hold a day or an instant, while `ended` is null,
    and from the value `least` of the column `rank` on.
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


def _names(column: Columns, unit: str | None, user: str | None, caller: Caller) -> ColumnElement[bool]:
    # Each only where there is one: to compare with None is to ask for IS NULL.
    units = [column(unit) == caller.unit] if unit is not None and caller.unit is not None else []
    users = [column(user) == caller.user] if user is not None and caller.user is not None else []
    return or_(false(), *units, *users)


def shared_from(least: Tier, incident: str = "incident_id") -> tuple[Opening, ...]:
    """Opened by a share of its incident of at least this tier; `incident` is the column that names the incident."""
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
