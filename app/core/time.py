"""Time: stored in UTC, counted and displayed in Viet Nam time (the dates of the law are local dates)."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — here alone


def today() -> date:
    return local_date(utc_now())


def whole_hour(moment: datetime) -> datetime:
    """Truncated to the hour: the precision with which staff see what anonymous callers did."""
    return moment.replace(minute=0, second=0, microsecond=0)


def start_of(day: date) -> datetime:
    """Midnight in Việt Nam, at which the day begins."""
    return datetime.combine(day, time(), VIETNAM)


def local_date(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()
