"""The clocks of a merge: those that follow from severity are carried over to the survivor, and taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.models.cases.clocks import Clock
from app.models.cases.incidents import Incident
from app.repositories.cases.clocks import ClockRepository
from app.services.cases.clocks import REGRADED, is_open
from app.services.deadlines.rules import ClockRules
from app.services.platform.unit_of_work import UnitOfWork

COPIED = (
    *("rule_code", "label_vi", "label_en", "source", "calendar", "escalates", "outlasts", "started_on", "met_by"),
    *("started_at", "due_at", "met_at", "missed_at", "suspended_at"),
)


class ClockTransfer:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.clocks = ClockRepository(work.session)
        self.rules = ClockRules(work)

    async def carry(self, survivor: Incident, absorbed: Incident) -> dict[str, Any]:
        """Give the survivor the absorbed incident's clocks that follow from severity; returns what undoing needs.

        One that runs for both ends at the earlier moment. One that was met counts where the survivor had none: a plan
        is not due twice for one event.
        """
        bound = {rule.code for rule in await self.rules.in_force(self.work.today) if rule.severities}
        known = await self.clocks.of_incident(survivor.id)
        carried: list[str] = []
        moved: dict[str, list[str]] = {}
        for clock in _last(await self.clocks.of_incident(absorbed.id)).values():
            if clock.rule_code not in bound and not clock.outlasts:
                continue
            own = [each for each in known if each.rule_code == clock.rule_code]
            last = _last(own).get(clock.rule_code)
            if last is not None and is_open(last) and is_open(clock):
                moved |= _advance(last, clock)
            elif last is None or (is_open(clock) and not is_open(last)):
                copy = _copy(clock, survivor, 1 + max((each.round for each in own), default=0))
                self.clocks.add(copy)
                carried.append(str(copy.id))
        await self.work.flush()
        return {"carried": carried, "moved": moved}

    async def take_back(self, survivor: Incident, before: dict[str, Any]) -> None:
        """Remove the carried clocks to which nothing happened since, and restore the ends of those that were advanced.

        Another carried one that still runs is void; one that was met stays with the work that met it.
        """
        carried = {UUID(key) for key in before["carried"]}
        untouched = await self.clocks.untouched(carried)
        for clock in await self.clocks.of_incident(survivor.id):
            if clock.id in carried - untouched and is_open(clock):
                clock.voided_at, clock.void_reason = self.work.now, REGRADED
            elif is_open(clock) and (former := before["moved"].get(str(clock.id))):
                started, due, clock.source = former
                clock.started_at, clock.due_at = datetime.fromisoformat(started), datetime.fromisoformat(due)
        await self.work.flush()
        await self.clocks.remove(untouched)


def _last(clocks: list[Clock]) -> dict[str, Clock]:
    """The last round of each rule that was not voided."""
    return {each.rule_code: each for each in sorted(clocks, key=lambda each: each.round) if each.voided_at is None}


def _advance(clock: Clock, other: Clock) -> dict[str, list[str]]:
    """Let a clock end with another one that ends earlier; returns its former times."""
    if other.due_at >= clock.due_at:
        return {}
    former = [clock.started_at.isoformat(), clock.due_at.isoformat(), clock.source]
    clock.started_at, clock.due_at, clock.source = other.started_at, other.due_at, other.source
    return {str(clock.id): former}


def _copy(clock: Clock, survivor: Incident, number: int) -> Clock:
    copied = {name: getattr(clock, name) for name in COPIED}
    return Clock(incident_id=survivor.id, org_path=survivor.org_path, round=number, **copied)
