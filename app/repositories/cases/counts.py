"""Counts of events. One event counts once, however many incidents describe it."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Select,
    SQLColumnExpression,
    String,
    bindparam,
    cast,
    exists,
    func,
    select,
)
from sqlalchemy.orm import aliased

from app.core.filters import values_of
from app.core.ids import PATH_KEY_LENGTH
from app.core.time import VIETNAM
from app.models.cases.incidents import Incident, IncidentFilter, IncidentPerson
from app.models.units import Unit
from app.repositories.base import Repository
from app.repositories.cases.incidents import criteria_of, filtered, shared_with
from app.security.access.elevation import narrowed
from app.security.access.listings import Asked, Summary, Values
from app.security.access.principal import Principal
from app.security.access.scope import Range, Scope


class Cell(NamedTuple):
    """The events of one group, severity and state."""

    group: str
    severity: str | None
    state: str

    @classmethod
    def of(cls, text: str) -> "Cell":
        """From what the counts are grouped by."""
        group, severity, state = text.split("/")
        return cls(group, severity or None, state)


Summaries = tuple[Summary[Incident], Summary[Incident]]
# Written into the statement: the index has the expression, and a parameter may be anything.
SLASH: Final[BindParameter[str]] = bindparam(None, "/", unique=True, literal_execute=True)
ABSENT: Final[BindParameter[str]] = bindparam(None, "", unique=True, literal_execute=True)
# One text is grouped in less than half the time of three.
CELL: Final = Incident.group + SLASH + func.coalesce(Incident.severity, ABSENT) + SLASH + Incident.state


def _month_on_postgresql(day: SQLColumnExpression[Any], heard: SQLColumnExpression[Any]) -> ColumnElement[date]:
    moment = func.coalesce(cast(day, DateTime), func.timezone(str(VIETNAM), heard))
    return cast(func.date_trunc("month", moment), Date)


def _month_on_sqlite(day: SQLColumnExpression[Any], heard: SQLColumnExpression[Any]) -> ColumnElement[date]:
    # SQLite knows no time zones; Việt Nam's has no summer time.
    return func.date(func.coalesce(day, func.datetime(heard, "+7 hours")), "start of month", type_=Date)


class CountRepository(Repository[Incident]):
    """Of several incidents merged into one, the surviving one counts; where it lies beyond the session's range, the
    first of those within. The columns that these queries read are those of the index `ix_incident_counted`.

    The guard alone names the range: a province's counts compare each path with it, and each time costs a tenth."""

    model = Incident

    async def cells(self, wanted: IncidentFilter) -> Counter[Cell]:
        """The events of the session's range by group, severity and state."""
        found: Counter[Cell] = Counter()
        for _, cell, count in await self._counted(TOTAL, values_of(wanted)):
            found[cell] += count
        return found

    async def by_unit(self, own_path: str, wanted: IncidentFilter) -> list[tuple[str, Cell, int]]:
        """The same by the path of the unit directly below that of `own_path`, or of that one itself."""
        length = len(own_path) + PATH_KEY_LENGTH + 1
        return await self._counted(BY_UNIT, values_of(wanted) | {"length": length})

    async def by_month(self, wanted: IncidentFilter) -> list[tuple[date, Cell, int]]:
        """The same by the first day of the month of the event or, if its day is unknown, of the first report."""
        return await self._counted(BY_MONTH[self.session.get_bind().dialect.name], values_of(wanted))

    async def _counted(self, summaries: Summaries, values: Values) -> list[tuple[Any, Cell, int]]:
        async with narrowed(self.session, Scope.without_openings):
            found = [row for each in summaries for row in await each.all(self.session, values)]
        return [(row[0], Cell.of(row[-2]), row[-1]) for row in found]

    async def involved(self, within: Range, principal: Principal, wanted: IncidentFilter) -> Counter[Cell]:
        """Events held beyond the range and shared with the principal, with persons of units within it.

        An event that counts within the range by an incident of its own is not involved besides.
        """
        units = select(Unit.id).where(within.covers(Unit.org_path))
        with_persons = select(IncidentPerson.incident_id).where(IncidentPerson.unit_id.in_(units))
        event, survivor, absorbed = func.coalesce(Incident.event_id, Incident.id), aliased(Incident), aliased(Incident)
        query = select(event, Incident.group, Incident.severity, Incident.state).where(
            Incident.id.in_(shared_with(principal)),
            ~within.covers(Incident.org_path),
            Incident.id.in_(with_persons),
            ~exists().where(within.covers(survivor.org_path), survivor.id == event),
            ~exists().where(within.covers(absorbed.org_path), absorbed.event_id == event),
            *criteria_of(wanted),
        )
        rows = await self.session.execute(query.order_by(Incident.event_id.is_not(None), Incident.id))
        events: dict[UUID, Cell] = {}
        for event_id, group, severity, state in rows:
            events.setdefault(event_id, Cell(group, severity, state))
        return Counter(events.values())


@cache
def _stands_for_event() -> ColumnElement[bool]:
    """That the session reaches neither the surviving incident nor an earlier one of those merged into it.

    Looked up for each merged incident: PostgreSQL may join EXISTS with every incident in reach.
    """
    survivor, earlier = aliased(Incident), aliased(Incident)
    surviving = select(survivor.id).where(survivor.id == Incident.event_id)
    before = select(earlier.id).where(earlier.event_id == Incident.event_id, earlier.id < Incident.id).limit(1)
    return func.coalesce(surviving.scalar_subquery(), before.scalar_subquery()).is_(None)


def _by(key: Callable[[Asked], SQLColumnExpression[Any]] | None = None) -> Summaries:
    """Two statements: the planner overrates the question of a merged event where it is asked of every row."""

    def build(asked: Asked, *events: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
        keys = (CELL,) if key is None else (key(asked), CELL)
        return select(*keys, func.count()).where(*filtered(asked), *events).group_by(*keys)

    return (
        Summary(Incident, lambda asked: build(asked, Incident.event_id.is_(None))),
        Summary(Incident, lambda asked: build(asked, Incident.event_id.is_not(None), _stands_for_event())),
    )


TOTAL: Final = _by()
BY_UNIT: Final = _by(lambda asked: func.substr(Incident.org_path, 1, asked["length"], type_=String))
BY_MONTH: Final = {
    "postgresql": _by(lambda _: _month_on_postgresql(Incident.occurred_on, Incident.received_at)),
    "sqlite": _by(lambda _: _month_on_sqlite(Incident.occurred_on, Incident.received_at)),
}
