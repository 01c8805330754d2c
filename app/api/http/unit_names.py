"""The names of units beside their ids, in every answer that names a unit.

A schema of an answer declares `unit_name_vi` and `unit_name_en` beside `unit_id`, or so for any other stem; they are
filled in here from what the answer shows, so that a reader from whom the id is withheld reads no name.
"""

from collections.abc import Callable
from functools import cache, wraps
from inspect import signature
from typing import Any, NamedTuple, TypeVar, get_args

from app.schemas.base import Out
from app.services.platform.unit_names import UnitName, names_of
from app.services.platform.unit_of_work import UnitOfWork

ID, VI, EN = "_id", "_name_vi", "_name_en"
NAMELESS = UnitName("", None)
Endpoint = Callable[..., Any]
# The members of a record, and the names of those of one unit.
Place = tuple[dict[str, Any], tuple[str, str, str]]


class Plan(NamedTuple):
    """The members of a schema with a unit's id and its two names, and those that may hold further records."""

    units: tuple[tuple[str, str, str], ...] = ()
    nested: tuple[str, ...] = ()


@cache
def plan_of(kind: type[Any]) -> Plan:
    if not issubclass(kind, Out):
        return Plan()
    names = kind.model_fields
    stems = (name.removesuffix(EN) for name in names if name.endswith(EN))
    units = ((stem + ID, stem + VI, stem + EN) for stem in stems if {stem + ID, stem + VI} <= names.keys())
    nested = (name for name, info in names.items() if _holds_records(info.annotation))
    return Plan(tuple(units), tuple(nested))


def _holds_records(hint: object) -> bool:
    """A list of no particular record is one of any."""
    is_record = isinstance(hint, TypeVar) or (isinstance(hint, type) and issubclass(hint, Out))
    return is_record or any(_holds_records(each) for each in get_args(hint))


def names_units(hint: object) -> bool:
    """Whether an answer of an annotation may name a unit."""
    if isinstance(hint, type) and issubclass(hint, Out):
        plan = plan_of(hint)
        return bool(plan.units) or any(names_units(hint.model_fields[name].annotation) for name in plan.nested)
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
    places: list[Place] = []
    _find(answer, places)
    names = await names_of(work, {values[of] for values, (of, _, _) in places}) if places else {}
    for values, (of, vi, en) in places:
        name = names.get(values[of], NAMELESS)
        values[vi], values[en] = name.name_vi or None, name.name_en


def _find(value: object, places: list[Place]) -> None:
    """Each unit of an answer. Its records were made for this answer; frozen, they are no other's."""
    if isinstance(value, list):
        for each in value:
            _find(each, places)
        return
    kind: Any = type(value)
    units, nested = plan_of(kind)
    if units or nested:
        values = value.__dict__
        places += [(values, unit) for unit in units if values[unit[0]] is not None]
        for name in nested:
            _find(values[name], places)
