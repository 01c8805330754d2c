"""Calendar months."""

from calendar import monthrange
from datetime import date

MONTH = r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$"
"""A requested month, such as 2027-01: ASCII digits, and a year that leaves room for date arithmetic."""


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of a shorter month (Civil Code art. 148)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
