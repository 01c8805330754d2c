"""How many statements a submission needs: what was read once is not read again."""

from tests.factories.http import ok, read_etag
from tests.factories.reports import begin, create_chain, fill_in
from tests.factories.statements import sent
from tests.world import World

# Of a small school without counted rows; PostgreSQL has the settings of each elevation beside.
MOST = {"sqlite": 25, "postgresql": 32}


async def test_a_submission_needs_few_statements(world: World) -> None:
    chain = await create_chain(world, schools=1)
    (school,) = chain.schools
    report = chain.report(school)
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    headers = {"If-Match": await read_etag(school.head, report)}
    with sent(world) as few:
        ok(await school.head.post(f"{report}/submission", {"signer_name": "Người Ký Bịa"}, headers=headers))
    assert len(few) <= MOST[world.engine], few
