"""What a table declares of itself, so that destruction, audit and reach follow the table and not its columns' names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True)
class PartOf:
    """The row lies in a record of the table `owner`, under its key, and is destroyed with it."""

    owner: str
    column: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The row names a record with which it is not destroyed. Nothing else follows from a mere reference."""

    owner: str
    column: str


@dataclass(frozen=True, slots=True)
class About(Reference):
    """Who reads the row learns of the record: its audit lists them, and its accused unit's former staff do not."""


@dataclass(frozen=True, slots=True)
class Related(Reference):
    """The record's audit lists who reads the row. It may be held elsewhere: the row's path is not the record's."""


@dataclass(frozen=True, slots=True)
class Retained:
    """A record with a retention class of its own: `kind` is what the class covers.

    `began` gives the column of the moment for each event from which a class counts; None counts from the end of the
    record's incident. `holder` names the unit that answers for the record. A part of a record is listed as that record,
    by its code and holder. `held_with` names the incident whose legal hold stops the record as well. The record waits
    for the condition `when`. Columns of `blanked` are emptied with the key.
    """

    kind: str
    holder: str = "holder_id"
    began: Mapping[str, str] | None = None
    held_with: str | None = None
    when: Callable[[], ColumnElement[bool]] | None = None
    blanked: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        held_with = () if self.held_with is None else (self.held_with,)
        return (*(self.began or {}).values(), *held_with, *self.blanked)


ITSELF: Final[tuple[PartOf, ...]] = ()
"""For a record with a key of its own, which is destroyed by itself."""


@cache
def columns_about(model: type[Any], owner: str) -> tuple[str, ...]:
    """The columns that name the record of `owner` that a row is, lies in or is about."""
    if model.__tablename__ == owner:
        return ("id",)
    ties = (*(model.__belongs_to__ or ()), *model.__refers_to__)
    return tuple(tie.column for tie in ties if tie.owner == owner and isinstance(tie, PartOf | About))


@cache
def columns_related(model: type[Any]) -> tuple[str, ...]:
    return tuple(tie.column for tie in model.__refers_to__ if isinstance(tie, Related))
