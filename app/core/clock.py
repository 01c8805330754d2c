"""Time: stored in UTC, counted and shown in Việt Nam's (the plan's dates are local dates)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — here alone


def today() -> date:
    return local_date(utc_now())


def local_date(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()
