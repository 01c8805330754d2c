"""The page of endings says what happens."""

from tests.proposals.endings import table, written
from tests.world import World


async def test_every_way_to_end_a_case_is_decided_and_notified_as_the_page_says(world: World) -> None:
    assert await table(world) == written()
