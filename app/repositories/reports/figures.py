"""The figures of a computed source over an extent: grouped for a report, row by row for what they come from."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from app.core.paths import line
from app.core.vocabulary import Dimension
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.reports.reports import Report
from app.models.units import Unit
from app.repositories.base import Repository
from app.repositories.reports.sources.clauses import counted_at, recorded
from app.repositories.reports.sources.extents import Bounds, Extent
from app.repositories.reports.sources.registry import UNKNOWN, Source, Tally
from app.security.access.prepared import Prepared, Shape
from app.security.access.scope import Range, prepare, scope_of

Codes = Mapping[Dimension, tuple[str, ...]]
PREPARED: Final[dict[object, Prepared]] = {}
ROWS: Final = "rows"
# Templates are data: above it statements are built for one use.
MOST: Final = 512


class Line(NamedTuple):
    """A part of a figure: what has the same codes together or, by its key, one thing that is counted."""

    codes: Codes
    key: str | UUID | None
    numerator: int
    denominator: int | None
    # Of what is distinct: the path at which it counts.
    path: str | None = None


class Contribution(NamedTuple):
    """A row that counts in a figure."""

    key: str | UUID
    row_id: UUID
    unit_id: UUID
    numerator: int
    denominator: int | None


class Described(NamedTuple):
    """An incident, the event that it describes with others, the path at which it counts, and since when it is known.

    `is_shared`: a learner of it is linked at another path too.
    """

    incident_id: UUID
    event_id: UUID
    path: str
    created_at: datetime
    is_shared: bool = False


class FigureRepository(Repository[Report]):
    model = Report

    async def lines(self, source: Source, extent: Extent, dimensions: Collection[Dimension]) -> list[Line]:
        """A source's parts, in one statement."""
        asked = tuple(sorted(dimensions))
        statement, values = self._prepared((source.name, asked), extent, lambda bounds: _grouped(source, asked, bounds))
        found = await self.session.execute(statement, values)
        if source.tally is Tally.DISTINCT:
            return [Line(_codes(source, asked, row), row[-3], int(row[-2]), None, row[-1]) for row in found]
        if source.tally is Tally.MEDIAN:
            return [Line(_codes(source, asked, row), row[-2], int(row[-1]), None) for row in found]
        return [Line(_codes(source, asked, row), None, int(row[-2] or 0), _whole(row[-1])) for row in found]

    def _prepared(
        self, named: tuple[object, ...], extent: Extent, build: Callable[[Bounds], Select[Any]]
    ) -> tuple[Select[Any], dict[str, Any] | None]:
        """Built and judged once for each template's dimensions: a draft counts by some thirty of them."""
        shape = Shape.of(scope_of(self.session))
        key = (*named, extent.lists, shape)
        if key not in PREPARED and len(PREPARED) < MOST:
            PREPARED[key] = prepare(build(Bounds.named(extent.lists)), shape)
        prepared, values = PREPARED.get(key), extent.values()
        if prepared is None:
            return build(extent.bounds()), None
        return prepared.statement, {name: values[name] for name in prepared.named}

    async def contributions(self, source: Source, extent: Extent) -> list[Contribution]:
        """The rows of a total, in one statement."""
        statement, values = self._prepared((source.name, ROWS), extent, lambda bounds: _rows(source, bounds))
        found = await self.session.execute(statement, values)
        return [
            Contribution(row.key, row.row_id, row.unit_id, int(row.numerator), _whole(row.denominator)) for row in found
        ]

    async def looked_up(self, extent: Extent) -> Extent:
        """The extent with the few incidents that came down since its cut-off and count in it."""
        bounds = replace(extent, came_down=frozenset()).bounds()
        former = select(Unit.id).where(bounds.covers(Unit.org_path))
        since = select(Incident.id).where(Incident.came_down_at > bounds.cut_off)
        found = await self.rows(since.where(Incident.came_down_from_id.in_(former)))
        return replace(extent, came_down=frozenset(found))

    async def merged(self, extent: Extent) -> list[Described]:
        """The incidents within an extent that share their event, in the order in which one stands for it."""
        bounds = extent.bounds()
        query = (
            select(Incident.id, func.coalesce(Incident.event_id, Incident.id), counted_at(bounds), Incident.created_at)
            .where(recorded(Incident, bounds))
            .where(or_(Incident.event_id.is_not(None), Incident.received_at_unmerged.is_not(None)))
            .order_by(Incident.event_id.is_not(None), Incident.id)
        )
        return [Described(*row) for row in await self.session.execute(query)]

    async def sharing(self, extent: Extent) -> list[Described]:
        """The incidents within an extent with a learner who is linked at several paths."""
        bounds = extent.bounds()
        shared = (
            select(IncidentPerson.learner_digest)
            .where(bounds.covers(IncidentPerson.org_path), IncidentPerson.learner_digest.is_not(None))
            .group_by(IncidentPerson.learner_digest)
            .having(func.min(IncidentPerson.org_path) < func.max(IncidentPerson.org_path))
        )
        linked = select(IncidentPerson.incident_id).where(IncidentPerson.learner_digest.in_(shared))
        query = (
            select(Incident.id, func.coalesce(Incident.event_id, Incident.id), counted_at(bounds), Incident.created_at)
            .where(recorded(Incident, bounds), Incident.id.in_(linked))
            .order_by(Incident.id)
        )
        return [Described(*row, is_shared=True) for row in await self.session.execute(query)]

    async def own_paths(self, within: Range, below: Collection[str]) -> list[str]:
        """The paths of units in a range that lie neither at nor under one of `below`."""
        paths = await self.rows(select(Unit.org_path).where(within.covers(Unit.org_path)))
        return [path for path in paths if not any(each in below for each in line(path))]

    async def paths_below(self, period_id: UUID, unit_id: UUID) -> frozenset[str]:
        """The paths of the units that owe a report of a period to a unit."""
        query = select(Report.org_path).where(Report.period_id == period_id, Report.recipient_id == unit_id)
        return frozenset(await self.rows(query))

    async def paths_owing(self, period_id: UUID, within: Range) -> frozenset[str]:
        """The paths of all units in a range that owe a report of a period."""
        query = select(Report.org_path).where(Report.period_id == period_id, within.covers(Report.org_path))
        return frozenset(await self.rows(query))


