"""What a request sends to PostgreSQL: what it writes goes in one statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import event

from tests.factories.units import StaffedUnit
from tests.world import World

INTAKES = "/api/v1/intakes"
MOST_STATEMENTS = 6
INTAKE = {
    "source_channel": "in_person",
    "group": "school_violence",
    "narrative": "Chuyện bịa để thử",
    "children": [{"sex": "female", "estimated_age": 12}],
}


@contextmanager
def sent(world: World) -> Iterator[list[str]]:
    """The statements that the application sends, BEGIN among them, COMMIT not."""
    found: list[str] = []
    engine = world.runtime.engine.sync_engine

    def note(_: object, __: object, statement: str, *___: object) -> None:
        found.append(statement)

    def begin(_: object) -> None:
        found.append("BEGIN")

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "begin", begin)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "begin", begin)


async def statements_of_intake(world: World, school: StaffedUnit) -> list[str]:
    with sent(world) as statements:
        response = await school.head.post(INTAKES, INTAKE, headers={"Idempotency-Key": str(uuid4())})
    assert response.status_code == 201, response.text
    return statements


@pytest.mark.usefixtures("cached")
async def test_a_staff_intake_sends_six_statements_at_most(world: World, school: StaffedUnit) -> None:
    if world.engine == "sqlite":
        pytest.skip("SQLite keeps the flush of SQLAlchemy")
    await statements_of_intake(world, school)
    statements = await statements_of_intake(world, school)
    assert len(statements) <= MOST_STATEMENTS
    assert sum("INSERT" in each for each in statements) == 1, "what is written goes at once"
