"""What is computed for a report: the sources of its own unit, and the figures of the reports below it."""

from collections.abc import Mapping
from datetime import datetime

from app.core.paths import line
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.repositories.reports.consolidation import ConsolidationRepository, Total
from app.repositories.reports.figures import Described
from app.repositories.reports.reports import ReportRepository
from app.schemas.reports.definitions import Definition, IndicatorItem, RollUp
from app.schemas.reports.snapshots import SnapshotCoverage
from app.security.access.elevation import ElevationReason
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.consolidation.computation import (
    compute,
    extent_of,
    merged_incidents,
    overlaps,
    paths_below,
    paths_owing,
)
from app.services.reports.figures.declared import Computed
from app.services.reports.figures.values import Key

ADDITIVE = frozenset({RollUp.SUM, RollUp.RATIO, RollUp.DISTINCT})


async def computed_figures(
    work: UnitOfWork, report: Report, period: ReportPeriod, definition: Definition, *, with_submitted: bool = False
) -> dict[Key, Computed]:
    """The computed figures of a report's unit in its period; accepted versions below, or all submitted ones."""
    below = await paths_below(work, period.id, report.unit_id)
    extent = extent_of(work, period, report.unit_id, report.org_path)
    found = await compute(work, extent, definition, below)
    own = {key: Computed(value.numerator, value.denominator) for key, value in found.items()}
    if not below:
        return own
    sums = ConsolidationRepository(work.session)
    totals = await sums.totals(period.id, report.unit_id, with_submitted=with_submitted)
    merged = await merged_incidents(work, extent)
    if merged:
        owing = await paths_owing(work, period.id, extent.within)
        summed = await _computed_at(sums, report, with_submitted=with_submitted)
        merged = [each for each in merged if _is_in_sum(each, owing - {report.org_path}, summed)]
    return rolled_up(definition, own, totals, await overlaps(work, extent, definition, below, merged))


async def _computed_at(sums: ConsolidationRepository, report: Report, *, with_submitted: bool) -> dict[str, datetime]:
    """When each report in the sums was computed, by its unit's path, through the levels between."""
    found: dict[str, datetime] = {}
    ahead = await sums.in_sum(report.period_id, report.unit_id, with_submitted=with_submitted)
    while ahead:
        found |= {each.path: each.computed_at for each in ahead if each.computed_at is not None}
        ahead = await sums.made_of([each.version_id for each in ahead if each.is_consolidated])
    return found


def _is_in_sum(incident: Described, owing: frozenset[str], summed: Mapping[str, datetime]) -> bool:
    """The unit's own incidents are; those of a unit below are, if its report is there and knew of them."""
    reporting = next((path for path in reversed(line(incident.path)) if path in owing), None)
    return reporting is None or (reporting in summed and incident.created_at <= summed[reporting])


def rolled_up(
    definition: Definition, own: dict[Key, Computed], totals: list[Total], twice: Mapping[Key, int]
) -> dict[Key, Computed]:
    """The unit's own figures with those below, by the roll-up of each indicator. Nothing is imputed.

    `twice` is what several of them count of one event, which counts once here.
    """
    # What the unit alone counts at one place may be an event that a unit below counts at another.
    found = {key: _less(value, twice.get(key)) for key, value in own.items()}
    indicators = definition.indicators()
    for total in totals:
        item = indicators.get(total.item)
        if item is None:
            continue
        key = (total.item, total.cell)
        if (value := _combined(item, own.get(key), total, twice.get(key))) is not None:
            found[key] = value
    return found


def _less(value: Computed, overlap: int | None) -> Computed:
    if overlap is None or value.numerator is None:
        return value
    return Computed(max(0, value.numerator - overlap), value.denominator, overlap)


def _combined(item: IndicatorItem, own: Computed | None, total: Total, overlap: int | None) -> Computed | None:
    if item.roll_up is RollUp.COUNT_UNITS:
        return Computed(total.yes, total.units)
    if item.roll_up not in ADDITIVE:
        return own
    own_parts = own or Computed(0, 0)
    denominator = None
    if total.denominator is not None:
        denominator = total.denominator + (own_parts.denominator or 0)
    numerator = total.numerator + (own_parts.numerator or 0)
    return Computed(max(0, numerator - (overlap or 0)), denominator, overlap)


async def is_consolidated(work: UnitOfWork, report: Report) -> bool:
    """Whether units report to the report's own unit."""
    return await ConsolidationRepository(work.session).has_below(report.period_id, report.unit_id)


async def coverage_of(work: UnitOfWork, report: Report, *, with_submitted: bool = False) -> SnapshotCoverage | None:
    """How much of what is owed below is in the report; None where nobody reports to its unit."""
    sums = ConsolidationRepository(work.session)
    found = await sums.coverage(report.period_id, report.unit_id, with_submitted=with_submitted)
    if not found.owed:
        return None
    return SnapshotCoverage(owed=found.owed, reported=len(found.digests), versions=found.digests)


async def mark_stale_above(work: UnitOfWork, report: Report) -> None:
    """Mark the report of the unit above, where it is begun: what it adds up has changed.

    Its row is locked, so that it neither adds up nor is begun meanwhile, and two units below do not stop each other.
    """
    if report.recipient_id is None:
        return
    async with work.elevated(ElevationReason.REPORT_CHAIN):
        above = await ReportRepository(work.session).of_unit_for_update(report.period_id, report.recipient_id)
        if above is not None and above.newest > 0:
            above.is_stale = True
        await work.flush()
