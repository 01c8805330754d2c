"""Retention: classes by law or default, local retention periods, legal holds and due records."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.core.months import add_months, last_of_month
from app.core.paging import Page, PageRequest
from app.core.problems import DUPLICATE, FORBIDDEN, NOT_FOUND, invalid
from app.core.time import local_date, start_of
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import Incident, part_of
from app.models.privacy.retention import LocalRetention, RetentionClass, RetentionHold
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.privacy.retention import (
    ENDED,
    DueFilter,
    DueRecord,
    RetentionHoldRepository,
    RetentionRepository,
    Zone,
)
from app.repositories.units import UnitRepository
from app.schemas.privacy.retention import LocalRetentionIn, RetentionHoldIn
from app.security.access.elevation import ElevationReason
from app.security.access.scope import EVERYTHING, Range
from app.services.cases.incidents import IncidentService
from app.services.platform.local_rules import ended
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.events import RetentionEvent
from app.services.privacy.problems import MINIMUM_RETENTION

ROOT = "/"
FURTHEST_MONTHS = 24
MARGIN = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class RetentionPeriod:
    """The period that applies to a unit. Without a decision it is the product's default and nothing is destroyed."""

    months: int
    decision: str
    is_decided: bool


@dataclass(frozen=True, slots=True)
class MinimumPeriod:
    """The least period of a record, which lasts up to, not including, `until`."""

    until: date
    is_confirmed: bool
    source: str


@dataclass(frozen=True, slots=True)
class Due:
    """A record whose period ends on `due_on`."""

    id: UUID
    code: str
    class_code: str
    covers: str
    unit_id: UUID
    org_path: str
    incident_id: UUID | None
    due_on: date
    decision: str
    is_decided: bool
    is_held: bool


