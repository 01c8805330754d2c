"""How a session writes: judged once every listener is done, and on PostgreSQL with one INSERT for all new rows.

Many rows at once come without objects, as dictionaries (`FlushSession.insert_rows`, `update_rows`): an object costs as
much as the rest of its row.

The statement's shape is the list of tables and which columns of each are arrays: several rows are arrays, so PostgreSQL
prepares the statement once for any number. What many rows share is sent once. The order of rows plays no part, because
every foreign key is checked at COMMIT, ids and defaults come from the application, and no relationship exists
(tests/security/test_flush.py).
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, ClassVar, NamedTuple, cast

from sqlalchemy import Connection, Dialect, String, Table, inspect
from sqlalchemy.orm import InstanceState, Mapper, Session, UOWTransaction
from sqlalchemy.sql.schema import ScalarElementColumnDefault

# Above it the arrays of one statement would fill the memory; SQLAlchemy sends such a flush in parts.
MOST_ROWS = 1000
# Of fewer rows than these each column is an array: a statement for each set of shared columns would not pay.
MANY_ROWS = 16
# A connection plans the check of a foreign key once. Where the other table was small at that time, each check of many
# new rows reads the whole table, until the next ANALYZE.
FORGET_PLANS = "DISCARD PLANS"

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
Rows = Mapping[type[Any], Sequence[Row]]
RowsWatcher = Callable[["FlushSession", Rows], None]


class Column(NamedTuple):
    """`missing` makes the value of a row that lacks it, as the model's default does; None: no row may lack it."""

    key: str
    sql_type: str
    bind: Callable[[Any], Any] | None
    missing: Callable[[], Any] | None

    def values(self, rows: Sequence[Row]) -> list[Any]:
        key, missing = self.key, self.missing
        if missing is None:
            values = [row[key] for row in rows]
        else:
            values = [row[key] if key in row else missing() for row in rows]
        return values if self.bind is None else [None if value is None else self.bind(value) for value in values]


class StaleRowsError(Exception):
    """A row to update does not exist, or not with the place that the caller names."""


Arrays = tuple[bool, ...]
"""Which parameters of a statement are arrays with a value for each row. The others are values that all rows share."""


class Target(NamedTuple):
    """A table to insert into."""

    into: str
    columns: tuple[Column, ...]
    keys: frozenset[str]

    def values(self, rows: Sequence[Row]) -> list[list[Any]]:
        """Column by column."""
        return [column.values(rows) for column in self.columns]

    def insert(self, arrays: Arrays, first: int) -> str:
        """An INSERT of PostgreSQL whose parameters are numbered from `first`."""
        shown, given = _parameters([column.sql_type for column in self.columns], arrays, first)
        return f"{self.into} SELECT {', '.join(shown)}{f' FROM {given}' if given else ''}"  # noqa: S608 — names and types of the metadata


class FlushSession(Session):
    """A session whose watchers see the rows of each flush after all listeners, immediately before the SQL."""

    watchers: ClassVar[list[Watcher]] = []
    rows_watchers: ClassVar[list[RowsWatcher]] = []

    def judge(self, changes: Changes) -> None:
        """Refuse rows that the session may not write. Called last."""
        raise NotImplementedError

    def judge_rows(self, rows: Rows) -> None:
        """The same of rows without objects."""
        raise NotImplementedError

    def insert_rows(self, rows: Rows) -> None:
        """Insert many rows of each model, judged immediately before the SQL as those of a flush are."""
        given = {model: some for model, some in rows.items() if some}
        for watcher in self.rows_watchers:
            watcher(self, given)
        self.judge_rows(given)
        if given:
            connection = Session.connection(self)
            _insert(connection, {inspect(model): some for model, some in given.items()})
            if connection.dialect.name == "postgresql" and sum(map(len, given.values())) > MOST_ROWS:
                connection.exec_driver_sql(FORGET_PLANS)

    def places(self, model: type[Any]) -> frozenset[str]:
        """The columns that decide who reaches a row of the model: an update names them and changes none of them."""
        raise NotImplementedError

    def update_rows(self, model: type[Any], rows: Sequence[Row]) -> None:
        """Update rows of a model by `id` and place. Every row has the same members.

        They are judged as new rows are. Raises StaleRowsError unless every row is found.
        """
        if not rows:
            return
        for watcher in self.rows_watchers:
            watcher(self, {model: rows})
        self.judge_rows({model: rows})
        places = ("id", *sorted(self.places(model)))
        if _update(Session.connection(self), inspect(model), places, rows) != len(rows):
            raise StaleRowsError(model.__name__)

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
    _insert_with_one_statement(connection, by_table)


def _insert(connection: Connection, rows: Mapping[Mapper[Any], Sequence[Row]]) -> None:
    """Raises LookupError, a defect, for a row with a value that its table has no column for."""
    for mapper, some in rows.items():
        if any(not _target(mapper, connection.dialect).keys.issuperset(row) for row in some):
            raise LookupError(f"a row of {_name(mapper)} has more than its table")
    if connection.dialect.name == "postgresql":
        _insert_with_one_statement(connection, rows)
        return
    for mapper, some in rows.items():
        target = _target(mapper, connection.dialect)
        marks = ", ".join("?" for _ in target.columns)
        connection.exec_driver_sql(f"{target.into} VALUES ({marks})", list(zip(*target.values(some), strict=True)))


