"""Due days: by the rules of a kind of period, and the moment until which a report is in time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from app.core.time import local_date
from app.core.working_days import end_of_day, end_of_working_days, next_working_day, working_day_from
from app.models.reports.rules import ReportDueRule

Announced = Mapping[date, bool]
NEXT_WORKING_DAY: Final = "next_working_day"
# Between the cut-off and the due day: Decree 09/2019/NĐ-CP.
CUT_OFF_WORKING_DAYS: Final = 1


@dataclass(frozen=True, slots=True)
class Due:
    """By when units of a kind report; `requested_on` is a wish."""

    kind: str
    due_on: date
    requested_on: date | None
    day_off: str

    def at(self, announced: Announced) -> datetime:
        """The last moment in time."""
        return due_at(self.due_on, self.day_off, announced)

    @property
    def stored(self) -> dict[str, Any]:
        requested = self.requested_on.isoformat() if self.requested_on else None
        return {
            "kinds": [self.kind],
            "due_on": self.due_on.isoformat(),
            "requested_on": requested,
            "day_off": self.day_off,
        }


def due_at(day: date, day_off: str, announced: Announced) -> datetime:
    """The last moment in time in +07:00; a day off moves it by its rule (Civil Code art. 148.5)."""
    return end_of_day(next_working_day(day, announced) if day_off == NEXT_WORKING_DAY else day)


def stored_dues(dues: Iterable[Mapping[str, Any]]) -> list[Due]:
    """The dues of a period, one for each kind of unit."""
    return [
        Due(
            kind,
            date.fromisoformat(each["due_on"]),
            date.fromisoformat(each["requested_on"]) if each["requested_on"] else None,
            each["day_off"],
        )
        for each in dues
        for kind in each["kinds"]
    ]


def dues_by_rule(rules: Iterable[ReportDueRule], after: date) -> list[Due]:
    """The due days of the rules that name one: the first such day on `after` or later."""
    named = ((rule, rule.month, rule.day) for rule in rules)
    return [
        Due(rule.unit_kind, _first(month, day, after), None, rule.day_off)
        for rule, month, day in named
        if month is not None and day is not None
    ]


def latest_cut_off(first_due: datetime, announced: Announced) -> datetime:
    """The last cut-off that leaves a working day before the first due day."""
    last = working_day_from(local_date(first_due), -CUT_OFF_WORKING_DAYS, announced)
    return end_of_day(last).astimezone(UTC)


def is_cut_off_early(cut_off: datetime, first_due: datetime, announced: Announced) -> bool:
    """Whether a working day lies between the cut-off and the first due moment."""
    if cut_off >= first_due:
        return False
    return end_of_working_days(cut_off, CUT_OFF_WORKING_DAYS, announced) <= first_due + timedelta(microseconds=1)


def _first(month: int, day: int, after: date) -> date:
    found = date(after.year, month, day)
    return found if found >= after else date(after.year + 1, month, day)
