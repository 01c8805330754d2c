"""docs/commitments.md runs as it stands, from a template to a settled class. All invented."""

from tests.docs.pages import run_page
from tests.factories.accounts import create_integration_client
from tests.factories.agreements import hire
from tests.factories.http import API, ok
from tests.factories.learners import appoint, create_class, create_pupil
from tests.factories.units import create_unit
from tests.world import World


async def test_the_page_runs_as_it_stands(world: World) -> None:
    school = await create_unit(world)
    row = await create_class(school.officer)
    for name in ("Lê Thị Bịa An", "Lê Thị Bịa Bình"):
        await create_pupil(school.officer, row["id"], name)
    await hire(school.officer, "Lê Văn Bịa")
    await appoint(school.head, row["id"], school.teacher)
    callers = {
        "department_officer": await world.client("so.officer"),
        "school_officer": school.officer,
        "school_head": school.head,
        "homeroom_teacher": school.teacher,
        "sender": await create_integration_client(world, "department", "commitment_reminder:update"),
    }
    known = await run_page("commitments.md", callers)
    # The edition of the day was made before; of two families it says nothing.
    assert (known["settled"], known["above"]) == ("4", "None")
    assert ok(await school.head.get(f"{API}/commitment-campaigns/{known['campaign']}/differences")) == []
