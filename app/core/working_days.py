"""Working days of Viet Nam: statutory holidays, swapped days, and days that an authority announces."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from app.core.time import local_date, start_of

if TYPE_CHECKING:
    from holidays import HolidayBase

EDITION = f"holidays {version('holidays')}"


@lru_cache(maxsize=1)
def _official() -> "HolidayBase":
    import holidays

    return holidays.country_holidays("VN", language="vi")


def is_working_day(day: date, announced: Mapping[date, bool]) -> bool:
    """`announced` overrides the library: swapped days are decided each year, after its release."""
    known = announced.get(day)
    return _official().is_working_day(day) if known is None else known


def holiday_name(day: date) -> str | None:
    name: str | None = _official().get(day)
    return name


def next_working_day(day: date, announced: Mapping[date, bool]) -> date:
    """`day` itself if it is a working day, else the first one after it (Civil Code art. 148.5)."""
    while not is_working_day(day, announced):
        day += timedelta(days=1)
    return day


def working_day_from(day: date, shift: int, announced: Mapping[date, bool]) -> date:
    """The working day that is `shift` working days after `day`, or before it where `shift` is negative."""
    step = timedelta(days=1 if shift > 0 else -1)
    while shift:
        day += step
        shift -= step.days * is_working_day(day, announced)
    return day


def end_of_day(day: date) -> datetime:
    """The last moment of a day in Việt Nam, in UTC."""
    return (start_of(day + timedelta(days=1)) - timedelta(microseconds=1)).astimezone(UTC)


def end_of_working_days(start: datetime, count: int, announced: Mapping[date, bool]) -> datetime:
    """The end, in UTC, of the `count`-th working day after `start` (Civil Code arts. 147, 148)."""
    day = local_date(start)
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, announced)
    return start_of(day + timedelta(days=1)).astimezone(UTC)
