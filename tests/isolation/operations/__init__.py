"""Every operation of the API, by area: who may call it, on what, with which body, and what it answers when it may.

Each module of this package has `OPERATIONS`. An operation of the document that is in none of them fails the matrix, so
that none is forgotten.
"""

from importlib import import_module
from pkgutil import iter_modules

from tests.isolation.operation import Operation
from tests.isolation.operations import cases

AREAS: tuple[dict[str, Operation], ...] = tuple(
    import_module(f"{__name__}.{module.name}").OPERATIONS for module in iter_modules(__path__)
)
OPERATIONS: dict[str, Operation] = {name: operation for area in AREAS for name, operation in area.items()}
SEARCHES = cases.SEARCHES
