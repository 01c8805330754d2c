"""What lists of cases have in common to ask for."""

from dataclasses import dataclass
from datetime import UTC, datetime
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


def hour_of_change(since: datetime) -> datetime:
    """The hour from which rows of anonymous callers count as changed since a moment.

    What staff could not see at that moment was sent after the moment of the grid before it. Only stored
    hours decide, so the answer shows no more than they do.
    """
    return whole_hour(max(since, FIRST) - GRID - LONGEST_COMMIT)
