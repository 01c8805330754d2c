"""What an ORM statement must not hide: the scope's criteria reach mapped entities and nothing else in it."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnClause,
    Executable,
    Join,
    Select,
    Table,
    TableClause,
)
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.selectable import AliasedReturnsRows, FromGrouping, SelectBase
from sqlalchemy.sql.visitors import iterate

from app.security.access.raw import is_raw

Names = frozenset[str]


class Barred(NamedTuple):
    """Tables that a part of a statement may not name, and those of which it may name no alias."""

    tables: Names
    aliases: Names


NESTED: Final = (SelectBase, FromGrouping, AliasedReturnsRows, Join)
NOTHING: Final = Barred(frozenset(), frozenset())


class Sources(NamedTuple):
    """What a statement reads: the first part that criteria do not reach, and the scoped tables that they must.

    `named` are the parameters that it names itself.
    """

    hidden: str | None
    scoped: Names
    named: Names


def sources_of(statement: Executable, scoped: Names) -> Sources:
    """What `statement` reads. Hidden is SQL text, a table outside the ORM, or an entity that gets no criteria.

    `scoped` are the names of scoped tables.
    """
    read: set[str] = set()
    named: set[str] = set()
    seen: set[tuple[int, Names, Barred]] = set()
    rest: list[tuple[Any, Names, Barred]] = [(statement, scoped, _barred(statement, scoped))]
    while rest:
        element, unfiltered, barred = rest.pop()
        if isinstance(element, BindParameter) and not is_raw(element):
            named.update(() if element.unique else (element.key,))
            continue
        if (id(element), unfiltered, barred) in seen:
            continue
        seen.add((id(element), unfiltered, barred))
        if isinstance(element, Select) and not isinstance(statement, Insert):
            unfiltered, barred = scoped - _entities(element), NOTHING
        found = _raw(element) or _joined_out_of_reach(element, scoped) or _name(element, unfiltered, barred)
        if found is not None:
            return Sources(found, scoped, frozenset(named))
        read.update(_table_name(element))
        # An alias has a FROM of its own, which the criteria of its table do not reach.
        below = scoped if isinstance(element, AliasedReturnsRows) else unfiltered
        rest.extend((child, below, barred) for child in _children(element))
    return Sources(None, scoped & read, frozenset(named))


def sole_entity(query: Select[Any]) -> type[Any] | None:
    """The entity of a query that reads it or its columns alone: nothing is nested in it, joined to it or an alias."""
    names, nested = set[str](), False
    for element in iterate(query):
        nested = nested or (
            isinstance(element, SelectBase | FromGrouping | AliasedReturnsRows) and element is not query
        )
        names.update((element.name,) if isinstance(element, TableClause) else ())
    entities = {each["entity"] for each in query.column_descriptions}
    found = entities.pop() if len(entities) == 1 and not nested else None
    return found if isinstance(found, type) and names == {found.__table__.name} else None  # type: ignore[attr-defined]


def _barred(statement: Executable, scoped: Names) -> Barred:
    """The tables of which entities get no criteria: all in an INSERT; beside its own in an UPDATE or DELETE."""
    if isinstance(statement, Insert):
        return Barred(scoped, scoped)
    if isinstance(statement, Update | Delete):
        return Barred(scoped.difference(_table_name(statement.table)), scoped)
    return NOTHING


def _table_name(element: Any) -> Iterable[str]:  # noqa: ANN401 — any part of a statement
    source = element.table if isinstance(element, ColumnClause) else element
    while isinstance(source, AliasedReturnsRows):
        source = source.element
    return (source.name,) if isinstance(source, TableClause) else ()


def assigned(statement: Any) -> Names:  # noqa: ANN401 — an UPDATE
    """The columns that an UPDATE sets, however they were given."""
    columns = statement._values or ()  # noqa: SLF001 — there is no public name for them
    return frozenset(str(getattr(column, "key", column)) for column in columns)


def _is_mapped(element: ClauseElement) -> bool:
    return "parententity" in element._annotations  # noqa: SLF001 — how the ORM marks what criteria apply to


def _entities(query: Select[Any]) -> Names:
    """Tables that `query` itself reads as entities. The ORM's own lookup by key names their columns unmapped."""
    heads = (*query._raw_columns, *query._from_obj)  # noqa: SLF001 — before the ORM has made a FROM of them
    tables = (e.table if isinstance(e, ColumnClause) else e for e in heads if _is_mapped(e))
    return frozenset(str(table.name) for table in tables if isinstance(table, TableClause))


def _raw(element: ClauseElement) -> str | None:
    return "text" if is_raw(element) else None


def _joined_out_of_reach(element: ClauseElement, scoped: Names) -> str | None:
    """A joined alias: the ORM writes its criteria on the table itself and so leaves the alias open.

    A full join too: criteria are its condition, and rows that do not meet it appear alone.
    """
    joined: Iterable[Any] = ()
    is_full = False
    if isinstance(element, Select):
        joined = [join[0] for join in element._setup_joins]  # noqa: SLF001 — as above
        is_full = any(join[3]["full"] for join in element._setup_joins)  # noqa: SLF001 — as above
    elif isinstance(element, Join):
        joined, is_full = (element.left, element.right), element.full
    if is_full:
        return "a full join"
    for source in joined:
        mapper = source._annotations.get("parentmapper")  # noqa: SLF001 — as above
        if mapper is not None and isinstance(source, AliasedReturnsRows) and mapper.local_table.name in scoped:
            return f"a joined alias of {mapper.local_table.name}"
    return None


def _name(element: ClauseElement, unfiltered: Names, barred: Barred) -> str | None:
    if barred is not NOTHING and (found := _second_entity(element, barred)):
        return found
    table = element.table if isinstance(element, ColumnClause) else element
    if _is_mapped(element) or not isinstance(table, TableClause):
        return None
    return table.name if not isinstance(table, Table) or table.name in unfiltered else None


def _second_entity(element: ClauseElement, barred: Barred) -> str | None:
    source = element.table if isinstance(element, ColumnClause) else element
    names = barred.aliases if isinstance(source, AliasedReturnsRows) else barred.tables
    return next((name for name in _table_name(element) if name in names), None)


def _children(element: ClauseElement) -> Iterable[Any]:
    if isinstance(element, TableClause):
        return ()
    if isinstance(element, ColumnClause):
        return () if element.table is None or _is_entity_alias(element, element.table) else (element.table,)
    if _is_entity_alias(element, element):
        return ()
    if isinstance(element, Select):
        # Without the tables that a SELECT infers from its columns: those say of themselves whether they are mapped.
        return super(Select, element).get_children(omit_attrs=("_correlate", "_correlate_except"))
    return element.get_children()


def _is_entity_alias(element: ClauseElement, source: Any) -> bool:  # noqa: ANN401 — any FROM
    """Whether `source` is a table, or a mapped alias of one, rather than a query with a FROM of its own."""
    if isinstance(source, TableClause):
        return True
    return _is_mapped(element) and isinstance(source, AliasedReturnsRows) and isinstance(source.element, TableClause)
