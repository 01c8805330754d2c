"""Due days by rules, and the moment until which a report is in time."""

from datetime import UTC, date, datetime

import pytest

from app.models.reports.rules import ReportDueRule
from app.services.reports.periods.due_days import due_at, dues_by_rule, is_cut_off_early, latest_cut_off
from tests.factories.report_periods import end_of


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2025, 8, 1), date(2025, 8, 1)),
        (date(2026, 8, 1), date(2026, 8, 3)),  # a Saturday
        (date(2027, 8, 1), date(2027, 8, 2)),  # a Sunday
        (date(2026, 9, 2), date(2026, 9, 3)),  # the national day
    ],
)
def test_a_day_off_moves_to_the_next_working_day(day: date, moved: date) -> None:
    assert due_at(day, "next_working_day", {}) == end_of(moved)
    assert due_at(day, "same_day", {}) == end_of(day)


def test_an_announced_day_counts_as_announced() -> None:
    saturday = date(2026, 8, 22)
    assert due_at(saturday, "next_working_day", {saturday: True}) == end_of(saturday)
    assert due_at(date(2026, 8, 3), "next_working_day", {date(2026, 8, 3): False}) == end_of(date(2026, 8, 4))


def test_the_moment_is_the_last_microsecond_in_viet_nam() -> None:
    assert due_at(date(2025, 8, 1), "same_day", {}) == datetime(2025, 8, 1, 16, 59, 59, 999_999, tzinfo=UTC)


def test_the_cut_off_leaves_a_working_day() -> None:
    due = due_at(date(2027, 8, 1), "next_working_day", {})
    latest = latest_cut_off(due, {})
    assert latest == end_of(date(2027, 7, 30))
    assert is_cut_off_early(latest, due, {})
    assert is_cut_off_early(end_of(date(2027, 8, 1)), due, {}), "a weekend adds no working day"
    assert not is_cut_off_early(datetime(2027, 8, 2, tzinfo=UTC), due, {})


@pytest.mark.parametrize(
    ("after", "due_on"),
    [
        (date(2027, 7, 15), date(2027, 8, 1)),
        (date(2027, 8, 1), date(2027, 8, 1)),
        (date(2027, 8, 2), date(2028, 8, 1)),
    ],
)
def test_a_rule_names_the_next_such_day_after_the_period(after: date, due_on: date) -> None:
    rule = ReportDueRule(
        period_kind="yearly",
        unit_kind="school",
        month=8,
        day=1,
        day_off="next_working_day",
        valid_from=date(2024, 3, 29),
        position=0,
        is_confirmed=True,
        source="mẫu",
    )
    assert [due.due_on for due in dues_by_rule([rule], after)] == [due_on]
