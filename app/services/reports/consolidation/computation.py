"""The computed figures of a report: its own part of what adds up, its whole range of what does not.

They are counted over the reporting unit's range by a named elevation: a reader's scope would give two readers of one
report two figures, where one of them was once on the staff of an accused unit.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from statistics import median
from typing import Final, NamedTuple
from uuid import UUID

from app.core.paths import line
from app.core.vocabulary import Dimension
from app.models.reports.periods import ReportPeriod
from app.repositories.reports.figures import Codes, Contribution, Described, FigureRepository, Line
from app.repositories.reports.sources import SOURCES
from app.repositories.reports.sources.extents import Extent
from app.repositories.reports.sources.registry import Source, Tally
from app.schemas.reports.definitions import Definition, IndicatorItem, Measure, RollUp, cell_key
from app.security.access.elevation import ElevationReason
from app.security.access.scope import Range
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.figures.values import Key, Value

TOTAL: Final[tuple[Dimension, ...]] = ()
# What the level above does not make of the figures below it.
WHOLE: Final = frozenset({RollUp.MEDIAN, RollUp.RECOMPUTED, RollUp.NONE})
Breakdown = Sequence[Dimension]
Parts = tuple[int | None, int | None]


def extent_of(work: UnitOfWork, period: ReportPeriod, unit_id: UUID, org_path: str) -> Extent:
    """A unit's range and the days of a period, as known at its cut-off or, before that, now."""
    return Extent(
        unit_id=unit_id,
        within=Range.under(org_path),
        first=period.starts_on,
        last=period.ends_on,
        cut_off=min(period.cut_off_at, work.now),
        at=work.now,
        school_year=period.school_year,
    )


async def compute(
    work: UnitOfWork, extent: Extent, definition: Definition, below: Collection[str] = ()
) -> dict[Key, Value]:
    """Every computed figure of a unit: the totals, and the cells in which something counts.

    `below` are the paths of the units that report to it. What adds up is counted without theirs, which their reports
    bring; of the rest, such as a median, the whole range is counted. An item without a known source is typed.
    """
    indicators = definition.indicators().values()
    lines: dict[_Asked, list[Line]] = {}
    async with work.elevated(ElevationReason.REPORT_FIGURES):
        figures = FigureRepository(work.session)
        whole, own = await _looked_up(figures, extent, below)
        for asked, dimensions in _wanted(indicators).items():
            lines[asked] = await figures.lines(asked.source, whole if asked.is_whole else own, dimensions)
    return {(item.code, cell): value for item in indicators for cell, value in _figures(item, lines)}


async def overlaps(
    work: UnitOfWork, extent: Extent, definition: Definition, below: Collection[str], merged: Sequence[Described]
) -> dict[Key, int]:
    """By how much each figure that adds up is more than the whole: events that several units below describe, or one
    below and the unit itself, and learners whom several count, each of which counts once here. `merged` are the
    incidents of such events and learners that are in the sums.
    """
    paths = frozenset(below)
    parts, whole = _standing(merged, paths)
    if parts == whole and not any(each.is_shared for each in merged):
        return {}
    every = frozenset(each.incident_id for each in merged)
    indicators = [each for each in definition.indicators().values() if _may_overlap(each)]
    counts = list[Counter[Key]]()
    async with work.elevated(ElevationReason.REPORT_FIGURES):
        figures = FigureRepository(work.session)
        extent = await figures.looked_up(extent)
        for standing, apart in ((parts, paths), (whole, frozenset[str]())):
            lines = dict[_Asked, list[Line]]()
            for asked, dimensions in _wanted(indicators).items():
                narrowed = replace(extent, standing=standing if asked.source.by_event else every)
                lines[asked] = await figures.lines(asked.source, narrowed, dimensions)
            counts.append(_added(indicators, lines, apart))
    in_parts, once = counts
    in_parts.subtract(once)
    return {key: difference for key, difference in in_parts.items() if difference}


def _may_overlap(item: IndicatorItem) -> bool:
    asked = _Asked.by(item, item.source)
    return asked is not None and not asked.is_whole and (asked.source.by_event or asked.source.tally is Tally.DISTINCT)


def _added(
    indicators: Sequence[IndicatorItem], lines: Mapping["_Asked", list[Line]], below: frozenset[str]
) -> Counter[Key]:
    """The figures of each part together: what is distinct is so within a part."""
    of_parts: dict[str | None, dict[_Asked, list[Line]]] = {}
    for asked, found in lines.items():
        for each in found:
            part = of_parts.setdefault(_part_of(each.path, below), {known: [] for known in lines})
            part[asked].append(each)
    figures = (
        ((item.code, cell), value.numerator or 0)
        for part in of_parts.values()
        for item in indicators
        for cell, value in _figures(item, part)
    )
    added = Counter[Key]()
    for key, number in figures:
        added[key] += number
    return added


def _part_of(path: str | None, below: frozenset[str]) -> str | None:
    return None if path is None else next((each for each in line(path) if each in below), None)


def _standing(incidents: Iterable[Described], below: frozenset[str]) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """The incidents that stand for their events in each part of a range, and in all of it."""
    of_parts: dict[tuple[UUID, str | None], UUID] = {}
    of_whole: dict[UUID, UUID] = {}
    for each in incidents:
        of_parts.setdefault((each.event_id, _part_of(each.path, below)), each.incident_id)
        of_whole.setdefault(each.event_id, each.incident_id)
    return frozenset(of_parts.values()), frozenset(of_whole.values())


