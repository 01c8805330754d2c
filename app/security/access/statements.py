"""What an ORM statement must not hide: the scope's criteria reach mapped entities and nothing else in it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnClause,
    Executable,
    Join,
    Select,
    Table,
    TableClause,
    TextClause,
)
from sqlalchemy.sql.selectable import AliasedReturnsRows

Names = frozenset[str]


class Sources(NamedTuple):
    """What a statement reads: the first part that criteria do not reach, and the scoped tables that they must.

    `named` are the parameters that it names itself.
    """

    hidden: str | None
    scoped: Names
    named: Names


def sources_of(statement: Executable, scoped: Names, *, entities_too: bool = False) -> Sources:
    """What `statement` reads. Hidden is SQL text, or a table outside the ORM.

    `scoped` are the names of scoped tables. With `entities_too`, for statements that take no criteria, a scoped
    entity counts as hidden as well.
    """
    read: set[str] = set()
    named: set[str] = set()
    seen: set[tuple[int, Names]] = set()
    rest: list[tuple[Any, Names]] = [(statement, scoped)]
    while rest:
        element, unfiltered = rest.pop()
        if isinstance(element, BindParameter):
            named.update(() if element.unique else (element.key,))
            continue
        if (id(element), unfiltered) in seen:
            continue
        seen.add((id(element), unfiltered))
        if isinstance(element, Select) and not entities_too:
            unfiltered = scoped - _entities(element)
        found = _joined_alias(element, scoped) or _name(
            element, unfiltered, mapped=_is_mapped(element) and not entities_too
        )
        if found is not None:
            return Sources(found, scoped, frozenset(named))
        read.update(_table_name(element))
        # An alias has a FROM of its own, which the criteria of its table do not reach.
        below = scoped if isinstance(element, AliasedReturnsRows) else unfiltered
        rest.extend((child, below) for child in _children(element))
    return Sources(None, scoped & read, frozenset(named))


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


def _joined_alias(element: ClauseElement, scoped: Names) -> str | None:
    """An alias that is joined: the ORM writes its criteria on the table itself and so leaves the alias open."""
    joined: Iterable[Any] = ()
    if isinstance(element, Select):
        joined = (join[0] for join in element._setup_joins)  # noqa: SLF001 — as above
    elif isinstance(element, Join):
        joined = (element.left, element.right)
    for source in joined:
        mapper = source._annotations.get("parentmapper")  # noqa: SLF001 — as above
        if mapper is not None and isinstance(source, AliasedReturnsRows) and mapper.local_table.name in scoped:
            return f"a joined alias of {mapper.local_table.name}"
    return None


def _name(element: ClauseElement, scoped: Names, *, mapped: bool) -> str | None:
    if isinstance(element, TextClause):
        return "text"
    table = element.table if isinstance(element, ColumnClause) else element
    if isinstance(element, ColumnClause) and element.is_literal and element.name != "*":
        return "text"
    if mapped or not isinstance(table, TableClause):
        return None
    return table.name if not isinstance(table, Table) or table.name in scoped else None


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
