"""What an ORM statement must not hide: the scope's criteria reach mapped entities and nothing else in it."""

from typing import Any

from sqlalchemy import ClauseElement, ColumnClause, Table, TableClause, TextClause
from sqlalchemy.sql.selectable import AliasedReturnsRows

ORM_ENTITY = "parententity"


def hidden_source(statement: ClauseElement, scoped: frozenset[str], *, entities_too: bool = False) -> str | None:
    """The first part of `statement` that reads rows past the criteria: SQL text or a table outside the ORM.

    `scoped` are the names of scoped tables. With `entities_too`, for statements that take no criteria, a scoped
    entity counts as well.
    """
    seen: set[int] = set()
    rest: list[Any] = [statement]
    while rest:
        element = rest.pop()
        if id(element) in seen:
            continue
        seen.add(id(element))
        mapped = ORM_ENTITY in element._annotations  # noqa: SLF001 — where the ORM marks what it will apply criteria to
        found = _name(element, scoped, mapped=mapped and not entities_too)
        if found is not None:
            return found
        if not _is_leaf(element, mapped=mapped):
            rest.extend(element.get_children())
    return None


def _name(element: ClauseElement, scoped: frozenset[str], *, mapped: bool) -> str | None:
    if isinstance(element, TextClause):
        return "text"
    if isinstance(element, ColumnClause):
        if element.is_literal and element.name != "*":
            return "text"
        return _name(element.table, scoped, mapped=mapped) if isinstance(element.table, TableClause) else None
    if mapped or not isinstance(element, TableClause):
        return None
    unknown = not isinstance(element, Table)
    return element.name if unknown or element.name in scoped else None


def _is_leaf(element: ClauseElement, *, mapped: bool) -> bool:
    if isinstance(element, TableClause | ColumnClause):
        return True
    return mapped and isinstance(element, AliasedReturnsRows) and isinstance(element.element, TableClause)