def _grouped(source: Source, dimensions: tuple[Dimension, ...], bounds: Bounds) -> Select[Any]:
    rows = source.select(bounds).subquery()
    keys = [rows.c[each] for each in dimensions]
    if source.tally is Tally.DISTINCT:
        return select(*keys, rows.c.key, rows.c.numerator, rows.c.path)
    if source.tally is Tally.MEDIAN:
        return select(*keys, rows.c.key, rows.c.numerator)
    return select(*keys, func.sum(rows.c.numerator), func.sum(rows.c.denominator)).group_by(*keys)


def _rows(source: Source, bounds: Bounds) -> Select[Any]:
    rows = source.select(bounds).subquery()
    columns = (rows.c.key, rows.c.row_id, rows.c.unit_id, rows.c.numerator, rows.c.denominator)
    return select(*columns).order_by(rows.c.row_id)


def _codes(source: Source, dimensions: Collection[Dimension], row: Any) -> Codes:  # noqa: ANN401 — a row of a query
    return {name: tuple(_of(source, name, value)) for name, value in zip(dimensions, row, strict=False)}


def _of(source: Source, name: Dimension, value: Any) -> Iterator[str]:  # noqa: ANN401 — a code, or a list of them
    codes = [value] if isinstance(value, str) else value
    wanted = source.codes.get(name)
    found = [code for code in codes if wanted is None or code in wanted]
    yield from found or [UNKNOWN]


def _whole(value: Any) -> int | None:  # noqa: ANN401 — PostgreSQL's sums are decimals
    return None if value is None else int(value)
