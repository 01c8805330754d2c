"""The decision on small numbers of persons: made once, for a report at the top and all that it is made of."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.reports.issues import ReportDisclosure
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.repositories.reports.issues import OF_YEARS, InTree, IssueRepository, Number
from app.schemas.reports.flow import REPORT_FLOW
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.disclosure.hiding import decide, guarded_items
from app.services.reports.disclosure.placed import Placed
from app.services.reports.disclosure.small_cells import Count
from app.services.reports.figures.values import Key
from app.services.reports.problems import REPORT_HAS_ONE_ABOVE
from app.services.reports.reports import ReportService

LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Disclosed:
    reports: int
    hidden: int
    decided_at: datetime


class DisclosureService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.issues = IssueRepository(work.session)
        self.service = ReportService(work)

    async def decide(self, report: Report) -> Disclosed:
        """Decide what the forms for the public hide, of this report and all below it; what was hidden stays hidden.

        Raises `report_has_one_above` (409), `wrong_state` (409) before the lock.
        """
        everybody = await self.issues.of_period(report.period_id)
        _check_top(report, everybody)
        if report.state != LOCKED:
            raise REPORT_FLOW.refusal(report.state)
        tree = [each for each in _below(report, everybody) if each.version_id is not None]
        period = await self.service.period(report)
        numbers = await self.issues.numbers(period.id, await self._guarded(period))
        placed = await self._placed(period, tree, numbers)
        earlier = await self._earlier(period)
        issued = [each async for each in self._issued(period, {each.unit_id for each in tree}, earlier)]
        # It computes for seconds where a province has many schools.
        hidden = await asyncio.to_thread(decide, placed, earlier, issued)
        for each in tree:
            self._add(each, hidden[each.id])
        await self.work.flush()
        return Disclosed(len(tree), sum(map(len, hidden.values())), self.work.now)

    async def check_act(self, report: Report) -> None:
        """Refuses the decision as the decision itself."""
        if report.state != LOCKED:
            raise REPORT_FLOW.refusal(report.state)
        _check_top(report, await self.issues.of_period(report.period_id))

    async def _guarded(self, period: ReportPeriod) -> list[str]:
        return sorted(guarded_items(await self.service.definition_of(period)))

    async def _placed(self, period: ReportPeriod, tree: Sequence[InTree], numbers: Iterable[Number]) -> list[Placed]:
        counts: dict[UUID, dict[Key, Count]] = {each.id: {} for each in tree}
        for number in numbers:
            if number.report_id in counts:
                counted = Count.of(number.numerator, number.denominator)
                counts[number.report_id][number.item, number.cell] = counted
        of_unit = {each.unit_id: each.id for each in tree}
        definition, is_of_year = await self.service.definition_of(period), period.kind in OF_YEARS
        return [
            Placed(
                report_id=each.id,
                above=_above(each, of_unit),
                definition=definition,
                counts=counts[each.id],
                unit_id=each.unit_id if is_of_year else None,
                term=period.term,
            )
            for each in tree
        ]

    async def _issued(
        self, period: ReportPeriod, units: Collection[UUID], earlier: dict[UUID, frozenset[Key]]
    ) -> AsyncIterator[Placed]:
        """Reports of the units for the year or its other terms that are decided on; what they hide joins `earlier`."""
        others = await self.issues.other_periods_of_year(period) if period.kind in OF_YEARS else []
        for other in others:
            hidden = await self._earlier(other)
            earlier |= hidden
            everybody = await self.issues.of_period(other.id) if hidden else []
            decided = [each for each in everybody if each.id in hidden and each.unit_id in units]
            if not decided:
                continue
            numbers = await self.issues.issued_numbers(other.id, await self._guarded(other))
            for each in await self._placed(other, decided, numbers):
                yield each

    async def _earlier(self, period: ReportPeriod) -> dict[UUID, frozenset[Key]]:
        found: dict[UUID, frozenset[Key]] = {}
        for each in await self.issues.disclosures(period.id):
            cells = frozenset((item, cell) for item, cell in each.hidden)
            found[each.report_id] = found.get(each.report_id, frozenset()) | cells
        return found

    def _add(self, placed: InTree, hidden: frozenset[Key]) -> None:
        if placed.version_id is None:
            return
        self.issues.add(
            ReportDisclosure(
                report_id=placed.id,
                org_path=placed.org_path,
                version_id=placed.version_id,
                hidden=[list(cell) for cell in sorted(hidden)],
                decided_at=self.work.now,
                decided_by=self.work.actor_id,
            )
        )


def _check_top(report: Report, everybody: Sequence[InTree]) -> None:
    if any(each.unit_id == report.recipient_id for each in everybody):
        raise REPORT_HAS_ONE_ABOVE()


def _above(placed: InTree, of_unit: dict[UUID, UUID]) -> UUID | None:
    return None if placed.recipient_id is None else of_unit.get(placed.recipient_id)


def _below(report: Report, everybody: Sequence[InTree]) -> list[InTree]:
    """The report itself, and each that goes to a unit of one of them."""
    units, found = {report.unit_id}, [each for each in everybody if each.id == report.id]
    for each in found:  # it grows while it is read
        more = [other for other in everybody if other.recipient_id == each.unit_id and other.unit_id not in units]
        units.update(other.unit_id for other in more)
        found += more
    return found
