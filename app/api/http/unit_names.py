"""The names of units beside their ids, in every answer that names a unit.

A schema of an answer declares `unit_name_vi` and `unit_name_en` beside `unit_id`, or so for any other stem; they are
filled in here from what the answer shows, so that a reader from whom the id is withheld reads no name.
"""

from collections.abc import Callable, Iterator
from functools import cache, wraps
from inspect import signature
from typing import Any, NamedTuple, TypeVar, get_args
from uuid import UUID

from app.schemas.base import Out
from app.services.platform.unit_names import UnitName, names_of
from app.services.platform.unit_of_work import UnitOfWork

ID, VI, EN = "_id", "_name_vi", "_name_en"
NAMELESS = UnitName("", None)
Endpoint = Callable[..., Any]


class Plan(NamedTuple):
    """The stems of the units that a schema names, and the members that may hold further records."""

    stems: tuple[str, ...]
    nested: tuple[str, ...]


@cache
def plan_of(out: type[Out]) -> Plan:
    names = out.model_fields
    stems = (name.removesuffix(EN) for name in names if name.endswith(EN))
    nested = (name for name, info in names.items() if _holds_records(info.annotation))
    return Plan(tuple(stem for stem in stems if {stem + ID, stem + VI} <= names.keys()), tuple(nested))


def _holds_records(hint: object) -> bool:
    """A list of no particular record is one of any."""
    is_record = isinstance(hint, TypeVar) or (isinstance(hint, type) and issubclass(hint, Out))
    return is_record or any(_holds_records(each) for each in get_args(hint))


def names_units(hint: object) -> bool:
    """Whether an answer of an annotation may name a unit."""
    if isinstance(hint, type) and issubclass(hint, Out):
        plan = plan_of(hint)
        return bool(plan.stems) or any(names_units(hint.model_fields[name].annotation) for name in plan.nested)
    return any(names_units(each) for each in get_args(hint))


def naming_units(endpoint: Endpoint) -> Endpoint:
    """The endpoint, whose answer gets the names of its units; itself where it names none.

    Raises TypeError where it names units and has no unit of work to read them by.
    """
    asked = signature(endpoint)
    if hasattr(endpoint, "__wrapped__") or not names_units(asked.return_annotation):
        return endpoint
    works = (name for name, each in asked.parameters.items() if UnitOfWork in get_args(each.annotation))
    work = next(works, None)
    if work is None:
        raise TypeError(f"{endpoint.__name__} names units and has no unit of work")

    @wraps(endpoint)
    async def answer(*args: Any, **given: Any) -> Any:  # noqa: ANN401 — any endpoint
        found = await endpoint(*args, **given)
        await _name(given[work], found)
        return found

    return answer


async def _name(work: UnitOfWork, answer: object) -> None:
    places = [(record, stem, unit_id) for record, stem, unit_id in _places(answer) if unit_id is not None]
    names = await names_of(work, {unit_id for _, _, unit_id in places}) if places else {}
    for record, stem, unit_id in places:
        # The record was made for this answer; frozen, it is no other's.
        name = names.get(unit_id, NAMELESS)
        record.__dict__.update({stem + VI: name.name_vi or None, stem + EN: name.name_en})


def _places(value: object) -> Iterator[tuple[Out, str, UUID | None]]:
    if isinstance(value, Out):
        plan = plan_of(type(value))
        yield from ((value, stem, value.__dict__[stem + ID]) for stem in plan.stems)
        for name in plan.nested:
            yield from _places(value.__dict__[name])
    elif isinstance(value, list):
        for each in value:
            yield from _places(each)
