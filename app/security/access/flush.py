"""How a session writes: judged once every listener is done, and on PostgreSQL with one INSERT for all new rows.

The statement's shape is the list of tables and whether each gets one row or more: several rows are arrays, so
PostgreSQL prepares the statement once for any number. The order of rows plays no part, because every foreign key is
checked at COMMIT, ids and defaults come from the application, and no relationship exists
(tests/security/test_flush.py).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, cast

from sqlalchemy import Dialect, String, Table
from sqlalchemy.orm import InstanceState, Mapper, Session, UOWTransaction

# Above it the arrays of one statement would fill the memory; SQLAlchemy sends such a flush in parts.
MOST_ROWS = 1000

States = Sequence[InstanceState[Any]]
Row = dict[str, Any]


class Changes(NamedTuple):
    """The rows that the next flush inserts, updates and deletes."""

    new: list[Any]
    updated: list[Any]
    deleted: list[Any]


def changes_of(session: Session) -> Changes:
    updated = [row for row in session.dirty if session.is_modified(row)]
    return Changes(list(session.new), updated, list(session.deleted))


Watcher = Callable[["FlushSession", Changes], None]


class Column(NamedTuple):
    key: str
    bind: Callable[[Any], Any] | None

    def values(self, rows: list[Row]) -> list[Any]:
        values = [row[self.key] for row in rows]
        return values if self.bind is None else [None if value is None else self.bind(value) for value in values]


class Target(NamedTuple):
    """A table to insert into; an INSERT has `{}` for each parameter's number."""

    columns: tuple[Column, ...]
    keys: frozenset[str]
    insert_one: str
    insert_many: str


class FlushSession(Session):
    """A session whose watchers see the rows of each flush after all listeners, immediately before the SQL."""

    watchers: ClassVar[list[Watcher]] = []

    def judge(self, changes: Changes) -> None:
        """Refuse rows that the session may not write. Called last."""
        raise NotImplementedError

    def _flush(self, objects: Sequence[object] | None = None) -> None:
        context = UOWTransaction(self)
        self.dispatch.before_flush(self, context, objects)
        changes = changes_of(self)
        for watcher in self.watchers:
            watcher(self, changes)
        self.judge(changes)
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
    connection = Session.connection(session)
    by_table: dict[Mapper[Any], list[Row]] = {}
    for state in states:
        by_table.setdefault(state.mapper, []).append(_filled(state, _target(state.mapper, connection.dialect).keys))
    shape = tuple((mapper, len(by_table[mapper]) == 1) for mapper in sorted(by_table, key=_name))
    values: list[Any] = []
    for mapper, is_one in shape:
        columns = [column.values(by_table[mapper]) for column in _target(mapper, connection.dialect).columns]
        values += [value for (value,) in columns] if is_one else columns
    connection.exec_driver_sql(_statement(shape, connection.dialect), tuple(values))


def _filled(state: InstanceState[Any], keys: frozenset[str]) -> Row:
    """The row's values, its defaults included: what is missing would be read from the database later."""
    values: Row = state.dict
    if missing := keys - values.keys():
        row = state.obj()
        values.update((key, getattr(row, key)) for key in missing)
    return values


@lru_cache(maxsize=512)
def _statement(shape: tuple[tuple[Mapper[Any], bool], ...], dialect: Dialect) -> str:
    inserts, after = [], 1
    for mapper, is_one in shape:
        target = _target(mapper, dialect)
        upto = after + len(target.columns)
        inserts.append((target.insert_one if is_one else target.insert_many).format(*range(after, upto)))
        after = upto
    *first, last = inserts
    parts = ", ".join(f"t{number} AS ({insert})" for number, insert in enumerate(first))
    return f"WITH {parts} {last}" if parts else last


@lru_cache(maxsize=512)
def _target(mapper: Mapper[Any], dialect: Dialect) -> Target:
    quote = dialect.identifier_preparer.quote
    attributes = list(mapper.column_attrs)
    columns = [attribute.columns[0] for attribute in attributes]
    into = f"INSERT INTO {quote(_name(mapper))} ({', '.join(quote(column.name) for column in columns)})"
    types = [_sql_type(column.type, dialect) for column in columns]
    return Target(
        tuple(
            Column(attribute.key, column.type.dialect_impl(dialect).bind_processor(dialect))
            for attribute, column in zip(attributes, columns, strict=True)
        ),
        frozenset(attribute.key for attribute in attributes),
        f"{into} VALUES ({', '.join('${}' for _ in types)})",
        f"{into} SELECT * FROM unnest({', '.join(f'${{}}::{each}[]' for each in types)})",  # noqa: S608 — names and types of the metadata
    )


def _name(mapper: Mapper[Any]) -> str:
    return cast("Table", mapper.local_table).name


def _sql_type(column_type: Any, dialect: Dialect) -> str:  # noqa: ANN401 — any column's type
    # The table's own type limits the length and sets the collation.
    return "text" if isinstance(column_type, String) else str(column_type.compile(dialect))
