"""Lists whose statement is prepared once for each shape of scope and of what is asked."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, bindparam, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.paging import Page, PageRequest
from app.models.base import Identified, Scoped
from app.security.access.criteria import TermsOf, covers
from app.security.access.prepared import Prepared, Shape
from app.security.access.scope import Scope, prepare, scope_of, scoped_session

M = TypeVar("M", bound=Identified)
# Above it statements are built for one use, so that no caller fills the memory by combining filters.
MOST: Final = 512
# More values of one filter than any list of codes that a person picks from.
MOST_VALUES: Final = 32
Values = Mapping[str, Any]


class Filters:
    """What of a list is asked for. Absent is what is None or (); a truth value is part of the statement."""

    def __init__(self, values: Values, *, named: bool = False) -> None:
        self._values = values
        self._named = named

    def __contains__(self, name: str) -> bool:
        return _is_asked(self._values.get(name))

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 — a value, or its name in the statement
        """Raises KeyError for what is not asked for: a list without it would show more."""
        if name not in self:
            raise KeyError(name)
        return bindparam(name) if self._named else self._values[name]

    def flag(self, name: str) -> bool | None:
        found: bool | None = self._values.get(name)
        return found

    def equal(self, **columns: SQLColumnExpression[Any]) -> list[ColumnElement[bool]]:
        """Each column of which a value is asked for by the name."""
        return [column == self[name] for name, column in columns.items() if name in self]

    def among(self, **columns: SQLColumnExpression[Any]) -> list[ColumnElement[bool]]:
        """Each column of which any of several values is asked for by the name."""
        return [column.in_(self._several(name)) for name, column in columns.items() if name in self]

    def _several(self, name: str) -> Any:  # noqa: ANN401 — values, or their name in the statement
        return bindparam(name, expanding=True) if self._named else self._values[name]

    def present(self, **columns: SQLColumnExpression[Any]) -> list[ColumnElement[bool]]:
        """Each column of which it is asked by the name whether it has a value."""
        asked = ((column, self.flag(name)) for name, column in columns.items() if name in self)
        return [column.is_not(None) if flag else column.is_(None) for column, flag in asked]


class Asked(Filters):
    """Filters within a scope."""

    def __init__(self, values: Values, terms: TermsOf, *, named: bool) -> None:
        super().__init__(values, named=named)
        self._terms = terms

    def within(self, model: type[Scoped]) -> ColumnElement[bool]:
        """The session's own range. The guard says so again; named in a query, the index serves it."""
        return covers(self._terms(model.__access_class__).read, model.org_path)

    def ranged(self, model: type[Scoped]) -> list[ColumnElement[bool]]:
        """The same for who has a range; the others get what the guard leaves them, such as by a membership."""
        return [self.within(model)] if self._terms(model.__access_class__).read is not None else []


class Listing(Generic[M]):
    """The rows of `model` that `build` selects by what is asked: newest first, or by the time `by`, soonest first.

    `build` may select columns of other tables beside the model, or columns of the model alone.
    """

    def __init__(
        self,
        model: type[M],
        build: Callable[[Asked], Select[*tuple[Any, ...]]],
        by: InstrumentedAttribute[datetime] | None = None,
    ) -> None:
        self._model: Any = model
        self._build = build
        self._by = by
        self._prepared_by: dict[object, Prepared] = {}

    async def page(
        self, session: AsyncSession, page: PageRequest, values: Values, *also: ColumnElement[bool]
    ) -> Page[M]:
        """The first rows after the cursor, in O(page). With clauses beside, the statement is built for this once."""
        found: list[M] = list(await session.scalars(*self._statement(session, _paged(values, page), also)))
        return Page(found[: page.limit], len(found) > page.limit)

    async def rows(self, session: AsyncSession, page: PageRequest, values: Values) -> Page[Any]:
        """The same with what is selected beside the model."""
        found = list(await session.execute(*self._statement(session, _paged(values, page), ())))
        return Page(found[: page.limit], len(found) > page.limit)

    async def columns(
        self, session: AsyncSession, page: PageRequest, values: Values, *also: ColumnElement[bool]
    ) -> Page[Any]:
        """The same of a list that selects columns and no model."""
        asked = self._statement(session, _paged(values, page), also)
        found = await session.run_sync(lambda each: scoped_session(each).columns(*asked))
        return Page(found[: page.limit], len(found) > page.limit)

    def _statement(
        self, session: AsyncSession, values: Values, also: Sequence[ColumnElement[bool]]
    ) -> tuple[Select[Any], dict[str, Any] | None]:
        scope = scope_of(session)
        prepared = None if also else self._prepared(scope, values)
        if prepared is None:
            return self._select(Asked(values, scope.terms, named=False)).where(*also), None
        return prepared.statement, {name: _padded(values[name]) for name in prepared.named}

    def _prepared(self, scope: Scope, values: Values) -> Prepared | None:
        shape = Shape.of(scope)
        asked = (pair if isinstance(pair[1], bool) else pair[0] for pair in values.items() if _is_asked(pair[1]))
        key = (shape, *asked)
        if key not in self._prepared_by and len(self._prepared_by) < MOST:
            self._prepared_by[key] = prepare(self._select(Asked(values, shape.terms, named=True)), shape)
        return self._prepared_by.get(key)

    def _select(self, asked: Asked) -> Select[Any]:
        query, key = self._build(asked), self._model.id
        if self._by is None:
            query = query.where(key < asked["before"]) if "before" in asked else query
            return query.order_by(key.desc()).limit(asked["limit"])
        if "at" in asked:
            later = or_(self._by > asked["at"], key > asked["before"])
            query = query.where(self._by >= asked["at"], later)
        return query.order_by(self._by, key).limit(asked["limit"])


class Summary(Listing[M]):
    """All that `build` selects by what is asked: columns, such as counts."""

    async def all(self, session: AsyncSession, values: Values) -> Sequence[Any]:
        asked = self._statement(session, values, ())
        return await session.run_sync(lambda each: scoped_session(each).columns(*asked))

    def _select(self, asked: Asked) -> Select[Any]:
        return self._build(asked)


class Lookup(Summary[M]):
    """The same of objects, alone or beside others."""

    async def all(self, session: AsyncSession, values: Values) -> Sequence[Any]:
        found: Sequence[Any] = (await session.execute(*self._statement(session, values, ()))).all()
        return found


def _paged(values: Values, page: PageRequest) -> Values:
    return {**values, "before": page.before, "at": page.at, "limit": page.limit + 1}


def _is_asked(value: object) -> bool:
    return value is not None and value != ()


def _padded(value: Any) -> Any:  # noqa: ANN401 — any value of a statement
    """Several values in a number that is a power of two: each number is a text that the database plans anew."""
    if not isinstance(value, tuple):
        return value
    return [*value, *value[-1:] * ((1 << (len(value) - 1).bit_length()) - len(value))]
