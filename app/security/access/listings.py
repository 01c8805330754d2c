"""Lists, newest first, whose statement is prepared once for each shape of scope and of what is asked."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, bindparam
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import Page, PageRequest
from app.models.base import Identified, Scoped
from app.security.access.criteria import TermsOf, covers
from app.security.access.prepared import Prepared, Shape
from app.security.access.scope import Scope, prepare, scope_of

M = TypeVar("M", bound=Identified)
# Above it statements are built for one use, so that no caller fills the memory by combining filters.
MOST: Final = 512
Values = Mapping[str, Any]


class Filters:
    """What of a list is asked for. Absent is what is None; a truth value is part of the statement."""

    def __init__(self, values: Values, *, named: bool = False) -> None:
        self._values = values
        self._named = named

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

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


class Listing(Generic[M]):
    """The rows of `model` that `build` selects by what is asked."""

    def __init__(self, model: type[M], build: Callable[[Asked], Select[M]]) -> None:
        self._model: Any = model
        self._build = build
        self._prepared_by: dict[object, Prepared] = {}

    async def page(
        self, session: AsyncSession, page: PageRequest, values: Values, *also: ColumnElement[bool]
    ) -> Page[M]:
        """The newest rows after the cursor, in O(page). With clauses beside, the statement is built for this once."""
        values = {**values, "before": page.before, "limit": page.limit + 1}
        scope = scope_of(session)
        prepared = None if also else self._prepared(scope, values)
        if prepared is None:
            found = await session.scalars(self._select(Asked(values, scope.terms, named=False)).where(*also))
        else:
            named = {name: values[name] for name in prepared.named}
            found = await session.scalars(prepared.statement, named)
        rows: list[M] = list(found)
        return Page(rows[: page.limit], len(rows) > page.limit)

    def _prepared(self, scope: Scope, values: Values) -> Prepared | None:
        shape = Shape.of(scope)
        asked = (pair if isinstance(pair[1], bool) else pair[0] for pair in values.items() if pair[1] is not None)
        key = (shape, *asked)
        if key not in self._prepared_by and len(self._prepared_by) < MOST:
            self._prepared_by[key] = prepare(self._select(Asked(values, shape.terms, named=True)), shape)
        return self._prepared_by.get(key)

    def _select(self, asked: Asked) -> Select[M]:
        query = self._build(asked)
        if "before" in asked:
            query = query.where(self._model.id < asked["before"])
        return query.order_by(self._model.id.desc()).limit(asked["limit"])
