"""A search as clauses on the plain facts of incidents. No sealed column can be named here."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, false, func, or_

from app.core.time import start_of
from app.models.cases.incidents import Incident
from app.repositories.filters import units_below


@dataclass(frozen=True, slots=True)
class DateRange:
    """From one day up to and including another."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class CodeParts:
    """A whole code, or one or two of its groups of five, with or without the year before them."""

    whole: str | None = None
    year: str | None = None
    groups: tuple[str, ...] = ()


COLUMNS = {"incident_group": Incident.group, "severity": Incident.severity, "location": Incident.location}
FIRST, SECOND = func.substr(Incident.code, 6, 5), func.substr(Incident.code, 12, 5)


@dataclass(slots=True)
class Search:
    """What was understood. Parts combine with AND; what one part may mean, with OR."""

    codes: list[CodeParts] = field(default_factory=list)
    periods: list[DateRange] = field(default_factory=list)
    labels: list[frozenset[tuple[str, str]]] = field(default_factory=list)
    units: list[frozenset[UUID]] = field(default_factory=list)
    unintelligible: bool = False

    def clauses(self) -> list[ColumnElement[bool]]:
        if self.unintelligible:
            return [false()]
        return [
            *map(_of_code, self.codes),
            *map(_of_date_range, self.periods),
            *map(_of_labels, self.labels),
            *map(_of_units, self.units),
        ]


def _of_code(parts: CodeParts) -> ColumnElement[bool]:
    if parts.whole is not None:
        return Incident.code == parts.whole
    head, *more = parts.groups
    same = FIRST.in_([head]) & SECOND.in_(more) if more else or_(FIRST.in_([head]), SECOND.in_([head]))
    return same if parts.year is None else same & func.substr(Incident.code, 1, 4).in_([parts.year])


def _of_date_range(period: DateRange) -> ColumnElement[bool]:
    """The day of the event; if unknown, the day of the first report."""
    start = start_of(period.first)
    end = start_of(period.last + timedelta(days=1))
    return or_(
        Incident.occurred_on.between(period.first, period.last),
        and_(Incident.occurred_on.is_(None), Incident.received_at >= start, Incident.received_at < end),
    )


def _of_labels(labels: frozenset[tuple[str, str]]) -> ColumnElement[bool]:
    return or_(false(), *(_of_label(list_, code) for list_, code in sorted(labels)))


def _of_label(list_: str, code: str) -> ColumnElement[bool]:
    if list_ == "state":
        return Incident.state == code
    if list_ == "incident_form":
        # The text of the JSON list: both engines write a code between double quotes.
        return cast(Incident.forms, String).contains(f'"{code}"', autoescape=True)
    found: ColumnElement[bool] = COLUMNS[list_] == code
    return found


def _of_units(unit_ids: frozenset[UUID]) -> ColumnElement[bool]:
    """Where the event happened: in one of the units or below it."""
    return Incident.unit_id.in_(units_below(lambda named: named.id.in_(unit_ids)))
