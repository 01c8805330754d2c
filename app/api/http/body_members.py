"""Which members a form has at a place, and where in a body that place is."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from app.core.coded import EACH, VALUES, parts


def members_at(form: object, path: Sequence[str | int]) -> tuple[str, ...]:
    """The members of the form at a path of names and positions, or of each form that it may have there."""
    found = [form]
    for step in path:
        found = _inside(found, step) or _tagged(found, step)
    return tuple(sorted({name for each in found for model in _models(each) for name in model.model_fields}))


def steps_in(form: object, path: Sequence[str | int]) -> list[str | int]:
    """The path without the tags of unions, which pydantic names between a place and what is in it."""
    found, steps = [form], list[str | int]()
    for step in path:
        inside = _inside(found, step)
        tagged = [] if inside else _tagged(found, step)
        found = inside or tagged
        steps += [] if tagged else [step]
    return steps


def _inside(hints: Sequence[Any], step: str | int) -> list[Any]:
    return [inner for each in hints for inner in _at(each, step)]


def _tagged(hints: Sequence[Any], tag: str | int) -> list[Any]:
    """Of the forms that there may be, those of which a member has the tag as its only value."""
    return [model for each in hints for model in _models(each) if tag in _only_values(model)]


def _only_values(model: type[BaseModel]) -> set[object]:
    literals = [each.annotation for each in model.model_fields.values() if get_origin(each.annotation) is Literal]
    return {values[0] for values in map(get_args, literals) if len(values) == 1}


def _at(hint: Any, step: str | int) -> Iterator[Any]:  # noqa: ANN401 — any annotation
    for part, inner in parts(hint):
        if not part:
            yield from _at(inner, step)
        elif part == (VALUES,) or part == ((EACH,) if isinstance(step, int) else (step,)):
            yield inner


def _models(hint: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 — any annotation
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
        return
    for part, inner in parts(hint):
        if not part:
            yield from _models(inner)
