"""Time: stored in UTC, counted and displayed in Viet Nam time (the dates of the law are local dates)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
# What anonymous callers do becomes visible at these moments of each hour (docs/security.md).
GRID = timedelta(minutes=15)
# A commit that ends after its moment of the grid would be seen to be late.
LONGEST_COMMIT = timedelta(seconds=30)


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — here alone


def today() -> date:
    return local_date(utc_now())


def whole_hour(moment: datetime) -> datetime:
    """Truncated to the hour: the precision with which staff see what anonymous callers did."""
    return moment.replace(minute=0, second=0, microsecond=0)


def grid_line(moment: datetime) -> datetime:
    """The last moment of the grid."""
    hour = whole_hour(moment)
    return hour + (moment - hour) // GRID * GRID


def next_grid_line(moment: datetime) -> datetime:
    """The first moment of the grid by which a transaction of this moment has ended."""
    return grid_line(moment + LONGEST_COMMIT) + GRID


@dataclass(frozen=True, slots=True)
class CoarseTime:
    """All that is stored of when an anonymous caller acted: the hour, and from when staff see it."""

    hour: datetime
    visible_from: datetime

    @classmethod
    def of(cls, moment: datetime, *, at_once: bool) -> "CoarseTime":
        """`at_once` is for immediate danger: visible since the last moment of the grid."""
        return cls(whole_hour(moment), grid_line(moment) if at_once else next_grid_line(moment))


def start_of(day: date) -> datetime:
    """Midnight in Việt Nam, at which the day begins."""
    return datetime.combine(day, time(), VIETNAM)


def local_date(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()
