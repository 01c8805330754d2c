"""What a reader may do next with an upload: each act tried over HTTP."""

import pytest

from app.api.uploads.uploads import ACTS
from tests.factories.http import ok
from tests.factories.next_actions import Body, Trial, fixed, nothing
from tests.factories.units import create_unit
from tests.factories.uploads import UPLOADS_PATH, run_uploads, send_file, table
from tests.world import World

CLASSES = table("Mã lớp,Tên lớp,Khối,Cấp học", "6Q1,Lớp 6Q1,6,THCS")
BODIES: dict[str, Body] = {
    "release": fixed(reason="Bịa: thử"),
    "cancel": nothing,
    "revert": fixed(reason="Bịa: thử"),
}
EXPECTED = {"received": {"cancel"}, "checked": set[str](), "applied": {"revert"}}


@pytest.mark.parametrize("state", EXPECTED)
async def test_acts_on_an_upload(world: World, state: str) -> None:
    school = await create_unit(world)

    async def make() -> str:
        # Two uploads of a unit run at once at most, and one that has not ended is not made again.
        await run_uploads(school.officer)
        made = ok(await send_file(school.officer, CLASSES, "classes", dry_run=state == "checked"), 202)
        if state != "received":
            await run_uploads(school.officer)
        return f"{UPLOADS_PATH}/{made['id']}"

    trial = Trial(world, (ACTS,), BODIES, make)
    assert await trial.run(school.head) == EXPECTED[state]
    assert await trial.run(await world.client("b1.head")) == set()
