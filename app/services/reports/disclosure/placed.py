"""A report in its tree, with its numbers of persons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from app.schemas.reports.definitions import Definition
from app.services.reports.disclosure.small_cells import Count
from app.services.reports.figures.values import Key

Hidden: TypeAlias = Mapping[UUID, frozenset[Key]]


@dataclass(frozen=True, slots=True)
class Placed:
    """`above` is the report that is made of it and of others; `term` of a school year, None the whole year."""

    report_id: UUID
    above: UUID | None
    definition: Definition
    counts: Mapping[Key, Count]
    # Whose documents of one year are compared; None: of a period that is no part of one.
    unit_id: UUID | None = None
    term: str | None = None
