"""Whether a membership of the caller opens rows for writing, asked once for all rows that it opens alike."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, false, inspect, literal, or_, select
from sqlalchemy.orm import Session

from app.core.scoping import AccessClass
from app.models.base import Base, Scoped
from app.security.access.criteria import Terms, caller_of


def opening_columns(model: type[Scoped]) -> frozenset[str]:
    """The columns by which a row is opened for writing: to change one moves the row to other writers."""
    return frozenset[str]().union(*(way.columns for way in model.__opened_by__ if way.writes))


class Openings:
    """The answers of one flush: what opens a row is read again at the next."""

    def __init__(self, session: Session, terms: Callable[[AccessClass], Terms]) -> None:
        self._session = session
        self._terms = terms
        self._known: dict[tuple[Any, ...], bool] = {}

    def open(self, model: type[Scoped], row: Mapping[str, Any]) -> bool:
        """Whether a row with these values is opened."""
        values = {name: row[name] for name in sorted(opening_columns(model))}
        key = (model, *values.values())
        if key not in self._known:
            self._known[key] = self._asked(model, values)
        return self._known[key]

    def _asked(self, model: type[Scoped], values: Mapping[str, Any]) -> bool:
        caller = caller_of(self._terms(model.__access_class__))
        ways = [way for way in model.__opened_by__ if way.writes]
        if not ways or caller is None:
            return False
        columns = inspect(model).local_table.c

        def value(name: str) -> ColumnElement[Any]:
            return literal(values[name], columns[name].type)

        opened = (way.opens(value, caller, Base.metadata) for way in ways)
        # The row's own values stand in for its columns, so no table of the statement is left to scope.
        return bool(Session.connection(self._session).scalar(select(or_(false(), *opened))))
