"""docs/transfers.md runs as it stands, from the enrolment at the new school to the confirmation. All invented."""

from functools import partial

from tests.docs.pages import run_page
from tests.factories.learners import create_class, create_pupil
from tests.factories.transfers import settle_transfers
from tests.factories.units import create_unit
from tests.world import World


async def test_the_page_runs_as_it_stands(world: World) -> None:
    old, new = await create_unit(world), await create_unit(world)
    code = {"kind": "moet", "value": "8400000001"}
    left = (await create_class(old.officer))["id"]
    await create_pupil(old.officer, left, "Lê Văn Bịa", birth_date="2015-05-04", sex="male", identifiers=[code])
    callers = {"old_school_officer": old.officer, "new_school_officer": new.officer}
    came = {"class": (await create_class(new.officer))["id"]}
    known = await run_page("transfers.md", callers, came, partial(settle_transfers, world, in_days=1))
    assert known["answered"] == known["arrival"] == "awaiting_confirmation"
    assert (known["name"], known["records"]) == ("Lê Văn Bịa", "04")
    assert known["old"] == known["new"] == "confirmed"
