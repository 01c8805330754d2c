"""Codes at the fields of a form: `InList` names a list beside its field, `codes_in` finds them with pointers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

EACH, KEYS, VALUES = "[]", "{keys}", "{values}"
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InList:
    """Marks a field that takes codes of one list, as `Annotated[Code, InList("severity")]`; OpenAPI names the list."""

    name: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"x-code-list": self.name}


@dataclass(frozen=True, slots=True)
class Coded:
    """One code at one place of a request."""

    list: str
    code: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kind of form takes codes of a list; `path` goes through members, items of lists, keys and values."""

    list: str
    path: Path


def codes_in(form: object) -> Iterator[Coded]:
    """Every code that a form holds: pointers into a body (RFC 6901), parameters' names for a filter of a list."""
    kind: Any = type(form)
    for place in places(kind):
        for pointer, code in _reach(form, place.path, ""):
            yield Coded(place.list, code, pointer if isinstance(form, BaseModel) else pointer.split("/")[1])


@cache
def places(form: type[Any]) -> tuple[Place, ...]:
    """The places of a form, by the annotations of its fields and of those nested in them."""
    return tuple(_places(form))


def _places(hint: Any) -> Iterator[Place]:  # noqa: ANN401 — any annotation
    for part, inner in parts(hint):
        yield from (Place(each.list, (*part, *each.path)) for each in _places(inner))
    markers = hint.metadata if isinstance(hint, FieldInfo) else getattr(hint, "__metadata__", ())
    yield from (Place(marker.name, ()) for marker in markers if isinstance(marker, InList))


def parts(hint: Any) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 — any annotation
    """What an annotation is made of, and the step that leads there."""
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, FieldInfo):
        yield (), hint.annotation
    elif origin is Annotated:
        yield (), arguments[0]
    elif origin in {Union, UnionType}:
        yield from (((), each) for each in arguments)
    elif origin in {list, tuple}:
        yield (EACH,), arguments[0]
    elif origin is dict:
        yield from zip(((KEYS,), (VALUES,)), arguments, strict=True)
    elif isinstance(hint, type):
        yield from (((name,), each) for name, each in _members(hint).items())


def _members(form: type) -> Mapping[str, object]:
    if issubclass(form, BaseModel):
        return form.model_fields
    return get_type_hints(form, include_extras=True) if is_dataclass(form) else {}


def _reach(value: Any, path: Path, pointer: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 — any member
    if value is None:
        return
    if not path:
        yield pointer, value
        return
    step, rest = path[0], path[1:]
    for name, inner in _step(value, step):
        yield from _reach(inner, rest, f"{pointer}/{name}")


def _step(value: Any, step: str) -> Iterator[tuple[object, Any]]:  # noqa: ANN401 — any member
    if step == EACH:
        yield from enumerate(value)
    elif step == KEYS:
        yield from ((key, key) for key in value)
    elif step == VALUES:
        yield from value.items()
    elif hasattr(value, step):
        # Of several forms that a place may have, this one may lack the member.
        yield step, getattr(value, step)
