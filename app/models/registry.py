"""Tables by their declarations, and the check that each table declares what it must."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import inspect

from app.models.base import Base, Scoped
from app.models.declarations import ITSELF, About, PartOf, columns_about
from app.models.sealed import EncryptedRow


class UndeclaredError(Exception):
    """A table with a missing or wrong declaration."""


def all_models() -> list[Any]:
    return [mapper.class_ for mapper in Base.registry.mappers]


def sealed_models() -> list[Any]:
    return [model for model in all_models() if issubclass(model, EncryptedRow)]


def parts_of(owner: str) -> Iterator[tuple[Any, str]]:
    """The encrypted tables whose rows belong to records of `owner`, each with the column that refers to the record."""
    for model in sealed_models():
        yield from ((model, part.column) for part in model.__belongs_to__ if part.owner == owner)


def retained_models() -> dict[str, Any]:
    """The tables with a retention class of their own, by the kind that the class covers."""
    return {model.__retained__.kind: model for model in all_models() if model.__retained__ is not None}


def listed_as(model: Any) -> Any:  # noqa: ANN401 — any mapped class
    """The table that lists a retained record: a part is listed as the record it belongs to."""
    if not model.__belongs_to__:
        return model
    return next(each for each in all_models() if each.__tablename__ == model.__belongs_to__[0].owner)


def check(models: Iterable[Any] | None = None) -> None:
    """Raise UndeclaredError for tables that do not declare their owner, or declare columns that do not exist."""
    found = all_models() if models is None else list(models)
    owners = {model.__tablename__ for model in all_models() if model.__belongs_to__ == ITSELF}
    faults = [
        fault for model in found for fault in (*_faults(model, owners), *_retention_faults(model), *_path_faults(model))
    ]
    if faults:
        raise UndeclaredError("; ".join(faults))


def _faults(model: Any, owners: set[str]) -> Iterator[str]:  # noqa: ANN401 — any mapped class
    name, columns = model.__name__, set(inspect(model).columns.keys())
    if issubclass(model, EncryptedRow) and model.__belongs_to__ is None:
        yield f"{name} is sealed and declares no __belongs_to__"
    ties = (*(model.__belongs_to__ or ()), *model.__refers_to__)
    for tie in ties:
        if tie.column not in columns or tie.owner not in owners:
            yield f"{name} declares {tie}, which does not exist"
    if not issubclass(model, Scoped) and any(isinstance(tie, PartOf | About) for tie in ties):
        yield f"{name} lies in a record or is about one, and has no path"
    yield from (
        f"{name}.{column} is updatable and does not exist" for column in set(model.__updatable__ or ()) - columns
    )
    yield from (f"{name}.{column} is cleared and does not exist" for column in set(model.__blanked__) - columns)
    named = {tie.column for tie in ties}
    yield from (
        f"{name}.{column} is neither of __belongs_to__ nor of __refers_to__"
        for column in sorted(_naming(model, owners) - named)
    )


def _naming(model: Any, owners: set[str]) -> set[str]:  # noqa: ANN401 — any mapped class
    """The columns that refer to a record with parts, by name or by foreign key."""
    table = inspect(model).local_table
    keys = {key.parent.key for key in table.foreign_keys if key.column.table.name in owners and key.column.key == "id"}
    return keys | {f"{owner}_id" for owner in owners} & set(table.columns.keys())


def _path_faults(model: Any) -> Iterator[str]:  # noqa: ANN401 — any mapped class
    """Who writes by what a row names could add one at any unit's path, unless a composite key ties the two."""
    if not issubclass(model, Scoped):
        return
    keys = inspect(model).local_table.foreign_key_constraints
    # A row's own id is in use already where a membership names it.
    tied = {"id"} | {name for key in keys if "org_path" in key.column_keys for name in key.column_keys}
    named = {name for way in model.__opened_by__ if way.writes for name in way.columns}
    yield from (
        f"{model.__name__}.{name} opens writing and no key ties it to the path" for name in sorted(named - tied)
    )


def _retention_faults(model: Any) -> Iterator[str]:  # noqa: ANN401 — any mapped class
    name, retained, columns = model.__name__, model.__retained__, set(inspect(model).columns.keys())
    if retained is None:
        if model.__belongs_to__ == ITSELF:
            yield f"{name} belongs to itself and declares no __retained__: it would never end"
        return
    if model.__belongs_to__ is None and issubclass(model, EncryptedRow):
        yield f"{name} is retained and declares no __belongs_to__"
    needed = {*retained.columns, *(() if model.__belongs_to__ else (retained.code, retained.holder))}
    yield from (f"{name} is retained by {column}, which does not exist" for column in sorted(needed - columns))
    if retained.began is None and not _has_incident(model):
        yield f"{name} is retained from the end of an incident and has none"


def _has_incident(model: Any) -> bool:  # noqa: ANN401 — any mapped class
    return any(columns_about(model, owner) for owner in ("incident", "intake"))
