"""What lists of cases have in common to ask for."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from app.core.time import GRID, LONGEST_COMMIT, whole_hour

# Nothing was recorded before, and a moment near the first of the calendar has none before it.
FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ListFilter:
    """`unit_id` is the unit of the case, with `below` also those that stand below it."""

    unit_id: UUID | None = None
    below: bool = False
    updated_since: datetime | None = None

    @property
    def values(self) -> dict[str, object]:
        """By the names of a list's statement; what is not asked for is None."""
        hour = None if self.updated_since is None else hour_of_change(self.updated_since)
        return {
            "unit_id": self.unit_id,
            "below": self.below or None,
            "updated_since": self.updated_since,
            "updated_hour": hour,
        }


UNFILTERED = ListFilter()


class OwnFilter(Protocol):
    """What one list asks for beside: a dataclass whose other fields have the names of the list's statement."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def common(self) -> ListFilter: ...


def values_of(wanted: OwnFilter) -> dict[str, object]:
    """All that a list is asked for, by the names of its statement."""
    own = ((each.name, getattr(wanted, each.name)) for each in fields(wanted))
    return {name: value for name, value in own if value is not wanted.common} | wanted.common.values


def hour_of_change(since: datetime) -> datetime:
    """The hour from which rows of anonymous callers count as changed since a moment.

    What staff could not see at that moment was sent after the moment of the grid before it. Only stored
    hours decide, so the answer shows no more than they do.
    """
    return whole_hour(max(since, FIRST) - GRID - LONGEST_COMMIT)
