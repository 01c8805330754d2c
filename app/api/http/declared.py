"""Every route declares who may call it, or the application does not start."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from app.api.http.deps import Anonymous, LinkHolder, May, Probe
from app.api.http.record_headers import SENT
from app.api.http.routing import makes_record, may_be_minimal


class UndeclaredRouteError(Exception):
    """A route without a declared right."""


@dataclass(frozen=True, slots=True)
class Declared:
    name: str
    method: str
    path: str
    right: May | None
    sends: tuple[str, ...]
    """The headers that its answer names the record by."""
    makes_record: bool
    may_be_minimal: bool


def declared_routes(app: FastAPI) -> Iterator[Declared]:
    """Each operation with its right, None if public; raises UndeclaredRouteError without a declaration."""
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, APIRoute):
            continue
        rights = [d.call for d in _flat(context.dependant) if isinstance(d.call, May | Anonymous | LinkHolder | Probe)]
        if len(rights) != 1:
            raise UndeclaredRouteError(f"{context.path} declares {len(rights)} rights")
        sends = tuple(name for d in _flat(context.dependant) if d.call for name in SENT.get(d.call, ()))
        right = rights[0] if rights and isinstance(rights[0], May) else None
        for method in sorted(context.methods or ()):
            yield Declared(
                context.original_route.name,
                method,
                str(context.path),
                right,
                sends,
                makes_record(context.dependant),
                may_be_minimal(context.dependant),
            )


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    for child in dependant.dependencies:
        yield child
        yield from _flat(child)


def check_declared(app: FastAPI) -> list[Declared]:
    """Every operation. Raises UndeclaredRouteError."""
    return list(declared_routes(app))
