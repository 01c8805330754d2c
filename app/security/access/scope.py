"""The one place that decides which rows a session reaches; a new query cannot forget it.

A session is bound to one scope for its life. Every ORM statement gets the scope's criteria; whatever cannot get them
(text, Core statements, bulk paths, raw connections) is refused. On PostgreSQL the same scope is set for the
transaction and row-level security repeats it (policies.py). Composite foreign keys close what neither sees.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NoReturn
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Row,
    Select,
    SQLColumnExpression,
    Uuid,
    event,
    inspect,
    literal,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.sql.dml import Insert, Update

from app.core.scoping import ADDED_BY_ALL, AccessClass
from app.models.base import Scoped
from app.security.access.criteria import ScopeError, Terms, covers, criteria, readable, scoped_tables
from app.security.access.flush import Changes, FlushSession, Rows
from app.security.access.lookups import STORED_ANSWER
from app.security.access.openings import Openings, opening_columns
from app.security.access.prepared import PREFIX, Prepared, Shape
from app.security.access.principal import Principal
from app.security.access.roles import Reach
from app.security.access.settings import begin_with
from app.security.access.statements import Names, Sources, assigned, sole_entity, sources_of


@dataclass(frozen=True, slots=True)
class Range:
    """Paths from `lo` up to, not including, `hi`. An empty range holds none."""

    lo: str = ""
    hi: str = ""

    @classmethod
    def under(cls, path: str) -> "Range":
        return cls(path, path[:-1] + "0")

    @classmethod
    def at(cls, path: str) -> "Range":
        """The path alone: every segment begins with a letter or a digit, which come after the dash."""
        return cls(path, f"{path}-")

    def holds(self, path: str) -> bool:
        return self.lo <= path < self.hi

    @property
    def ends(self) -> tuple[str, str] | None:
        return (self.lo, self.hi) if self.lo else None

    def covers(self, column: SQLColumnExpression[str]) -> ColumnElement[bool]:
        return covers(self.ends, column)


NOTHING: Final = Range()
EVERYTHING: Final = Range("/", "0")


@dataclass(frozen=True, slots=True)
class Access:
    """What a session reaches of one access class: by path, and by what names the unit or the user."""

    read: Range = NOTHING
    write: Range = NOTHING
    unit_id: UUID | None = None
    user_id: UUID | None = None


ORDER: Final = {access_class: position for position, access_class in enumerate(AccessClass)}
NO_ACCESS: Final = Access()


@dataclass(frozen=True, slots=True)
class Scope:
    """What one session reaches. Accused staff of `former_units` are unseen (decision 0001).

    `sees_pending`: also what an anonymous caller sent and staff do not see yet (docs/security.md).
    """

    accesses: tuple[Access, ...] = (NO_ACCESS,) * len(AccessClass)
    former_units: frozenset[UUID] = frozenset()
    sees_pending: bool = False

    @classmethod
    def to(cls, accesses: Mapping[AccessClass, Access], former_units: frozenset[UUID] = frozenset()) -> "Scope":
        return cls(tuple(accesses.get(each, NO_ACCESS) for each in AccessClass), former_units)

    @classmethod
    def of(cls, principal: Principal) -> "Scope":
        accesses = {each: _access(principal, each) for each in AccessClass}
        return cls.to(accesses, principal.former_units)

    def terms(self, access_class: AccessClass) -> Terms:
        """Its values as SQL."""
        access = self.accesses[ORDER[access_class]]
        return Terms(
            read=access.read.ends,
            write=access.write.ends,
            unit=None if access.unit_id is None else literal(access.unit_id, Uuid()),
            user=None if access.user_id is None else literal(access.user_id, Uuid()),
            former_units=self.former_units or None,
            sees_pending=self.sees_pending,
        )

    def without_pending(self) -> "Scope":
        """What of it staff see by now."""
        return replace(self, sees_pending=False)

    def without_openings(self) -> "Scope":
        """What of it the ranges hold, without what rows open to the unit or the user."""
        return replace(self, accesses=tuple(Access(each.read, each.write) for each in self.accesses))

    def at_unit(self, org_path: str) -> "Scope":
        """What of it one unit itself holds, to be read."""
        reached = (each.read.holds(org_path) for each in self.accesses)
        only = Access(Range.at(org_path))
        return replace(self, accesses=tuple(only if is_reached else NO_ACCESS for is_reached in reached))

    def within_unit(self, org_path: str) -> "Scope":
        """What of it one unit itself holds, to be read and written as before."""
        own = Range.at(org_path)

        def narrowed(former: Range) -> Range:
            return own if former.holds(org_path) else NOTHING

        return replace(
            self, accesses=tuple(Access(narrowed(each.read), narrowed(each.write)) for each in self.accesses)
        )

    def access(self, model: type[Scoped]) -> Access:
        return self.accesses[ORDER[model.__access_class__]]

    def reads(self, model: type[Scoped]) -> Range:
        return self.access(model).read

    def writes(self, model: type[Scoped]) -> Range:
        return self.access(model).write


def _access(principal: Principal, access_class: AccessClass) -> Access:
    reach, own = principal.rights.reach(access_class), Range.under(principal.org_path)
    if reach is Reach.NONE:
        return NO_ACCESS
    if reach is Reach.UNIT:
        own = Range.at(principal.org_path)
    return Access(NOTHING if reach is Reach.GRANTED else own, own, principal.unit_id, principal.id)


PLACE: Final = frozenset({"org_path", "holder_id"})

ALL: Final = Scope((Access(EVERYTHING, EVERYTHING),) * len(AccessClass), sees_pending=True)


@lru_cache(maxsize=16384)
def _criteria(scope: Scope, tables: Names, *, write: bool) -> tuple[ORMOption, ...]:
    return criteria(scope.terms, tables, write=write)


class ScopedSession(FlushSession):
    """A session that refuses every way around its scope."""

    # How often it wrote.
    writes = 0

    def judge(self, changes: Changes) -> None:
        """Raises ScopeError for a row of a flush beyond the scope."""
        self.writes += 1
        opened = Openings(self, self.scope.terms)
        for row in scoped_rows(changes.new):
            if row.__access_class__ not in ADDED_BY_ALL:
                _check(self, row, opened)
        for row in scoped_rows((*changes.deleted, *changes.updated)):
            _check(self, row, opened)

    def judge_rows(self, rows: Rows) -> None:
        """Raises ScopeError for a row beyond the scope, by what it says of its path and of what opens it."""
        self.writes += 1
        opened = Openings(self, self.scope.terms)
        for model, some in rows.items():
            if not issubclass(model, Scoped):
                continue
            reach = self.scope.writes(model)
            if not all(reach.holds(row["org_path"]) or opened.open(model, row) for row in some):
                raise ScopeError(f"a {model.__name__} beyond the scope")

    def places(self, model: type[Any]) -> frozenset[str]:
        return frozenset({"org_path"}) | opening_columns(model) if issubclass(model, Scoped) else frozenset()

    @property
    def scope(self) -> Scope:
        scope = self.info.get("scope")
        if not isinstance(scope, Scope):
            raise ScopeError("a session without a scope")
        return scope

    def rebind(self, scope: Scope) -> None:
        self.info["scope"] = scope

    def columns(self, query: Select[Any], given: Mapping[str, Any] | None) -> Sequence[Row[Any]]:
        """The rows of a query of columns. A prepared one passes the ORM by, which takes as long as the database."""
        prepared = _PREPARED.get(id(query))
        if prepared is None:
            return self.execute(query, given).all()
        return Session.connection(self).execute(query, prepared.filled(self.scope, given)).all()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise ScopeError("bulk and raw paths know no scope")

    connection = bulk_save_objects = bulk_insert_mappings = bulk_update_mappings = _refuse


def scoped_session(session: Session) -> ScopedSession:
    if not isinstance(session, ScopedSession):
        raise ScopeError("an unscoped session")
    return session


def scope_of(session: AsyncSession) -> Scope:
    """Raises ScopeError for a session without one."""
    return scoped_session(session.sync_session).scope


def bound_session(engine_session: AsyncSession, scope: Scope) -> AsyncSession:
    """Bind a fresh session to its one scope."""
    session = engine_session.sync_session
    if session.info:
        raise ScopeError("a session is bound once")
    session.info["scope"] = scope
    return engine_session


@event.listens_for(ScopedSession, "do_orm_execute")
def _guard(state: ORMExecuteState) -> None:
    session = scoped_session(state.session)
    if state.statement is STORED_ANSWER:
        return
    if not state.is_orm_statement or state.is_from_statement:
        raise ScopeError("only ORM statements can be scoped")
    prepared = _PREPARED.get(id(state.statement))
    if prepared is not None:
        state.parameters = prepared.filled(session.scope, state.parameters)
    else:
        _judge(state, session.scope)


def _judge(state: ORMExecuteState, scope: Scope) -> None:
    statement = state.statement
    sources = _visible_sources(statement)
    if not state.is_select:
        scoped_session(state.session).writes += 1
    if isinstance(statement, Insert):
        return
    _refuse_unnamed(state, sources)
    if isinstance(statement, Update):
        _refuse_path_change(state)
    write = state.is_update or state.is_delete
    if state.is_column_load and isinstance(statement, Select):
        # The ORM switches loader criteria off where it refreshes a row by its key.
        statement = statement.where(*_of_refreshed(state, scope))
    tables = scoped_tables() if write else sources.scoped
    state.statement = statement.options(*_criteria(scope, tables, write=write))


def _visible_sources(statement: Executable) -> Sources:
    sources = sources_of(statement, scoped_tables())
    if sources.hidden:
        raise ScopeError(f"{sources.hidden} is out of the criteria's reach")
    return sources


def _refuse_unnamed(state: ORMExecuteState, sources: Sources) -> None:
    """A parameter also replaces a value whose name SQLAlchemy made up, such as one of the criteria."""
    given = state.parameters if isinstance(state.parameters, Sequence) else [state.parameters or {}]
    if sources.scoped and not sources.named.issuperset(*given):
        raise ScopeError("a parameter that the statement does not name")


def _of_refreshed(state: ORMExecuteState, scope: Scope) -> Iterator[ColumnElement[bool]]:
    scoped = (m.class_ for m in state.all_mappers if issubclass(m.class_, Scoped))
    return (readable(model, scope.terms(model.__access_class__)) for model in scoped)


# By the identity of statements, which stay in memory: nothing that code writes onto a statement makes it prepared.
_PREPARED: Final[dict[int, Prepared]] = {}


def prepare(query: Select[Any], shape: Shape) -> Prepared:
    """The statement for scopes of a shape, judged here once. Each session's own scope is filled in as it runs.

    It is never forgotten. Raises ScopeError as the guard does.
    """
    sources = _visible_sources(query)
    model = sole_entity(query)
    if model is not None and issubclass(model, Scoped):
        # What the criteria would say: the ORM adapts them to each entity, at a price in every execution.
        statement = query.where(readable(model, shape.terms(model.__access_class__)))
    else:
        statement = query.options(*criteria(shape.terms, sources.scoped, write=False))
    own = frozenset(name for name in sources.named if not name.startswith(PREFIX))
    _PREPARED[id(statement)] = prepared = Prepared(statement, shape, own)
    return prepared


def _refuse_path_change(state: ORMExecuteState) -> None:
    scoped = [m.class_ for m in state.all_mappers if issubclass(m.class_, Scoped)]
    # Parameters of their own may set any column, and a list of them updates by key alone.
    places = PLACE.union(*map(opening_columns, scoped))
    if scoped and (state.parameters or not places.isdisjoint(assigned(state.statement))):
        raise ScopeError("a bulk update may not move rows")


@event.listens_for(ScopedSession, "before_attach")
def _refuse_detached(_: ScopedSession, row: object) -> None:
    # A detached row may be anybody's, and its path anything: a flush would write by its key alone.
    if isinstance(row, Scoped) and inspect(row).key is not None:
        raise ScopeError("a scoped row is loaded, not attached")


def scoped_rows(rows: Iterable[object]) -> Iterator[Scoped]:
    return (row for row in rows if isinstance(row, Scoped))


def _check(session: ScopedSession, row: Scoped, opened: Openings) -> None:
    reach = session.scope.writes(type(row))
    if all(reach.holds(path) for path in (row.org_path, *_former_paths(row))):
        return
    # A membership opens no way to move the row.
    ways = {name: getattr(row, name) for name in opening_columns(type(row))}
    if _is_moved(row) or not opened.open(type(row), ways):
        raise ScopeError(f"a {type(row).__name__} beyond the scope")


def _former_paths(row: Scoped) -> Iterator[str]:
    """Where a stored row was. A flush writes by the key alone: a path that was replaced unread may be anybody's."""
    state = inspect(row)
    if state.key is None:
        return
    history = state.attrs.org_path.history
    if history.added and not history.deleted:
        raise ScopeError(f"a {type(row).__name__} from an unknown path")
    yield from history.deleted or ()


def _is_moved(row: Scoped) -> bool:
    """Whether a stored row's path, or what opens it for writing, was set: its values are not those of the database."""
    state = inspect(row)
    names = {"org_path", *opening_columns(type(row))}
    return state.key is not None and any(state.attrs[name].history.has_changes() for name in names)


@event.listens_for(ScopedSession, "after_begin")
def _set_scope(session: ScopedSession, _: SessionTransaction, connection: Connection) -> None:
    begin_with(connection, session.scope)
