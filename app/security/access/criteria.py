"""What a scope leaves of a table, as SQL: with a session's own values, or with names that the guard fills in."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    SQLColumnExpression,
    and_,
    bindparam,
    false,
    inspect,
    or_,
    true,
)
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.orm.interfaces import ORMOption

from app.core import time
from app.core.scoping import AccessClass
from app.models.base import Base, Scoped, UtcDateTime
from app.models.openings import Caller, Opening
from app.security.access.statements import Names

Path = str | ColumnElement[str]
Units = Collection[UUID] | BindParameter[Any]
Separation = Callable[[type[Scoped], Units], ColumnElement[bool]]
# What staff of former units may see of a table, by the areas that know who is accused (services/setup/hooks.py).
SEPARATIONS: Final[list[Separation]] = []


class ScopeError(Exception):
    """Code tried to leave its scope: a defect, never a user's fault."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is reached of one access class. A range is its two ends, None where it is empty."""

    read: tuple[Path, Path] | None
    write: tuple[Path, Path] | None
    unit: ColumnElement[UUID] | None
    user: ColumnElement[UUID] | None
    former_units: Units | None
    sees_pending: bool


TermsOf = Callable[[AccessClass], Terms]


def covers(ends: tuple[Path, Path] | None, column: SQLColumnExpression[str]) -> ColumnElement[bool]:
    inside: ColumnElement[bool] = false() if ends is None else and_(column >= ends[0], column < ends[1])
    return inside


def scoped_models() -> list[type[Scoped]]:
    return [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Scoped)]


@cache
def scoped_tables() -> Names:
    return frozenset(str(inspect(model).local_table.name) for model in scoped_models())


def criteria(terms_of: TermsOf, tables: Names, *, write: bool) -> tuple[ORMOption, ...]:
    """Of the tables that a statement names, for each option is paid for in every one of its cache lookups."""
    # Expressions, not lambdas: a lambda with a default argument keeps the first principal's values in its cache.
    within = writable if write else readable
    return tuple(
        with_loader_criteria(model, within(model, terms_of(model.__access_class__)), include_aliases=True)
        for model in scoped_models()
        if inspect(model).local_table.name in tables
    )


def readable(model: type[Scoped], terms: Terms) -> ColumnElement[bool]:
    within = or_(covers(terms.read, model.org_path), *_opened(model, terms, model.__opened_by__))
    return _apart(model, terms, within & _shown(model, terms))


def writable(model: type[Scoped], terms: Terms) -> ColumnElement[bool]:
    ways = [way for way in model.__opened_by__ if way.writes]
    within = or_(covers(terms.write, model.org_path), *_opened(model, terms, ways))
    return _apart(model, terms, within & _shown(model, terms))


# Read when the statement runs: criteria are remembered.
def _now() -> datetime:
    return time.utc_now()


def _today() -> date:
    return time.today()


def _this_moment() -> BindParameter[datetime]:
    # Without a name: a parameter would replace a named value.
    return bindparam(None, callable_=_now, type_=UtcDateTime())


def _shown(model: type[Scoped], terms: Terms) -> ColumnElement[bool]:
    """What staff see by now of what anonymous callers sent."""
    if terms.sees_pending or model.__visible_from__ is None:
        return true()
    column = getattr(model, model.__visible_from__)
    return or_(column.is_(None), column <= _this_moment())


def caller_of(terms: Terms) -> Caller | None:
    """The caller whom rows name. None where nobody and no unit could be named."""
    if terms.unit is None and terms.user is None:
        return None
    return Caller(
        unit=terms.unit,
        user=terms.user,
        now=_this_moment(),
        today=bindparam(None, callable_=_today, type_=Date()),
    )


def _apart(model: type[Scoped], terms: Terms, reached: ColumnElement[bool]) -> ColumnElement[bool]:
    """What the rules of former units leave. Without any rule nothing may be read: it would be everything."""
    if terms.former_units is None:
        return reached
    if not SEPARATIONS:
        raise ScopeError("former units, and no rule about them")
    return reached & and_(true(), *(rule(model, terms.former_units) for rule in SEPARATIONS))


def _opened(model: type[Scoped], terms: Terms, ways: Iterable[Opening]) -> Iterator[ColumnElement[bool]]:
    caller = caller_of(terms)
    if caller is not None:
        yield from (way.opens(partial(getattr, model), caller, Base.metadata) for way in ways)
