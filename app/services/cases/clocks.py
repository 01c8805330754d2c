"""The clocks of a case: its events start and meet them, in the same transaction."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from app.core.ids import id_of_hour
from app.core.paging import Page, PageRequest
from app.core.working_days import EDITION
from app.models.cases.clocks import Clock, ClockFilter, ClockOfCase
from app.models.cases.events import CaseEvent, EventKind
from app.models.cases.incidents import Incident
from app.models.intakes.intakes import Intake
from app.repositories.cases.clocks import ClockRepository
from app.repositories.cases.incidents import IncidentRepository
from app.security.access.elevation import ElevationReason
from app.services.deadlines.clock_rule_cache import Rule
from app.services.deadlines.rules import ClockRules
from app.services.platform.unit_of_work import UnitOfWork

MERGED, REGRADED, REOPENED, SET_ASIDE, WAIVED = "merged", "regraded", "reopened", "set_aside", "waived"
# What the cases of children do to the clocks of their event.
OF_CHILDREN = frozenset(
    {CaseEvent.PLAN_SUBMITTED, CaseEvent.PLAN_APPROVED, CaseEvent.PLAN_REVIEWED, CaseEvent.REVIEWS_ENDED}
)
Limits = dict[str, list[str]]


class ClockStart(StrEnum):
    """Starts of clocks that no timeline shows."""

    RECEIPT = "receipt"
    INTAKE = "intake"


class ClockService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.clocks = ClockRepository(work.session)
        self.incidents = IncidentRepository(work.session)
        self.rules = ClockRules(work)

    async def open(self, incident: Incident) -> None:
        """Start the clocks of a new incident. It has none yet, so none is queried."""
        await self._start(incident, CaseEvent.OPENED, [])

    async def wait(self, intake: Intake) -> None:
        """Start the clock of an intake without an incident.

        An anonymous report's clock counts from the start of its hour: it ends up to an hour earlier, and never later.
        """
        for rule in await self.rules.in_force(self.work.today):
            if rule.starts_on == ClockStart.INTAKE:
                clock = await self._add(rule, intake, intake.received_at)
                if intake.is_anonymous:
                    clock.id, clock.visible_from = id_of_hour(intake.received_at), intake.visible_from
                    clock.updated_at = intake.received_at

    async def taken_up(self, intake: Intake) -> None:
        for clock in await self.clocks.of_intake(intake.id):
            clock.met_at = clock.met_at or self.work.now

    async def set_aside(self, intake: Intake) -> None:
        """Void the running clocks of an intake that is set aside."""
        for clock in await self.clocks.of_intake(intake.id):
            if is_open(clock):
                clock.voided_at, clock.void_reason = self.work.now, SET_ASIDE

    async def take_up_again(self, intake: Intake) -> None:
        """Let the clocks of an intake that was set aside run on; their due times stay."""
        for clock in await self.clocks.of_intake(intake.id):
            if clock.void_reason == SET_ASIDE:
                clock.voided_at, clock.void_reason = None, None

    async def follow(self, incident: Incident, event: EventKind | None, at: datetime | None = None) -> None:
        """Let an event, of now or of an earlier moment, meet, start and void clocks. None meets none.

        A merged incident has no running clocks: its event's clocks are the survivor's, and its children's cases go on.
        """
        if incident.is_merged:
            await self._follow_in_survivor(incident, event, at)
            return
        known = await self.clocks.of_incident(incident.id)
        for clock in known:
            if event in clock.met_by and is_open(clock):
                clock.met_at = at or self.work.now
        await self._void(incident, known)
        await self._start(incident, event, known)

    async def _follow_in_survivor(self, incident: Incident, event: EventKind | None, at: datetime | None) -> None:
        if event in OF_CHILDREN and incident.event_id is not None:
            async with self.work.elevated(ElevationReason.MERGED_EVENT):
                await self.follow(await self.incidents.get(incident.event_id), event, at)
                await self.work.flush()

    async def has_begun(self, incident: Incident, act: str, at: datetime) -> bool:
        """Whether an act due after the closing was done after the closing that its clock counts from."""
        known = await self.clocks.of_incident(incident.id)
        for rule in await self.rules.in_force(self.work.today):
            if rule.starts_on == CaseEvent.CLOSE and act in rule.met_by:
                begun = [each.started_at for each in known if each.rule_code == rule.code and each.voided_at is None]
                return bool(begun) and max(begun) <= at
        return True

    async def hear_of(self, incident: Incident, receipt: datetime) -> None:
        """Count from an earlier receipt: an intake reported the incident before the known one."""
        if incident.received_at_unmerged is not None:
            incident.received_at_unmerged = receipt
        if receipt < incident.received_at:
            await self.count_from(incident, receipt)

    async def count_from(self, incident: Incident, receipt: datetime) -> None:
        """Move running clocks that count from the receipt."""
        incident.received_at = receipt
        rules = {rule.code: rule for rule in await self.rules.in_force(self.work.today)}
        for clock in await self.clocks.of_incident(incident.id):
            if clock.started_on == ClockStart.RECEIPT and is_open(clock) and clock.rule_code in rules:
                clock.started_at = receipt
                clock.due_at, clock.source = await self.rules.limit(rules[clock.rule_code], incident.org_path, receipt)

    async def void_merged(self, incident: Incident) -> None:
        """Void the running clocks of an absorbed incident."""
        for clock in await self.clocks.of_incident(incident.id):
            if is_open(clock):
                clock.voided_at, clock.void_reason = self.work.now, MERGED

    async def run_again(self, incident: Incident) -> None:
        """Restart clocks voided by the merge; events recorded meanwhile still satisfy them."""
        happened = await self.incidents.moments(incident.id)
        for clock in await self.clocks.of_incident(incident.id):
            if clock.void_reason == MERGED and (voided := clock.voided_at):
                done = [at for kind, at in happened if kind in clock.met_by and at > voided]
                clock.voided_at, clock.void_reason, clock.met_at = None, None, min(done, default=None)

    async def limits(self, incident: Incident) -> Limits:
        """The due times and sources of running clocks that count from the receipt."""
        return {
            str(clock.id): [clock.started_at.isoformat(), clock.due_at.isoformat(), clock.source]
            for clock in await self.clocks.of_incident(incident.id)
            if clock.started_on == ClockStart.RECEIPT and is_open(clock)
        }

    async def count_back(self, incident: Incident, receipt: datetime, former: Limits) -> None:
        """Restore the due times of running clocks after an undone merge, unless another merge moved them."""
        await self.count_from(incident, receipt)
        for clock in await self.clocks.of_incident(incident.id):
            started, due, source = former.get(str(clock.id), (None, None, None))
            if is_open(clock) and started and due and source and datetime.fromisoformat(started) == receipt:
                clock.started_at, clock.due_at, clock.source = receipt, datetime.fromisoformat(due), source

    async def of_incident(self, incident: Incident, limit: int | None = None) -> list[Clock]:
        return await self.clocks.of_incident(incident.id, limit)

    async def is_owed_to_each(self, act: str) -> bool:
        """Whether an act is due to every child of a closed incident, such as a recurrence check (art. 30.1c)."""
        rules = await self.rules.in_force(self.work.today)
        return any(rule.starts_on == CaseEvent.CLOSE and act in rule.met_by for rule in rules)

    async def running_since(self, incident: Incident, event: EventKind) -> datetime | None:
        """The start of the running clock that the event meets; None without one."""
        known = await self.clocks.of_incident(incident.id)
        return min((clock.started_at for clock in known if event in clock.met_by and is_open(clock)), default=None)

    async def page(self, page: PageRequest, wanted: ClockFilter) -> Page[ClockOfCase]:
        """The open clocks of the caller's line by due time."""
        return await self.clocks.open(page, wanted, self.work.now)

    async def _void(self, incident: Incident, known: Iterable[Clock]) -> None:
        """Void clocks that no longer apply: the case has ended, or its severity or group has changed.

        A duty that outlasts the case, such as to notify the family (Decree 80/2017 art. 6.3c), is not voided.
        """
        binding = {rule.code for rule in await self.rules.in_force(self.work.today) if _concerns(rule, incident)}
        for clock in known:
            binds = clock.rule_code in binding and _belongs(clock.started_on, incident)
            if is_open(clock) and not binds and not clock.outlasts:
                clock.voided_at, clock.void_reason = self.work.now, _why_void(clock, incident)

    async def _start(self, incident: Incident, event: EventKind | None, known: list[Clock]) -> None:
        happened: dict[str, datetime] | None = None if known else {}
        for rule in await self.rules.in_force(self.work.today):
            if _starts(rule, event, known) and _binds(rule, incident):
                if happened is None:
                    happened = await self.incidents.first_events(incident.id)
                start = incident.received_at if rule.starts_on == ClockStart.RECEIPT else self.work.now
                clock = await self._add(rule, incident, start)
                clock.round += sum(each.rule_code == rule.code for each in known)
                if clock.round == 1 or rule.starts_on == ClockStart.RECEIPT:
                    done = [happened[event] for event in rule.met_by if event in happened]
                    clock.met_at = min(done, default=None)

    async def _add(self, rule: Rule, subject: Incident | Intake, start: datetime) -> Clock:
        due, source = await self.rules.limit(rule, subject.org_path, start)
        clock = Clock(
            incident_id=subject.id if isinstance(subject, Incident) else None,
            intake_id=subject.id if isinstance(subject, Intake) else None,
            org_path=subject.org_path,
            rule_code=rule.code,
            round=1,
            label_vi=rule.label_vi,
            label_en=rule.label_en,
            source=source,
            calendar=EDITION,
            escalates=rule.escalates,
            outlasts=rule.outlasts,
            started_on=rule.starts_on,
            met_by=list(rule.met_by),
            started_at=start,
            due_at=due,
        )
        self.clocks.add(clock)
        return clock


