"""How a session writes: judged once every listener is done, and on PostgreSQL with one INSERT for all new rows.

The statement's shape is the list of tables: the rows of a table are arrays, so PostgreSQL prepares it once for any
number of rows. The order of rows plays no part, because every foreign key is checked at COMMIT, ids and defaults come
from the application, and no relationship exists (tests/engines/test_metadata.py).
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, cast

from sqlalchemy import Dialect, String, Table
from sqlalchemy.orm import InstanceState, Mapper, Session, UOWTransaction

# Above it the arrays of one statement would fill the memory; SQLAlchemy sends such a flush in parts.
MOST_ROWS = 1000

States = Sequence[InstanceState[Any]]
Watcher = Callable[["FlushSession"], None]


class Column(NamedTuple):
    key: str
    bind: Callable[[Any], Any] | None


class Target(NamedTuple):
    """A table to insert into: its columns, and its part of the statement with `{}` for each parameter's number."""

    columns: tuple[Column, ...]
    insert: str


class FlushSession(Session):
    """A session whose watchers see the rows of each flush after all listeners, immediately before the SQL."""

    watchers: ClassVar[list[Watcher]] = []

    def judge(self) -> None:
        """Refuse rows that the session may not write. Called last."""
        raise NotImplementedError

    def _flush(self, objects: Sequence[object] | None = None) -> None:
        context = UOWTransaction(self)
        self.dispatch.before_flush(self, context, objects)
        for watcher in self.watchers:
            watcher(self)
        self.judge()
        transaction = self._autobegin_t()._begin()  # noqa: SLF001 — a failure undoes the transaction, as SQLAlchemy's flush
        context.transaction = transaction
        try:
            new = self._planned(context)
            context.execute()
            if new:
                insert_at_once(self, new)
            self.dispatch.after_flush(self, context)
            context.finalize_flush_changes()
            self._register_persistent(set(new))
            self.dispatch.after_flush_postexec(self, context)
            transaction.commit()
        except BaseException:
            transaction.rollback(_capture_exception=True)
            raise

    def _planned(self, context: UOWTransaction) -> States:
        """Leave updates and deletes to SQLAlchemy, and new rows too where they are not inserted at once."""
        deleted = set(self._deleted)
        for state in deleted:
            context.register_object(state, isdelete=True)
        at_once = self.get_bind().dialect.name == "postgresql" and len(self._new) <= MOST_ROWS
        changed = set(self._dirty_states) if at_once else {*self._new, *self._dirty_states}
        for state in changed - deleted:
            context.register_object(state)
        return tuple(self._new) if at_once else ()


def insert_at_once(session: Session, states: States) -> None:
    """Send one statement with the new rows of all tables."""
    by_table: dict[Mapper[Any], list[dict[str, Any]]] = {}
    for state in states:
        by_table.setdefault(state.mapper, []).append(_filled(state))
    connection = Session.connection(session)
    mappers = tuple(sorted(by_table, key=lambda mapper: _table(mapper).name))
    values = [
        [_bound(column, row[column.key]) for row in by_table[mapper]]
        for mapper in mappers
        for column in _target(mapper, connection.dialect).columns
    ]
    connection.exec_driver_sql(_statement(mappers, connection.dialect), tuple(values))


def _bound(column: Column, value: object) -> object:
    return value if column.bind is None or value is None else column.bind(value)


def _filled(state: InstanceState[Any]) -> dict[str, Any]:
    """The row's values, its defaults included: what is missing would be read from the database later."""
    values: dict[str, Any] = state.dict
    if missing := state.mapper.column_attrs.keys() - values.keys():
        row = state.obj()
        values.update((key, getattr(row, key)) for key in missing)
    return values


@lru_cache(maxsize=512)
def _statement(mappers: tuple[Mapper[Any], ...], dialect: Dialect) -> str:
    *first, last = _numbered(_target(mapper, dialect) for mapper in mappers)
    parts = ", ".join(f"t{number} AS ({insert})" for number, insert in enumerate(first))
    return f"WITH {parts} {last}" if parts else last


def _numbered(targets: Iterable[Target]) -> list[str]:
    inserts, after = [], 1
    for target in targets:
        upto = after + len(target.columns)
        inserts.append(target.insert.format(*range(after, upto)))
        after = upto
    return inserts


@lru_cache(maxsize=512)
def _target(mapper: Mapper[Any], dialect: Dialect) -> Target:
    quote = dialect.identifier_preparer.quote
    attributes = list(mapper.column_attrs)
    columns = [attribute.columns[0] for attribute in attributes]
    names = ", ".join(quote(column.name) for column in columns)
    arrays = ", ".join(f"${{}}::{_sql_type(column.type, dialect)}[]" for column in columns)
    insert = f"INSERT INTO {quote(_table(mapper).name)} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608
    kept = tuple(
        Column(attribute.key, column.type.dialect_impl(dialect).bind_processor(dialect))
        for attribute, column in zip(attributes, columns, strict=True)
    )
    return Target(kept, insert)


def _table(mapper: Mapper[Any]) -> Table:
    return cast("Table", mapper.local_table)


def _sql_type(column_type: Any, dialect: Dialect) -> str:  # noqa: ANN401 — any column's type
    # The table's own type limits the length and sets the collation.
    return "text" if isinstance(column_type, String) else str(column_type.compile(dialect))
