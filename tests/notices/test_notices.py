"""Notices: a unit's own, one by one and since a moment, by people and by systems. All of it invented."""

from app.core import time
from tests.factories.accounts import create_integration_client
from tests.factories.http import API, assert_problem, list_ids, ok
from tests.factories.notices import create_notice, list_notice_ids
from tests.factories.units import StaffedUnit
from tests.world import World


async def test_a_notice_is_asked_for_by_its_id_within_its_unit_alone(world: World, school: StaffedUnit) -> None:
    await create_notice(world, school.id)
    (notice_id,) = await list_notice_ids(world, school.id)
    shown = ok(await school.head.get(f"{API}/notices/{notice_id}"))
    assert (shown["id"], shown["kind"], shown["read_at"]) == (notice_id, "escalated", None)
    for other in ("phong_a.officer", "a1.head"):
        assert_problem(await (await world.client(other)).get(f"{API}/notices/{notice_id}"), 404, "not_found")


async def test_a_system_drains_its_units_notices_by_time_and_marks_nothing(world: World) -> None:
    unit_id = world.units["school_b1"]
    client = await create_integration_client(world, "school_b1", "notice:read")
    former = await list_notice_ids(world, unit_id)
    await create_notice(world, unit_id)
    before = await list_notice_ids(world, unit_id)
    earlier = before - former
    since = time.utc_now().isoformat()
    await create_notice(world, unit_id, count=2)
    found = await list_ids(client, "notices", since=since)
    assert found - before == await list_notice_ids(world, unit_id) - before
    assert len(found - before) == 2
    assert earlier.isdisjoint(found)
    assert before <= await list_ids(client, "notices", read=False)
