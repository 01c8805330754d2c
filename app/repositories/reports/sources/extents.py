"""What a report counts over: the units, the days, and the moment as of which facts are known."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, and_

from app.core.time import start_of
from app.security.access.scope import Range


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
    # Those that came down since the cut-off and count here, where they were looked up before: a plan without them is
    # one by the range alone.
    came_down: frozenset[UUID] | None = None
    # The incidents that stand for their events, where that is decided otherwise than by this extent.
    standing: frozenset[UUID] | None = None

    @property
    def since(self) -> datetime:
        return start_of(self.first)

    @property
    def until(self) -> datetime:
        """The midnight after the last day."""
        return start_of(self.last + timedelta(days=1))

    def covers(self, path: SQLColumnExpression[str]) -> ColumnElement[bool]:
        within = self.within.covers(path)
        return within if self.own is None else and_(within, path.in_(sorted(self.own)))

    def only(self, paths: Collection[str]) -> "Extent":
        return replace(self, own=frozenset(paths))
