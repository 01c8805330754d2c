"""Declarations of a table, from which destruction, audit and reach follow rather than from column names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True)
class PartOf:
    """The row belongs to a record of the table `owner`, is encrypted under its key, and is destroyed with it."""

    owner: str
    column: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The row refers to a record but is not destroyed with it. A plain reference has no other effect."""

    owner: str
    column: str


@dataclass(frozen=True, slots=True)
class About(Reference):
    """Reading the row reveals the record: its audit lists readers; former staff of an accused unit cannot read it."""


@dataclass(frozen=True, slots=True)
class Related(Reference):
    """The record's audit lists readers of the row. The record may have another holder, so another path."""


@dataclass(frozen=True, slots=True)
class Retained:
    """A record with a retention class of its own; `kind` is what the class covers.

    `began` maps each event from which a class counts to the column of its time; None counts from the end of the
    record's incident. `holder` names the responsible unit. A part of a record is listed as that record, by its code
    and holder. `held_with` names the incident whose legal hold also blocks destruction. Destruction requires the
    condition `when`; a class counts from an event in `only` for the rows of its condition alone, so that each row has
    one class. The columns in `blanked` are cleared with the key. A row without a key is deleted.
    """

    kind: str
    holder: str = "holder_id"
    began: Mapping[str, str] | None = None
    held_with: str | None = None
    when: Callable[[], ColumnElement[bool]] | None = None
    only: Mapping[str, Callable[[], ColumnElement[bool]]] = field(default_factory=dict)
    code: str = "code"
    """The column by which the record is listed."""
    blanked: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        held_with = () if self.held_with is None else (self.held_with,)
        return (*(self.began or {}).values(), *held_with, *self.blanked)


ITSELF: Final[tuple[PartOf, ...]] = ()
"""For a record with a key of its own, which is destroyed by itself."""


@cache
def columns_about(model: type[Any], owner: str) -> tuple[str, ...]:
    """The columns that identify the record of `owner` that a row is, belongs to or concerns."""
    if model.__tablename__ == owner:
        return ("id",)
    ties = (*(model.__belongs_to__ or ()), *model.__refers_to__)
    return tuple(tie.column for tie in ties if tie.owner == owner and isinstance(tie, PartOf | About))


@cache
def columns_related(model: type[Any]) -> tuple[str, ...]:
    return tuple(tie.column for tie in model.__refers_to__ if isinstance(tie, Related))
