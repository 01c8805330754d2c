"""Every actor reaches exactly the permitted objects: every operation, every actor, every object.

It comes last of its folder: what it leaves behind would make the others cross whole tables of it.
"""

import time

import pytest

from tests.conftest import SHARE
from tests.isolation.actors import everyone
from tests.isolation.estate import Estate
from tests.isolation.figures import publish
from tests.isolation.matrix import Matrix, documented
from tests.isolation.operations import OPERATIONS, SEARCHES
from tests.isolation.traces import traces
from tests.world import World

pytestmark = pytest.mark.isolation
LEAST_REQUESTS = 90_000 // SHARE


async def open_matrix(world: World) -> Matrix:
    actors = await everyone(world)
    users = {actor.name: actor.user_id for actor in actors if actor.user_id is not None}
    estate = Estate(world, users)
    await estate.open()
    matrix = Matrix(world, estate, actors, share=SHARE)
    await matrix.plant()
    return matrix


async def test_every_operation_of_the_document_has_its_row(world: World) -> None:
    assert await documented(world) == set(OPERATIONS)


@pytest.mark.usefixtures("cached")
async def test_the_matrix_holds(world: World) -> None:
    matrix = await open_matrix(world)
    before = await traces(world, matrix.cases)
    start = time.monotonic()
    found = await matrix.run()
    publish(f"{found.report(world.engine)}, {time.monotonic() - start:.0f} s")
    assert not found.leaks, "\n".join(found.leaks)
    assert not found.false_denials, "\n".join(found.false_denials)
    assert not found.other, "\n".join(found.other)
    assert found.requests >= LEAST_REQUESTS
    assert found.asked == {(name, actor.role) for name in OPERATIONS | SEARCHES for actor in matrix.actors}
    assert await traces(world, matrix.cases) == before
