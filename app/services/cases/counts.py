"""Counts of events in the caller's line: in total, for each unit directly below it, for each month."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from app.core.months import add_months
from app.models.cases.incidents import Incident, IncidentFilter
from app.models.units import Unit, UnitVersion
from app.repositories.cases.counts import Cell, CountRepository
from app.repositories.units import UnitRepository
from app.security.access.roles import WORKING_LEVELS
from app.security.access.scope import NOTHING
from app.services.cases.incidents import check_wanted
from app.services.platform.unit_of_work import UnitOfWork

K = TypeVar("K", str, date)


@dataclass
class Tally:
    """The events of one row of a chart; `by_severity` lacks those not assessed."""

    count: int = 0
    by_group: Counter[str] = field(default_factory=Counter)
    by_severity: Counter[str] = field(default_factory=Counter)
    by_state: Counter[str] = field(default_factory=Counter)

    def add(self, cell: Cell, count: int) -> None:
        self.count += count
        self.by_group[cell.group] += count
        self.by_state[cell.state] += count
        if cell.severity is not None:
            self.by_severity[cell.severity] += count


class CountService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.counts = CountRepository(work.session)
        self.units = UnitRepository(work.session)
        self.within = work.scope.reads(Incident)

    async def cells(self, wanted: IncidentFilter) -> list[tuple[Cell, int, int]]:
        """By group, severity and state: the events held in the caller's line, and those of other lines that involve it
        (shared with it, and with persons of its units). Raises `invalid` (422)."""
        await check_wanted(self.work, wanted)
        if self.within == NOTHING:
            return []
        held = await self.counts.cells(wanted)
        involved = await self.counts.involved(self.within, self.work.actor, wanted)
        cells = sorted(held.keys() | involved.keys(), key=lambda cell: tuple(part or "" for part in cell))
        return [(cell, held[cell], involved[cell]) for cell in cells]

    async def by_unit(self, wanted: IncidentFilter) -> list[tuple[Unit, UnitVersion, Tally]]:
        """The caller's unit with what it holds itself, then the units directly below it today by name.

        One that processes no cases, such as an agency, is not among them; a closed one is while events count there. An
        event counts in one row, so the rows add up to the caller's total. Raises `invalid` (422).
        """
        await check_wanted(self.work, wanted)
        if self.within == NOTHING:
            return []
        tallies = _tallies(await self.counts.by_unit(self.within.lo, wanted))
        own, day = self.work.actor, self.work.today
        paths = {own.org_path, *tallies}
        below = await self.units.below(own.unit_id, paths, day)
        units = [unit for unit in below if unit.kind in WORKING_LEVELS or unit.org_path in paths]
        names = await self.units.last_names({unit.id for unit in units}, day)
        units.sort(key=lambda unit: (unit.id != own.unit_id, names[unit.id].search_text, unit.id))
        return [(unit, names[unit.id], tallies.get(unit.org_path, Tally())) for unit in units]

    async def by_month(self, wanted: IncidentFilter) -> list[tuple[date, Tally]]:
        """Each month by its first day, from the first to the last with an event, none left out.

        Raises `invalid` (422).
        """
        await check_wanted(self.work, wanted)
        if self.within == NOTHING:
            return []
        tallies = _tallies(await self.counts.by_month(wanted))
        months, month = [], min(tallies, default=date.max)
        while month <= max(tallies, default=date.min):
            months.append((month, tallies.get(month, Tally())))
            month = add_months(month, 1)
        return months


def _tallies(counted: Iterable[tuple[K, Cell, int]]) -> dict[K, Tally]:
    tallies: defaultdict[K, Tally] = defaultdict(Tally)
    for key, cell, count in counted:
        tallies[key].add(cell, count)
    return dict(tallies)
