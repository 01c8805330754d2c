"""What nobody should send is answered with a stable code, and nothing of it is saved."""

import pytest

from tests.factories.http import assert_problem, ok
from tests.factories.reports import begin, create_chain, fill, fill_in, submit
from tests.world import World


async def test_the_lineage_of_no_figure_is_not_found_and_of_one_without_a_number_says_so(world: World) -> None:
    chain = await create_chain(world, schools=1)
    [school] = chain.schools
    report = chain.report(school)
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    for path in ("A1/lineage", "NONE/lineage"):
        answer = await school.officer.get(f"{report}/figures/{path}?version=1")
        assert answer.status_code in {404, 409, 422}, "a draft has no lineage"
    figures = [{"item": "A1", "numerator": 3}, {"item": "A3", "not_applicable": True, "reason": "Bịa"}]
    ok(await fill(school.officer, report, "figures", figures=figures))
    ok(await submit(school.head, report))
    for client in (school.officer, chain.bureau.officer):
        for asked in ("NONE/lineage", "SITUATION/lineage", "A1/lineage?cell=sex%3Dfemale"):
            assert_problem(await client.get(f"{report}/figures/{asked}"), 404, "not_found")
        shown = ok(await client.get(f"{report}/figures/A3/lineage"))
        assert (shown["figure"]["status"], shown["figure"]["numerator"]) == ("not_applicable", None)
        assert ok(await client.get(f"{report}/figures/A2/lineage"))["figure"]["status"] == "missing"


@pytest.mark.parametrize(("length", "status"), [(20_001, 422), (10_000_000, 413)])
async def test_a_text_that_is_too_long_is_refused_and_changes_nothing(world: World, length: int, status: int) -> None:
    chain = await create_chain(world, schools=1)
    [school] = chain.schools
    report = chain.report(school)
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    for client in (school.officer, school.head):
        answer = await fill(client, report, "texts", narratives={"SITUATION": "a" * length})
        assert answer.status_code == status
    assert ok(await school.officer.get(f"{report}/sections/texts"))["narratives"] == {"SITUATION": "Ổn định (bịa)"}
