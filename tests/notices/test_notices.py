"""Notices: a unit's own, one by one and since a moment, by people and by systems. All of it invented."""

from app.core import time
from tests.factories.acts import API, Place, listed, ok, refused, system
from tests.factories.outbox import notice, notices_of
from tests.world import World


async def test_a_notice_is_asked_for_by_its_id_within_its_unit_alone(world: World, school: Place) -> None:
    await notice(world, school.id)
    (notice_id,) = await notices_of(world, school.id)
    shown = ok(await school.head.get(f"{API}/notices/{notice_id}"))
    assert (shown["id"], shown["kind"], shown["read_at"]) == (notice_id, "escalated", None)
    for other in ("phong_a.officer", "a1.head"):
        refused(await (await world.client(other)).get(f"{API}/notices/{notice_id}"), 404, "not_found")


async def test_a_system_drains_its_units_notices_by_time_and_marks_nothing(world: World) -> None:
    unit_id = world.units["school_b1"]
    client = await system(world, "school_b1", "notice:read")
    former = await notices_of(world, unit_id)
    await notice(world, unit_id)
    before = await notices_of(world, unit_id)
    earlier = before - former
    since = time.utc_now().isoformat()
    await notice(world, unit_id, count=2)
    found = await listed(client, "notices", since=since)
    assert found - before == await notices_of(world, unit_id) - before
    assert len(found - before) == 2
    assert earlier.isdisjoint(found)
    assert before <= await listed(client, "notices", read=False)
