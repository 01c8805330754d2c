"""What a report counts over: the units, the days, and the moment as of which facts are known."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, bindparam

from app.core.time import start_of
from app.security.access.scope import Range

VALUES: Final = ("unit_id", "lo", "hi", "first", "last", "since", "until", "cut_off", "at", "school_year")
# Lists, of which a statement has a clause only where they are given.
LISTS: Final = ("own", "came_down", "standing")


@dataclass(frozen=True, slots=True)
class Bounds:
    """An extent as a source's SELECT has it: values, or names of parameters. A list that is not given is None."""

    unit_id: Any
    lo: Any
    hi: Any
    first: Any
    last: Any
    since: Any
    until: Any
    cut_off: Any
    at: Any
    school_year: Any
    own: Any = None
    came_down: Any = None
    standing: Any = None

    @classmethod
    def named(cls, lists: Collection[str]) -> "Bounds":
        values: dict[str, Any] = {name: bindparam(name) for name in VALUES}
        return cls(**values, **{name: bindparam(name, expanding=True) for name in lists})

    def covers(self, path: SQLColumnExpression[str]) -> ColumnElement[bool]:
        """Within the extent."""
        within = self.ranges(path)
        return within if self.own is None else and_(within, path.in_(self.own))

    def ranges(self, path: SQLColumnExpression[str]) -> ColumnElement[bool]:
        """Within the unit's whole range, of which the extent may be a part."""
        return and_(path >= self.lo, path < self.hi)


@dataclass(frozen=True, slots=True)
class Extent:
    """The reporting unit's range, never a reader's, and its period.

    `cut_off` is never in the future: facts recorded later are unknown to it. `at` is the moment of counting. `own`
    narrows the range to some paths: what no report below counts.
    """

    unit_id: UUID
    within: Range
    first: date
    last: date
    cut_off: datetime
    at: datetime
    school_year: str
    own: frozenset[str] | None = None
    # The incidents that came down since the cut-off and count here; None before they were looked up.
    came_down: frozenset[UUID] | None = None
    # The incidents that stand for their events, where that is decided otherwise than by this extent.
    standing: frozenset[UUID] | None = None

    def only(self, paths: Collection[str]) -> "Extent":
        return replace(self, own=frozenset(paths))

    @property
    def lists(self) -> tuple[str, ...]:
        """Those that are given: what shapes a statement. Raises LookupError for an extent that was not looked up."""
        if self.came_down is None:
            raise LookupError("what came down since the cut-off was not looked up")
        given = {"own": self.own is not None, "came_down": bool(self.came_down), "standing": self.standing is not None}
        return tuple(name for name in LISTS if given[name])

    def values(self) -> dict[str, Any]:
        """What a statement of the same lists runs with."""
        known = {name: getattr(self, name) for name in ("unit_id", "first", "last", "cut_off", "at", "school_year")}
        ranged = {"lo": self.within.lo, "hi": self.within.hi}
        days = {"since": start_of(self.first), "until": start_of(self.last + timedelta(days=1))}
        return known | ranged | days | {name: sorted(getattr(self, name)) for name in self.lists}

    def bounds(self) -> Bounds:
        return Bounds(**self.values())