@dataclass(frozen=True, slots=True)
class DueCount:
    unit_id: UUID
    class_code: str
    count: int
    held: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of a class: its own, and local ones by path with their authority to decide."""

    retention_class: RetentionClass
    levels: list[tuple[LocalRetention, str, bool]]

    def of(self, org_path: str) -> RetentionPeriod:
        return _period(
            self.retention_class,
            [(level, decides) for level, path, decides in self.levels if org_path.startswith(path)],
        )

    def due_filter(self, within: Range, by: date, *, decided_only: bool) -> DueFilter:
        """The filter of records due on a day; without zones if `decided_only` and no period is decided."""
        deepest_first = sorted({path for _, path, _ in self.levels}, key=len, reverse=True)
        periods = [(path, self.of(path)) for path in [*deepest_first, ROOT]]
        zones = [
            Zone(path, None if decided_only and not period.is_decided else begun_before(by, period.months))
            for path, period in periods
        ]
        is_empty = all(zone.begun_before is None for zone in zones)
        return DueFilter(
            self.retention_class.covers, self.retention_class.starts_on, within, () if is_empty else zones, by
        )

    def due(self, row: DueRecord) -> Due:
        period = self.of(row.org_path)
        return Due(
            id=row.id,
            code=row.code,
            class_code=self.retention_class.code,
            covers=self.retention_class.covers,
            unit_id=row.unit_id,
            org_path=row.org_path,
            incident_id=row.incident_id,
            due_on=add_months(local_date(row.began), period.months),
            decision=period.decision,
            is_decided=period.is_decided,
            is_held=row.is_held,
        )


class RetentionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.repository = RetentionRepository(work.session)
        self.holds = RetentionHoldRepository(work.session)
        self.incidents = IncidentService(work)

    async def classes(self, day: date) -> list[RetentionClass]:
        return await self.repository.classes(day)

    async def local_retentions(self, org_path: str, day: date) -> list[LocalRetention]:
        """Local retention periods of a unit and of all units above it."""
        return [level for level, path, _ in await self.repository.levels(day) if org_path.startswith(path)]

    async def override(self, data: LocalRetentionIn) -> LocalRetention:
        """Set the period of a class for the caller's unit and all below it.

        Only who decides for the province may be shorter than a default. Raises `below_minimum` (422) below the law's,
        `below_floor` (422) below the product's, `shorter_than_above` (422) below what binds the unit already,
        `duplicate` (409) where the unit has one in force.
        """
        actor = self.work.actor
        classes = {item.code: item for item in await self.classes(data.valid_from)}
        retention_class = classes.get(data.class_code)
        if retention_class is None:
            text = ("Không có loại hồ sơ này", "There is no such retention class")
            raise invalid("/class_code", "unknown_code", *text, allowed=tuple(classes))
        least = retention_class.minimum_months if retention_class.minimum_is_confirmed else None
        if least is not None and data.months < least:
            text = ("Ngắn hơn thời hạn tối thiểu theo luật", "Shorter than the least period that the law orders")
            raise invalid("/months", "below_minimum", *text, limit=least)
        if retention_class.floor_months is not None and data.months < retention_class.floor_months:
            text = ("Ngắn hơn mức sàn của hệ thống", "Shorter than the product's floor")
            raise invalid("/months", "below_floor", *text, limit=retention_class.floor_months)
        line = [
            e
            for e in await self.local_retentions(actor.org_path, data.valid_from)
            if e.class_code == retention_class.code
        ]
        binding = [level.months for level in line if level.unit_id != actor.unit_id]
        may_shorten = not retention_class.is_confirmed and await UnitRepository(self.work.session).leads_province(
            actor.unit_id
        )
        binding += [] if may_shorten else [retention_class.months]
        if data.months < (bound := max(binding, default=0)):
            text = ("Ngắn hơn thời hạn đang áp dụng", "Shorter than what binds the unit already")
            raise invalid("/months", "shorter_than_above", *text, limit=bound)
        if any(level.unit_id == actor.unit_id for level in line):
            raise DUPLICATE()
        level = LocalRetention(
            unit_id=actor.unit_id, created_at=self.work.now, created_by=actor.id, **data.model_dump()
        )
        self.repository.add(level)
        await self.work.flush()
        return level

    async def end_override(self, rule_id: UUID, on: date) -> LocalRetention:
        """End a local rule of the caller's unit on a day. Raises what `ended` raises."""
        rule = ended(await self.repository.find(rule_id), self.work.actor.unit_id, on)
        await self.work.flush()
        return rule

    async def ready(self, page: PageRequest) -> list[Due]:
        """The newest page of records due today with a decided period and no hold. Needs access to every row."""
        return await self._due(EVERYTHING, self.work.today, page, ready=True)

    async def preview(self, month: date, page: PageRequest) -> tuple[Page[Due], list[DueCount]]:
        """Records in the caller's scope due by the end of a month, with those under a legal hold.

        Raises `invalid` (422) for a past month or one too far ahead.
        """
        last, this_month = last_of_month(month), self.work.today.replace(day=1)
        if not this_month <= month <= add_months(this_month, FURTHEST_MONTHS):
            text = ("Chỉ xem được tháng này và 24 tháng tới", "This month or one of the next 24")
            raise invalid("month", "month_out_of_range", *text)
        within = self.work.scope.reads(Incident)
        due = await self._due(within, last, PageRequest(page.limit + 1, page.before), ready=False)
        return Page(due[: page.limit], len(due) > page.limit), await self._counts(within, last)

    async def _due(self, within: Range, by: date, page: PageRequest, *, ready: bool) -> list[Due]:
        """The newest page across all classes; a record has exactly one class."""
        records: list[Due] = []
        for periods in await self._periods():
            due_filter = periods.due_filter(within, by, decided_only=ready)
            rows = await self.repository.due(due_filter, page, unheld=ready) if due_filter.zones else []
            records += [periods.due(row) for row in rows]
        return sorted(records, key=lambda record: record.id, reverse=True)[: page.limit]

    async def _counts(self, within: Range, by: date) -> list[DueCount]:
        counts: list[DueCount] = []
        for periods in await self._periods():
            for row in await self.repository.counts(periods.due_filter(within, by, decided_only=False)):
                undecided = 0 if periods.of(row.org_path).is_decided else row.count
                counts.append(DueCount(row.unit_id, periods.retention_class.code, row.count, row.held, undecided))
        return sorted(counts, key=lambda count: (count.unit_id, count.class_code))

    async def _periods(self) -> list[Periods]:
        """The periods of each class in force today."""
        levels = await self.repository.levels(self.work.today)
        return [
            Periods(retention_class, [level for level in levels if level[0].class_code == retention_class.code])
            for retention_class in await self.classes(self.work.today)
        ]

    async def check_minimum(self, incident: Incident) -> str:
        """The class of an ended incident. Raises `minimum_retention` (409) within a confirmed period of the law."""
        retention_class = await self._class_of(incident)
        if retention_class is None:
            raise LookupError("an ended incident without its class")
        minimum = await self._minimum(incident, retention_class)
        if minimum is not None and minimum.is_confirmed:
            raise MINIMUM_RETENTION()
        return retention_class.code

    async def minimum(self, incident: Incident) -> MinimumPeriod | None:
        """The least period in which an ended incident is today, for the decision on its erasure."""
        retention_class = await self._class_of(incident)
        return None if retention_class is None else await self._minimum(incident, retention_class)

    async def _class_of(self, incident: Incident) -> RetentionClass | None:
        classes = [each for each in await self.classes(self.work.today) if each.covers == "incident"]
        return next((each for each in classes if ENDED[each.starts_on] == incident.state), None)

    async def _minimum(self, incident: Incident, retention_class: RetentionClass) -> MinimumPeriod | None:
        if not retention_class.minimum_months:
            return None
        ending = CaseEvent(retention_class.starts_on)
        began = await IncidentRepository(self.work.session).last_event(incident.id, [ending]) or self.work.now
        until = add_months(local_date(began), retention_class.minimum_months)
        if until <= self.work.today:
            return None
        return MinimumPeriod(until, retention_class.minimum_is_confirmed, retention_class.minimum_source or "")

    async def place_hold(self, incident_id: UUID, data: RetentionHoldIn) -> RetentionHold:
        """Place a legal hold on a case and on all cases merged with it.

        Raises `destroyed` (409) where it was already.
        """
        if data.until is not None and data.until < self.work.today:
            raise invalid("/until", "in_the_past", "Ngày hết hạn đã qua", "The day is over already")
        await IncidentRepository(self.work.session).lock(incident_id)
        incident = await self.incidents.writable(incident_id)
        await self._lock_event(incident)
        hold = RetentionHold(
            **part_of(incident),
            placed_at=self.work.now,
            placed_by=self.work.actor.id,
            by_unit_id=self.work.actor.unit_id,
            **data.model_dump(),
        )
        self.holds.add(hold)
        self.incidents.add_event(incident, RetentionEvent.HOLD_PLACED, {"hold_id": str(hold.id)})
        await self.work.flush()
        return hold

    async def _lock_event(self, incident: Incident) -> None:
        """Lock all incidents of the merge, so that a destruction and the hold run one after the other."""
        if incident.is_part_of_merge:
            async with self.work.elevated(ElevationReason.RETENTION):
                event = await self.incidents.incidents.of_event(incident.event_id or incident.id)
                await self.incidents.incidents.lock(*(member.id for member in event))

    async def holds_of(self, incident: Incident) -> list[RetentionHold]:
        return await self.holds.of_incident(incident.id)

    async def lift_hold(self, incident: Incident, hold_id: UUID) -> None:
        """End a hold at once. Idempotent.

        Raises `forbidden` (403) for a unit below the one that placed it.
        """
        hold = await self.holds.of(incident.id, hold_id)
        if hold is None:
            raise NOT_FOUND()
        placed_by = await UnitRepository(self.work.session).get(hold.by_unit_id)
        if not placed_by.org_path.startswith(self.work.actor.org_path):
            raise FORBIDDEN()
        if hold.lifted_at is None:
            hold.lifted_at, hold.lifted_by = self.work.now, self.work.actor.id
            self.incidents.add_event(incident, RetentionEvent.HOLD_LIFTED, {"hold_id": str(hold.id)})
        await self.work.flush()


def _period(retention_class: RetentionClass, levels: list[tuple[LocalRetention, bool]]) -> RetentionPeriod:
    """The longest applicable period; decided if the class is confirmed or a provincial department set a period."""
    if not levels:
        return RetentionPeriod(retention_class.months, retention_class.source, retention_class.is_confirmed)
    longest = max((level for level, _ in levels), key=lambda level: level.months)
    is_decided = retention_class.is_confirmed or any(decides for _, decides in levels)
    if (retention_class.is_confirmed or not is_decided) and retention_class.months > longest.months:
        return RetentionPeriod(retention_class.months, retention_class.source, is_decided)
    return RetentionPeriod(longest.months, longest.decision_number, is_decided)


def begun_before(by: date, months: int) -> datetime:
    """The latest start of a period that is over on a day; months differ in length, so several starts share one end."""
    day = add_months(by, -months) + MARGIN
    while add_months(day, months) > by:
        day -= timedelta(days=1)
    return start_of(day + timedelta(days=1))
