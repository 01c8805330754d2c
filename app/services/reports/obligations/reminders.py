"""Reminders of reports: one digest a unit and working day, on the days of the rules, ended by the submission."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from app.core.time import VIETNAM, local_date, start_of
from app.core.working_days import is_working_day, working_day_from
from app.models.reports.rules import ReportReminderRule
from app.models.units import Unit
from app.repositories.reports.periods import PeriodRepository
from app.repositories.reports.reminders import Awaited, ReminderRepository
from app.repositories.units import UnitRepository
from app.security.access.roles import WORKING_LEVELS
from app.services.deadlines.rules import ClockRules
from app.services.notices.notices import NoticeService
from app.services.notices.reminders import MORNING
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.notices import REPORT_DUE, REPORT_OVERDUE
from app.services.reports.periods.due_days import Announced

# When an office closes; what is due to be said after it is said the next working day.
EVENING: Final = time(17, tzinfo=VIETNAM)
# After a longer outage an old reminder is none.
LATEST: Final = timedelta(days=4)
UNITS_AT_ONCE: Final = 100
KINDS: Final = (REPORT_DUE.kind, REPORT_OVERDUE.kind)
Rules = Sequence[ReportReminderRule]


@dataclass
class Digest:
    """What one unit hears on one day; `since` is the latest reminder that is due."""

    due: int = 0
    overdue: int = 0
    returned: int = 0
    below_overdue: int = 0
    next_due: datetime | None = None
    since: datetime | None = None

    def add(self, report: Awaited, now: datetime, moments: Iterable[datetime]) -> None:
        if report.is_delivered:
            self.returned += 1
            return
        if report.due_at < now:
            self.overdue += 1
        else:
            self.due += 1
            self.next_due = min(self.next_due or report.due_at, report.due_at)
        self.remind(moments)

    def add_below(self, moments: Iterable[datetime]) -> None:
        self.below_overdue += 1
        self.remind(moments)

    def remind(self, moments: Iterable[datetime]) -> None:
        self.since = max([*moments, *([self.since] if self.since else [])], default=None)

    @property
    def data(self) -> dict[str, Any]:
        next_due = local_date(self.next_due).isoformat() if self.next_due else None
        counts = {"due": self.due, "overdue": self.overdue, "returned": self.returned}
        return {**counts, "below_overdue": self.below_overdue, "next_due_on": next_due}


@dataclass
class Days:
    """The days of the rules about each due day, counted once."""

    rules: Rules
    announced: Announced
    now: datetime
    known: dict[date, list[datetime]] = field(default_factory=dict)

    def of(self, report: Awaited) -> list[datetime]:
        """The moments, by now and not long ago, from which a unit is reminded of a report."""
        opened = [report.created_at] if any(rule.moment == "opened" for rule in self.rules) else []
        due_on = local_date(report.due_at)
        if due_on not in self.known:
            self.known[due_on] = list(self._about(due_on))
        return [moment for moment in (*opened, *self.known[due_on]) if self.now - LATEST < moment <= self.now]

    def _about(self, due_on: date) -> Iterator[datetime]:
        for rule in self.rules:
            if rule.moment != "opened":
                shift = rule.working_days if rule.moment == "after" else -rule.working_days
                yield start_of(working_day_from(due_on, shift, self.announced)).astimezone(UTC)


async def remind_of_reports(work: UnitOfWork, _: dict[str, Any]) -> None:
    """Notify each unit that is to be reminded today: of its reports, and of how many below are overdue."""
    announced = await ClockRules(work).announced()
    local = work.now.astimezone(VIETNAM)
    if not (MORNING <= local.timetz() < EVENING) or not is_working_day(work.today, announced):
        return
    rules = await PeriodRepository(work.session).reminder_rules(work.today)
    digests = await _digests(work, Days(rules, announced, work.now))
    due = sorted(unit_id for unit_id, digest in digests.items() if digest.since is not None)
    for first in range(0, len(due), UNITS_AT_ONCE):
        await _notify(work, {unit_id: digests[unit_id] for unit_id in due[first : first + UNITS_AT_ONCE]})
        await work.commit()


async def _digests(work: UnitOfWork, days: Days) -> dict[UUID, Digest]:
    repository = ReminderRepository(work.session)
    reporters = await repository.reporters(work.today)
    digests: dict[UUID, Digest] = {}
    for report in await repository.awaited():
        unit_id, moments = reporters.get(report.report_id, report.unit_id), days.of(report)
        digests.setdefault(unit_id, Digest()).add(report, work.now, moments)
        if report.recipient_id is not None and report.due_at < work.now and not report.is_delivered:
            after = [moment for moment in moments if moment >= report.due_at]
            digests.setdefault(report.recipient_id, Digest()).add_below(after)
    return digests


async def _notify(work: UnitOfWork, digests: Mapping[UUID, Digest]) -> None:
    reminded = await ReminderRepository(work.session).last_reminded(digests.keys(), KINDS)
    for unit in await UnitRepository(work.session).of_ids(list(digests)):
        digest = digests[unit.id]
        if _is_reached(unit, work.today) and _is_new(digest, reminded.get(unit.id), work.today):
            kind = REPORT_OVERDUE if digest.overdue or digest.below_overdue else REPORT_DUE
            await NoticeService(work).notify(unit, kind, None, digest.data)
    await work.flush()


def _is_reached(unit: Unit, day: date) -> bool:
    """Whether anybody works there: not in a closed unit, and not in a People's Committee."""
    return unit.kind in WORKING_LEVELS and not unit.is_closed(day)


def _is_new(digest: Digest, last: datetime | None, day: date) -> bool:
    """Whether the unit heard nothing of it yet, and nothing today."""
    if last is None:
        return True
    return local_date(last) < day and digest.since is not None and last < digest.since