def _update(connection: Connection, mapper: Mapper[Any], places: Sequence[str], rows: Sequence[Row]) -> int:
    """How many rows changed. Raises LookupError, a defect, for a row without its place or with an unknown column."""
    columns = {column.key: column for column in _target(mapper, connection.dialect).columns}
    named = (*(name for name in rows[0] if name not in places), *places)
    if any(row.keys() != set(named) for row in rows) or not columns.keys() >= set(named):
        raise LookupError(f"a row of {_name(mapper)} is not as its table")
    values = [columns[name].values(rows) for name in named]
    if connection.dialect.name == "postgresql":
        arrays, sent = _sent(values, len(rows))
        statement = _update_statement(mapper, named, arrays, len(places), connection.dialect)
        return int(connection.exec_driver_sql(statement, tuple(sent)).rowcount)
    statement = _update_statement(mapper, named, (), len(places), connection.dialect)
    return int(connection.exec_driver_sql(statement, list(zip(*values, strict=True))).rowcount)


@lru_cache(maxsize=512)
def _update_statement(
    mapper: Mapper[Any], named: tuple[str, ...], arrays: Arrays, places: int, dialect: Dialect
) -> str:
    """An UPDATE: the last `places` columns find the row, the others are set."""
    quote = dialect.identifier_preparer.quote
    table, columns = quote(_name(mapper)), [quote(name) for name in named]
    shown, given = ["?"] * len(named), ""
    if dialect.name == "postgresql":
        types = {column.key: column.sql_type for column in _target(mapper, dialect).columns}
        shown, given = _parameters([types[name] for name in named], arrays, 1)
    equal = [f"{column} = {value}" for column, value in zip(columns, shown, strict=True)]
    where = " AND ".join(f"{table}.{each}" for each in equal[-places:])
    source = f" FROM {given}" if given else ""
    return f"UPDATE {table} SET {', '.join(equal[:-places])}{source} WHERE {where}"  # noqa: S608 — names and types of the metadata


def _parameters(types: Sequence[str], arrays: Arrays, first: int) -> tuple[list[str], str]:
    """How each parameter is named in a statement, and the source of those that are arrays; empty without any."""
    numbered = list(enumerate(zip(types, arrays, strict=True), first))
    shown = [f"given.p{at}" if is_array else f"${at}::{kind}" for at, (kind, is_array) in numbered]
    unnested = [(f"p{at}", f"${at}::{kind}[]") for at, (kind, is_array) in numbered if is_array]
    if not unnested:
        return shown, ""
    names, values = zip(*unnested, strict=True)
    return shown, f"unnest({', '.join(values)}) AS given({', '.join(names)})"


def _sent(columns: Sequence[list[Any]], rows: int) -> tuple[Arrays, list[Any]]:
    """The values of some rows, column by column, as they are sent."""
    arrays = tuple(rows > 1 and (rows < MANY_ROWS or each.count(each[0]) < rows) for each in columns)
    return arrays, [each if is_array else each[0] for each, is_array in zip(columns, arrays, strict=True)]


def _insert_with_one_statement(connection: Connection, rows: Mapping[Mapper[Any], Sequence[Row]]) -> None:
    shape, values = list[tuple[Mapper[Any], Arrays]](), list[Any]()
    for mapper in sorted(rows, key=_name):
        arrays, sent = _sent(_target(mapper, connection.dialect).values(rows[mapper]), len(rows[mapper]))
        shape.append((mapper, arrays))
        values += sent
    connection.exec_driver_sql(_statement(tuple(shape), connection.dialect), tuple(values))


def _filled(state: InstanceState[Any], keys: frozenset[str]) -> Row:
    """The row's values, its defaults included: what is missing would be read from the database later."""
    values: Row = state.dict
    if missing := keys - values.keys():
        row = state.obj()
        values.update((key, getattr(row, key)) for key in missing)
    return values


@lru_cache(maxsize=512)
def _statement(shape: tuple[tuple[Mapper[Any], Arrays], ...], dialect: Dialect) -> str:
    inserts, after = [], 1
    for mapper, arrays in shape:
        inserts.append(_target(mapper, dialect).insert(arrays, after))
        after += len(arrays)
    *first, last = inserts
    parts = ", ".join(f"t{number} AS ({insert})" for number, insert in enumerate(first))
    return f"WITH {parts} {last}" if parts else last


@lru_cache(maxsize=512)
def _target(mapper: Mapper[Any], dialect: Dialect) -> Target:
    quote = dialect.identifier_preparer.quote
    attributes = list(mapper.column_attrs)
    columns = [attribute.columns[0] for attribute in attributes]
    into = f"INSERT INTO {quote(_name(mapper))} ({', '.join(quote(column.name) for column in columns)})"
    return Target(
        into,
        tuple(
            Column(
                attribute.key,
                _sql_type(column.type, dialect),
                column.type.dialect_impl(dialect).bind_processor(dialect),
                _missing(mapper, attribute.key, column),
            )
            for attribute, column in zip(attributes, columns, strict=True)
        ),
        frozenset(attribute.key for attribute in attributes),
    )


def _missing(mapper: Mapper[Any], key: str, column: Any) -> Callable[[], Any] | None:  # noqa: ANN401 — any column
    """What makes the value of a member that nobody set, as the model declares it."""
    if isinstance(column.default, ScalarElementColumnDefault):
        return partial(_given, column.default.arg)
    if column.nullable:
        return partial(_given, None)
    made = next(field.default_factory for field in dataclasses.fields(mapper.class_) if field.name == key)
    return None if made is dataclasses.MISSING else made


def _given(value: object) -> object:
    return value


def _name(mapper: Mapper[Any]) -> str:
    return cast("Table", mapper.local_table).name


def _sql_type(column_type: Any, dialect: Dialect) -> str:  # noqa: ANN401 — any column's type
    # The table's own type limits the length and sets the collation.
    return "text" if isinstance(column_type, String) else str(column_type.compile(dialect))