async def merged_incidents(work: UnitOfWork, extent: Extent) -> list[Described]:
    """The incidents of a range that share their event, or a learner with an incident at another path."""
    async with work.elevated(ElevationReason.REPORT_FIGURES):
        figures = FigureRepository(work.session)
        extent = await figures.looked_up(extent)
        shared = {each.incident_id: each for each in await figures.sharing(extent)}
        merged = [shared.pop(each.incident_id, each) for each in await figures.merged(extent)]
        return [*merged, *shared.values()]


async def paths_owing(work: UnitOfWork, period_id: UUID, within: Range) -> frozenset[str]:
    """The paths of all units in a range that owe a report of a period."""
    async with work.elevated(ElevationReason.REPORT_FIGURES):
        return await FigureRepository(work.session).paths_owing(period_id, within)


async def paths_below(work: UnitOfWork, period_id: UUID, unit_id: UUID) -> frozenset[str]:
    """The paths of the units that owe a report of a period to a unit."""
    async with work.elevated(ElevationReason.REPORT_FIGURES):
        return await FigureRepository(work.session).paths_below(period_id, unit_id)


async def contributions(
    work: UnitOfWork, extent: Extent, items: Iterable[IndicatorItem], below: Collection[str] = ()
) -> dict[str, list[Contribution]]:
    """The rows that a unit itself counts in the total of each item.

    Whoever shows one of them shows it within the reader's scope alone.
    """
    found: dict[str, list[Contribution]] = {}
    async with work.elevated(ElevationReason.REPORT_FIGURES):
        figures = FigureRepository(work.session)
        whole, own = await _looked_up(figures, extent, below)
        for item in items:
            if (asked := _Asked.by(item, item.source)) is not None:
                found[item.code] = await figures.contributions(asked.source, whole if asked.is_whole else own)
    return found


async def _looked_up(figures: FigureRepository, extent: Extent, below: Collection[str]) -> tuple[Extent, Extent]:
    """The whole range, and the unit's own part of it."""
    whole = await figures.looked_up(extent)
    if not below:
        return whole, whole
    return whole, await figures.looked_up(extent.only(await figures.own_paths(extent.within, frozenset(below))))


class _Asked(NamedTuple):
    """A source, and whether it counts the whole range or the unit's own part of it."""

    name: str
    is_whole: bool

    @classmethod
    def by(cls, item: IndicatorItem, name: str | None) -> "_Asked | None":
        return cls(name, item.roll_up in WHOLE) if name in SOURCES else None

    @property
    def source(self) -> Source:
        return SOURCES[self.name]


def _wanted(indicators: Iterable[IndicatorItem]) -> dict[_Asked, set[Dimension]]:
    """Each source once, with every dimension by which it is broken down."""
    found: dict[_Asked, set[Dimension]] = {}
    for item in indicators:
        for name in (item.source, item.denominator):
            if (asked := _Asked.by(item, name)) is not None:
                broken_down = {dimension for breakdown in item.breakdowns for dimension in breakdown}
                found.setdefault(asked, set()).update(broken_down & asked.source.dimensions)
    return found


def _figures(item: IndicatorItem, lines: Mapping[_Asked, list[Line]]) -> Iterator[tuple[str, Value]]:
    asked, below_the_line = _Asked.by(item, item.source), _Asked.by(item, item.denominator)
    if asked is None:
        yield from _denominators(item, below_the_line, lines)
        return
    known = asked.source.dimensions
    if below_the_line is not None:
        known &= below_the_line.source.dimensions
    for breakdown in (TOTAL, *(each for each in item.breakdowns if known.issuperset(each))):
        parts = _folded(asked.source, lines[asked], breakdown)
        if below_the_line is not None:
            others = _folded(below_the_line.source, lines[below_the_line], breakdown)
            yield from ((cell, Value(parts.get(cell, (0, None))[0], others.get(cell, (0, None))[0])) for cell in others)
        elif item.measure is Measure.RATIO:
            yield from ((cell, Value(numerator, denominator or 0)) for cell, (numerator, denominator) in parts.items())
        else:
            yield from ((cell, Value(numerator)) for cell, (numerator, _) in parts.items())


def _denominators(
    item: IndicatorItem, asked: _Asked | None, lines: Mapping[_Asked, list[Line]]
) -> Iterator[tuple[str, Value]]:
    """Of a ratio whose numerator is typed; none where nothing was counted."""
    if asked is None:
        return
    for breakdown in (TOTAL, *(each for each in item.breakdowns if asked.source.dimensions.issuperset(each))):
        parts = _folded(asked.source, lines[asked], breakdown)
        yield from ((cell, Value(None, number, status="missing")) for cell, (number, _) in parts.items() if number)


def _folded(source: Source, lines: Iterable[Line], breakdown: Breakdown) -> dict[str, Parts]:
    """Numerator and denominator of each cell; the total has one also where nothing counts."""
    cells: dict[str, list[Line]] = {} if breakdown else {"": []}
    for each in lines:
        for cell in _cells(each.codes, breakdown):
            cells.setdefault(cell, []).append(each)
    return {cell: _parts(source, members) for cell, members in cells.items()}


def _cells(codes: Codes, breakdown: Breakdown) -> Iterator[str]:
    for combined in product(*(codes[dimension] for dimension in breakdown)):
        yield cell_key(dict(zip(breakdown, combined, strict=True)))


def _parts(source: Source, lines: list[Line]) -> Parts:
    if source.tally is Tally.DISTINCT:
        return len({line.key for line in lines}), None
    if source.tally is Tally.MEDIAN:
        return (round(median(line.numerator for line in lines)) if lines else None), None
    denominators = [line.denominator for line in lines if line.denominator is not None]
    return sum(line.numerator for line in lines), sum(denominators) if denominators else None
