"""Which members a form has at a place."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from app.core.coded import EACH, VALUES, parts


def members_at(form: object, path: Sequence[str | int]) -> tuple[str, ...]:
    """The members of the form at a path of names and positions, or of each form that it may have there."""
    found = [form]
    for step in path:
        found = [inner for each in found for inner in _at(each, step)]
    return tuple(sorted({name for each in found for model in _models(each) for name in model.model_fields}))


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
