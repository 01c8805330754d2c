"""Working days of Việt Nam: weekends, Tết, swapped days, 24 November, and what is announced later."""

from datetime import date, datetime

import pytest

from app.core.time import VIETNAM
from app.core.working_days import end_of_working_days, holiday_name, is_working_day


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-03-02T09:00", 5, "2026-03-10T00:00"),  # Monday: the five days after it, over one weekend
        ("2026-03-06T23:59", 1, "2026-03-10T00:00"),  # Friday night: the day of receipt does not count
        ("2026-03-07T00:01", 1, "2026-03-10T00:00"),  # Saturday
        ("2026-02-13T10:00", 5, "2026-02-28T00:00"),  # over Tết, 16 to 20 February
        ("2026-11-23T10:00", 1, "2026-11-26T00:00"),  # over 24 November, a holiday since 2026
        ("2025-11-23T10:00", 1, "2025-11-25T00:00"),  # which it was not in 2025
        ("2026-08-21T10:00", 1, "2026-08-23T00:00"),  # Saturday 22 August is worked for Monday 31 August
    ],
)
def test_working_days_end_at_midnight_of_the_last(start: str, count: int, end: str) -> None:
    assert end_of_working_days(at(start), count, {}) == at(end)


def test_day_is_in_vietnam_time_in_any_zone() -> None:
    evening_in_utc = datetime.fromisoformat("2026-03-01T18:00:00+00:00")
    assert end_of_working_days(evening_in_utc, 1, {}) == at("2026-03-04T00:00")


def test_an_announced_day_wins_over_the_calendar() -> None:
    announced = {date(2026, 3, 3): False, date(2026, 3, 7): True}
    assert end_of_working_days(at("2026-03-02T09:00"), 1, announced) == at("2026-03-05T00:00")
    assert end_of_working_days(at("2026-03-06T09:00"), 1, announced) == at("2026-03-08T00:00")


def test_holidays_have_vietnamese_names() -> None:
    assert holiday_name(date(2026, 11, 24)) == "Ngày Văn hóa Việt Nam"
    assert holiday_name(date(2026, 11, 25)) is None
    assert not is_working_day(date(2027, 2, 8), {})
