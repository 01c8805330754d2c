"""Clock rules, local deadlines and the calendar: dated data, cached for one minute."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.dated import holds
from app.core.problems import DUPLICATE, FORBIDDEN, invalid
from app.core.time import local_date
from app.core.working_days import end_of_working_days, holiday_name, is_working_day
from app.models.deadlines import AnnouncedDay, LocalDeadline
from app.repositories.deadlines import ClockRuleRepository
from app.repositories.units import UnitRepository
from app.schemas.deadlines import AnnouncedDayIn, LocalDeadlineIn
from app.services.deadlines.clock_rule_cache import FRESH_S, CachedLocalDeadline, ClockRuleCache, Rule
from app.services.platform.local_rules import ended
from app.services.platform.unit_of_work import UnitOfWork

SPANS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}
WORKING_DAYS = "working_days"
RULE_FIELDS = tuple(rule_field.name for rule_field in fields(Rule))
LONGEST_SPAN = 366
Announced = Mapping[date, bool]


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """A day of the calendar; `announced` is the source of its announcement, if any, with its number and entry."""

    day: date
    is_working: bool
    name: str | None
    announced: str | None = None
    decision_number: str | None = None
    announced_at: datetime | None = None


class ClockRules:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.repository = ClockRuleRepository(work.session)
        self.cache = work.runtime.cache(ClockRuleCache)

    async def in_force(self, day: date) -> list[Rule]:
        await self._freshen()
        return [rule for rule in self.cache.rules if holds(rule, day)]

    async def local_deadlines(self, org_path: str, day: date) -> list[CachedLocalDeadline]:
        """Local deadlines of a unit and of all units above it."""
        await self._freshen()
        return [level for level in self.cache.local if org_path.startswith(level.org_path) and holds(level, day)]

    async def limit(self, rule: Rule, org_path: str, start: datetime) -> tuple[datetime, str]:
        """The deadline of a rule for a unit and its source: the earliest limit, so that no unit relaxes the law."""
        day = local_date(start)
        limits = [(rule.amount, rule.time_unit, rule.source)]
        line = await self.local_deadlines(org_path, day)
        limits += [
            (local.amount, local.time_unit, local.decision_number) for local in line if local.rule_code == rule.code
        ]
        announced = await self.announced()
        return min((_end(start, amount, time_unit, announced), source) for amount, time_unit, source in limits)

    async def end(self, start: datetime, amount: int, time_unit: str) -> datetime:
        return _end(start, amount, time_unit, await self.announced())

    async def calendar(self, first: date, last: date) -> list[WorkingDay]:
        """Every day from `first` to `last`; raises `invalid` (422) for an empty span or one longer than a year."""
        if not 0 <= (last - first).days < LONGEST_SPAN:
            raise invalid("to", "bad_span", "Khoảng ngày từ 1 đến 366 ngày", "The span must be of 1 to 366 days")
        announced = {announcement.day: announcement for announcement in await self.repository.announced()}
        return [_working_day(first + timedelta(days=shift), announced) for shift in range((last - first).days + 1)]

    async def announce(self, day: date, data: AnnouncedDayIn) -> WorkingDay:
        """Enter a day as a working day or a day off, by a decision. Running clocks do not change.

        Raises `forbidden` (403) unless the caller leads a province, because the calendar is common to all.
        """
        await self._check_calendar()
        announcement = await self.repository.announced_day(day)
        if announcement is None:
            announcement = AnnouncedDay(day=day, **data.model_dump(), announced_at=self.work.now)
            self.repository.add(announcement)
        for name, value in data.model_dump().items():
            setattr(announcement, name, value)
        announcement.announced_at = self.work.now
        await self._changed()
        return _working_day(day, {day: announcement})

    async def withdraw(self, day: date) -> None:
        """Withdraw what was entered of a day: the released calendar counts again. Raises `forbidden` (403)."""
        await self._check_calendar()
        if announcement := await self.repository.announced_day(day):
            await self.repository.session.delete(announcement)
            await self._changed()

    async def _check_calendar(self) -> None:
        if not await UnitRepository(self.work.session).leads_province(self.work.actor.unit_id):
            raise FORBIDDEN()

    async def override(self, data: LocalDeadlineIn) -> LocalDeadline:
        """Set a stricter limit for the caller's unit and all below it.

        Raises `not_stricter` (422) if the limit is not below every applicable one, `duplicate` (409) if the unit has
        one in force.
        """
        actor = self.work.actor
        rules = {rule.code: rule for rule in await self.in_force(data.valid_from)}
        rule = rules.get(data.rule_code)
        if rule is None:
            text = ("Không có quy tắc thời hạn này", "There is no such clock rule")
            raise invalid("/rule_code", "unknown_code", *text, allowed=tuple(rules))
        binding = [(rule.amount, rule.time_unit)]
        line = await self.local_deadlines(actor.org_path, data.valid_from)
        binding += [(level.amount, level.time_unit) for level in line if level.rule_code == rule.code]
        if not self._is_stricter(data, binding, await self.announced()):
            raise invalid(
                "/amount",
                "not_stricter",
                "Thời hạn riêng phải ngắn hơn thời hạn đang áp dụng",
                "A level of one's own must be stricter than what already binds the unit",
            )
        if await self.repository.open_local(actor.unit_id, data.rule_code, data.valid_from):
            raise DUPLICATE()
        level = LocalDeadline(unit_id=actor.unit_id, created_at=self.work.now, created_by=actor.id, **data.model_dump())
        self.repository.add(level)
        await self._changed()
        return level

    async def end_override(self, rule_id: UUID, on: date) -> LocalDeadline:
        """End a local rule of the caller's unit on a day. Raises what `ended` raises."""
        rule = ended(await self.repository.find(rule_id), self.work.actor.unit_id, on)
        await self._changed()
        return rule

    def _is_stricter(self, data: LocalDeadlineIn, binding: Iterable[tuple[int, str]], announced: Announced) -> bool:
        """Whether the limit is shorter on every start day of a year: working days and hours have no fixed ratio."""
        starts = [self.work.now + timedelta(days=shift) for shift in range(366)]
        return all(
            _end(start, data.amount, data.time_unit, announced) < _end(start, amount, time_unit, announced)
            for amount, time_unit in binding
            for start in starts
        )

    async def _changed(self) -> None:
        await self.work.flush()
        self.cache.read_at = -FRESH_S

    async def announced(self) -> Announced:
        """The days that an authority announced as working days or as days off."""
        await self._freshen()
        return self.cache.announced

    async def _freshen(self) -> None:
        if time.monotonic() - self.cache.read_at < FRESH_S:
            return
        self.cache.rules = tuple([_rule(row) for row in await self.repository.rules()])
        self.cache.local = tuple([_cached(row, path) for row, path in await self.repository.local()])
        self.cache.announced = {
            announcement.day: announcement.is_working for announcement in await self.repository.announced()
        }
        self.cache.read_at = time.monotonic()


def _end(start: datetime, amount: int, time_unit: str, announced: Announced) -> datetime:
    if time_unit == WORKING_DAYS:
        return end_of_working_days(start, amount, announced)
    return start + amount * SPANS[time_unit]


def _working_day(day: date, announced: dict[date, AnnouncedDay]) -> WorkingDay:
    decided = announced.get(day)
    is_working = is_working_day(day, {day: decided.is_working} if decided else {})
    if decided is None:
        return WorkingDay(day, is_working, holiday_name(day))
    entered = (decided.source, decided.decision_number, decided.announced_at)
    return WorkingDay(day, is_working, holiday_name(day), *entered)


def _rule(row: object) -> Rule:
    values: dict[str, Any] = {name: getattr(row, name) for name in RULE_FIELDS}
    values |= {name: tuple(values[name]) for name in ("met_by", "severities", "groups")}
    return Rule(**values)


def _cached(row: LocalDeadline, org_path: str) -> CachedLocalDeadline:
    return CachedLocalDeadline(
        row.id,
        row.unit_id,
        org_path,
        row.rule_code,
        row.amount,
        row.time_unit,
        row.decision_number,
        row.valid_from,
        row.valid_to,
    )
