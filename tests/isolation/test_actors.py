"""The matrix lasts longer than a token: its actors stay signed in."""

from datetime import timedelta

import pytest
import time_machine

from app.core.time import utc_now
from tests.isolation.actors import Watch, everyone
from tests.world import World

pytestmark = pytest.mark.isolation


async def test_everybody_stays_signed_in_beyond_the_fifteen_minutes_of_a_token(world: World) -> None:
    actors = [actor for actor in await everyone(world) if actor.role]
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        assert {(await actor.client.get("/api/v1/units")).status_code for actor in actors} == {401}
        watch = Watch(world, actors)
        await watch.stay_signed_in()
        assert {(await actor.client.get("/api/v1/units")).status_code for actor in actors} == {200}
