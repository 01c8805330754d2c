"""What a request sends to PostgreSQL: what it writes goes in one statement."""

from uuid import uuid4

import pytest

from tests.factories.http import API, ok
from tests.factories.intakes import create_public_intake
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit
from tests.isolation.figures import publish
from tests.world import World

MOST_OF_AN_INTAKE = 6
MOST_OF_A_PAGE = 2
MOST_OF_A_REPORT = 8
INTAKE = {
    "source_channel": "in_person",
    "group": "school_violence",
    "narrative": "Chuyện bịa để thử",
    "children": [{"sex": "female", "estimated_age": 12}],
}


async def statements_of_intake(world: World, school: StaffedUnit) -> list[str]:
    with sent(world) as statements:
        response = await school.head.post(f"{API}/intakes", INTAKE, headers={"Idempotency-Key": str(uuid4())})
    assert response.status_code == 201, response.text
    return statements


@pytest.mark.usefixtures("cached")
async def test_a_staff_intake_sends_six_statements_at_most(world: World, school: StaffedUnit) -> None:
    if world.engine == "sqlite":
        pytest.skip("SQLite keeps the flush of SQLAlchemy")
    await statements_of_intake(world, school)
    statements = await statements_of_intake(world, school)
    publish(f"a staff intake: {len(statements)} statements")
    assert len(statements) <= MOST_OF_AN_INTAKE
    assert sum("INSERT" in each for each in statements) == 1, "what is written goes at once"


@pytest.mark.usefixtures("cached")
@pytest.mark.parametrize("path", ["/incidents", "/notices", "/clocks"])
async def test_a_page_sends_two_statements(world: World, school: StaffedUnit, path: str) -> None:
    if world.engine == "sqlite":
        pytest.skip("SQLite has no settings to send")
    await school.head.create_intake()
    for _ in range(2):
        with sent(world) as statements:
            ok(await school.head.get(f"{API}{path}"))
    assert 1 <= len(statements) <= MOST_OF_A_PAGE


async def test_an_anonymous_report_sends_eight_statements_at_most(world: World, school: StaffedUnit) -> None:
    if world.engine == "sqlite":
        pytest.skip("SQLite keeps the flush of SQLAlchemy")
    for _ in range(2):
        with sent(world) as statements:
            await create_public_intake(world, narrative="Chuyện bịa để thử", unit_id=str(school.id))
    publish(f"an anonymous report: {len(statements)} statements")
    assert len(statements) <= MOST_OF_A_REPORT
