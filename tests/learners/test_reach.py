"""Names of learners are read at their unit alone. All invented."""

import pytest

from app.core.time import today
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.learners import create_class, create_pupil
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World


@pytest.fixture
async def line(world: World) -> tuple[StaffedUnit, StaffedUnit]:
    """A bureau and a school below it."""
    bureau = await create_unit(world, "bureau", "department")
    return bureau, await create_unit(world, under=bureau.id)


async def test_no_level_above_reads_a_learner(world: World, line: tuple[StaffedUnit, StaffedUnit]) -> None:
    bureau, school = line
    row = await create_class(school.officer)
    pupil = await create_pupil(school.officer, row["id"])
    above: list[Client] = [
        bureau.head,
        bureau.officer,
        *[await world.client(f"so.{each}") for each in ("head", "officer")],
    ]
    for client in above:
        assert_problem(await client.get(pupil.path), 404, "not_found")
        assert_problem(await client.get(f"{API}/classes/{row['id']}"), 404, "not_found")
        assert pupil.id not in {each["id"] for each in await list_items(client, "learners")}
        found = ok(await client.post(f"{API}/learners/search", {"name": "nguyen"}))
        assert pupil.id not in {each["id"] for each in found["items"]}


async def test_partner_auditor_inspector_and_administrator_may_not_ask(world: World) -> None:
    for name in ("congan.partner", "so.auditor", "so.inspector", "so.admin"):
        client = await world.client(name)
        assert_problem(await client.get(f"{API}/learners"), 403, "forbidden")


async def test_another_school_neither_reads_nor_writes(world: World, line: tuple[StaffedUnit, StaffedUnit]) -> None:
    _, school = line
    other = await create_unit(world)
    row = await create_class(school.officer)
    pupil = await create_pupil(school.officer, row["id"])
    assert_problem(await other.head.get(pupil.path), 404, "not_found")
    assert_problem(await other.head.patch(pupil.path, {"sex": "male"}, '"1.3"'), 404, "not_found")
    mine = await create_class(other.officer)
    own = await create_pupil(other.officer, mine["id"])
    body = {"class_id": row["id"], "valid_from": today().isoformat()}
    answer = await other.officer.get(own.path)
    path = f"{own.path}/enrolments/{own.enrolment_id}/statuses"
    refused = await other.officer.post(path, body, headers={"If-Match": answer.headers["ETag"]})
    assert_problem(refused, 422, "unknown_record", "/class_id")


async def test_a_counsellor_reads_and_writes_nothing(world: World) -> None:
    school = await create_unit(world)
    body = {"full_name": "Lê Bịa", "sex": "male"}
    assert_problem(await school.counsellor.post(f"{API}/learners", body), 403, "forbidden")
