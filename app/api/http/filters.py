"""Filters that lists have in common."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator

from app.core.filters import ListFilter
from app.core.problems import invalid
from app.schemas.base import Instant
from app.security.access.listings import MOST_VALUES

T = TypeVar("T")
# Repeated in the address, as `state=closed&state=dismissed`.
Several = Annotated[list[T] | None, Query(max_length=MOST_VALUES, description="Any of them, where it is repeated")]


def _separated(value: object) -> object:
    return [part for each in value for part in str(each).split(",")] if isinstance(value, list) else value


Expand = Annotated[
    list[T] | None,
    BeforeValidator(_separated),
    Query(max_length=MOST_VALUES, description="Parts to show with it, separated by commas or repeated"),
]


def several(values: Sequence[T] | None) -> tuple[T, ...]:
    """The values of a repeated filter, each once; none where it is left out."""
    return tuple(dict.fromkeys(values or ()))


Below = Annotated[bool, Query(description="With `unit_id`: also the units that stand below it")]
UpdatedSince = Annotated[
    Instant | None,
    Query(
        description="What was recorded or changed from this moment on. The times of a reporter without an account are"
        " stored by the hour: what they sent may come again for an hour and a quarter"
    ),
]


async def _at_unit(
    unit_id: UUID | None = None,
    below: Below = False,  # noqa: FBT002 — a query parameter
) -> ListFilter:
    if below and unit_id is None:
        text = ("Cần nêu unit_id cùng với below", "below goes with unit_id")
        raise invalid("below", "unit_id_required", *text)
    return ListFilter(unit_id, below)


async def _common(
    unit_id: UUID | None = None,
    below: Below = False,  # noqa: FBT002 — a query parameter
    updated_since: UpdatedSince = None,
) -> ListFilter:
    return replace(await _at_unit(unit_id, below), updated_since=updated_since)


AtUnit = Annotated[ListFilter, Depends(_at_unit)]
ListFilterDep = Annotated[ListFilter, Depends(_common)]