def _concerns(rule: Rule, incident: Incident) -> bool:
    return (not rule.severities or incident.severity in rule.severities) and (
        not rule.groups or incident.group in rule.groups
    )


def _binds(rule: Rule, incident: Incident) -> bool:
    return _concerns(rule, incident) and (rule.outlasts or _belongs(rule.starts_on, incident))


def _belongs(starts_on: str, incident: Incident) -> bool:
    """Clocks that start with the closing run while the case is closed, all others while it is open."""
    return incident.state != "dismissed" and (starts_on == CaseEvent.CLOSE) == (incident.state == "closed")


def _why_void(clock: Clock, incident: Incident) -> str:
    if _belongs(clock.started_on, incident):
        return REGRADED
    return incident.state if incident.state in {"closed", "dismissed"} else REOPENED


def _starts(rule: Rule, event: EventKind | None, known: list[Clock]) -> bool:
    own = [clock for clock in known if clock.rule_code == rule.code]
    if rule.starts_on == ClockStart.RECEIPT:
        # A rule that applies only after regrading counts from the receipt and starts once.
        return all(clock.voided_at for clock in own)
    return (
        event is not None and event in {rule.starts_on, rule.restarts_on} and not any(is_open(clock) for clock in own)
    )


def is_open(clock: Clock) -> bool:
    return clock.met_at is None and clock.voided_at is None


def waive(clock: Clock, at: datetime) -> None:
    clock.voided_at, clock.void_reason = at, WAIVED


def suspend(clock: Clock, at: datetime) -> None:
    clock.suspended_at = at


def resume(clock: Clock, at: datetime) -> None:
    """Let a suspended clock run for what was left of it; one that had run out stays missed."""
    if clock.suspended_at is not None and clock.suspended_at < clock.due_at:
        clock.due_at += at - clock.suspended_at
    clock.suspended_at = None
