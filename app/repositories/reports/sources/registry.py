"""Computed sources by name. A source is one SELECT, from which prefill, drill-down and lineage all come."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BinaryExpression, BindParameter, Cast, ClauseElement, ColumnClause, Select, TableClause
from sqlalchemy.sql import operators
from sqlalchemy.sql.selectable import AliasedReturnsRows, SelectBase
from sqlalchemy.sql.visitors import iterate

from app.core.vocabulary import Dimension
from app.models.base import Base
from app.repositories.reports.sources.extents import Bounds, Extent
from app.security.access.criteria import scoped_tables
from app.security.access.scope import Range

UNKNOWN: Final = "unknown"
Query = Callable[[Bounds], Select[Any]]


class SourceError(Exception):
    """A source that counts beyond its range, or declares itself wrongly: a defect, found at the start."""


class Tally(StrEnum):
    """How rows become a figure: added, counted by distinct `key`, or the middle one."""

    SUM = "sum"
    DISTINCT = "distinct"
    MEDIAN = "median"


class CountedBy(StrEnum):
    """Whose figure it is: the unit that held the case at the cut-off, the unit itself, or who receives the reports."""

    HOLDER = "holder"
    UNIT = "unit"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Source:
    """`select` gives a row for each thing counted: `key`, `row_id`, `unit_id` (where it happened), a column for each
    dimension, `numerator` and `denominator`; of distinct things also `path`, at which the row counts.

    A thing may have several codes of a dimension in `multi`, so its cells may add up to more than the total; of the
    codes of a dimension in `codes` only those count.
    """

    name: str
    label_vi: str
    label_en: str
    # What it counts, in words.
    rule_vi: str
    tables: tuple[type[Base], ...]
    dimensions: frozenset[Dimension]
    select: Query
    counted_by: CountedBy = CountedBy.HOLDER
    tally: Tally = Tally.SUM
    multi: frozenset[Dimension] = frozenset()
    # Of several incidents of one event within an extent one counts, so that parts may add up to more than the whole.
    by_event: bool = False
    # It counts what happened in the period, beside which a unit does not declare that nothing did.
    of_period: bool = False
    # It counts persons of cases: few of them are never open to the public.
    of_persons: bool = False
    codes: Mapping[Dimension, frozenset[str]] = field(default_factory=dict)

    @property
    def rule_en(self) -> str:
        return " ".join((self.select.__doc__ or "").split())

    @property
    def has_denominator(self) -> bool:
        """Whether it counts a ratio: both parts of it, in each row."""
        return not isinstance(self.select(PROBE).selected_columns["denominator"].element, Cast)


SOURCES: Final[dict[str, Source]] = {}
PROBE: Final = Extent(
    unit_id=UUID(int=1),
    within=Range("/probe/", "/probe0"),
    first=date(2000, 1, 1),
    last=date(2000, 12, 31),
    cut_off=datetime(2001, 1, 1, tzinfo=UTC),
    at=datetime(2001, 1, 1, tzinfo=UTC),
    school_year="2000-2001",
    came_down=frozenset(),
).bounds()


def source(
    label_vi: str,
    label_en: str,
    rule_vi: str,
    tables: tuple[type[Base], ...],
    dimensions: frozenset[Dimension],
    **more: Any,  # noqa: ANN401 — further fields of a source
) -> Callable[[Query], Query]:
    """Register a function under its own name; its docstring is the rule in English."""

    def registered(query: Query) -> Query:
        register(Source(query.__name__, label_vi, label_en, rule_vi, tables, dimensions, query, **more))
        return query

    return registered


def register(source: Source) -> None:
    """Raises SourceError for a source whose SELECT does not name the range, or is not as it declares."""
    check(source)
    if source.name in SOURCES:
        raise SourceError(f"{source.name} is registered twice")
    SOURCES[source.name] = source


def check(source: Source) -> None:
    query = source.select(PROBE)
    expected = {"key", "row_id", "unit_id", *source.dimensions, "numerator", "denominator"}
    expected |= {"path"} if source.tally is Tally.DISTINCT else set()
    if set(query.selected_columns.keys()) != expected or not source.rule_en:
        raise SourceError(f"{source.name} has other columns than it declares, or no rule in words")
    read = {name for each in _queries(query) for name in _tables(each)}
    if read != {table.__tablename__ for table in source.tables}:
        raise SourceError(f"{source.name} reads other tables than it declares")
    if not _names_range(query):
        raise SourceError(f"{source.name} does not name the range")
    for nested in _queries(query):
        if nested is not query and scoped_tables() & _tables(nested) and not _is_confined(nested):
            raise SourceError(f"{source.name} reads beyond the range in a nested query")


def _queries(query: Select[Any]) -> Iterator[Select[Any]]:
    return (each for each in iterate(query) if isinstance(each, Select))


def _own_parts(query: Select[Any]) -> Iterator[ClauseElement]:
    """The parts of a query without those of the queries nested in it."""
    rest: list[Any] = list(query.get_children())
    while rest:
        element = rest.pop()
        if isinstance(element, SelectBase):
            continue
        yield element
        rest.extend(element.get_children())


def _table_of(element: ClauseElement) -> str | None:
    source: Any = element.table if isinstance(element, ColumnClause) else element
    while isinstance(source, AliasedReturnsRows):
        source = source.element
    return str(source.name) if isinstance(source, TableClause) else None


def _tables(query: Select[Any]) -> set[str]:
    return {name for each in _own_parts(query) if (name := _table_of(each)) is not None}


def _comparisons(query: Select[Any]) -> Iterator[BinaryExpression[Any]]:
    return (each for each in _own_parts(query) if isinstance(each, BinaryExpression))


def _names_range(query: Select[Any]) -> bool:
    """Whether a path is compared with both ends of the range."""
    ends = {operators.ge: PROBE.lo, operators.lt: PROBE.hi}
    found = {
        operator
        for each in _comparisons(query)
        for operator, end in ends.items()
        if each.operator is operator
        and getattr(each.left, "name", None) == "org_path"
        and isinstance(each.right, BindParameter)
        and each.right.value == end
    }
    return found == set(ends)


def _is_confined(query: Select[Any]) -> bool:
    """Whether a nested query names the range, or is tied to a row of another table or alias by a key."""
    equal = (each for each in _comparisons(query) if each.operator is operators.eq)
    sides = ((_columns_of(each.left), _columns_of(each.right)) for each in equal)
    return _names_range(query) or any(left and right and not left & right for left, right in sides)


def _columns_of(element: ClauseElement) -> set[int]:
    """The tables and aliases of the columns in an expression."""
    return {id(each.table) for each in iterate(element) if isinstance(each, ColumnClause)}
