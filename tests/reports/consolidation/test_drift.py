"""What was raised above a unit since its report: no trace of it in the drift of what the report counted."""

import pytest

from tests.factories.custody import accuse
from tests.factories.figures import create_event
from tests.factories.http import API, assert_problem, ok
from tests.factories.referrals import create_referral
from tests.factories.reports import COUNTED, ITEMS, TEXTS, Chain, begin, create_chain, fill, fill_in, submit
from tests.world import Client, World

ACKNOWLEDGED = ITEMS[1] | {"code": "A4", "source": "referrals_acknowledged"}
SECTIONS = [
    {"code": "figures", "label_vi": "Số liệu", "label_en": "Figures", "items": [ITEMS[0], COUNTED, ACKNOWLEDGED]},
    {"code": "texts", "label_vi": "Nội dung", "label_en": "Texts", "items": TEXTS},
]


@pytest.fixture
async def chain(world: World) -> Chain:
    return await create_chain(world, schools=1, sections=SECTIONS)


async def accuse_staff(client: Client, incident_id: str, unit_id: object) -> None:
    accused = {"role": "perpetrator", "kind": "staff", "unit_id": str(unit_id)}
    ok(await client.post(f"{API}/incidents/{incident_id}/persons", accused), 201)


async def test_a_share_drifts_in_neither_part(chain: Chain) -> None:
    [school] = chain.schools
    report = chain.report(school)
    incident = await create_event(school.head, group="school_violence")
    await create_referral(school.head, incident)
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    ok(await submit(school.head, report))
    path = f"{report}/figures/A4/lineage"
    before = ok(await school.head.get(path))
    assert (before["own_denominator"], before["drift"]["denominator"]) == (1, 1)
    await accuse_staff(chain.bureau.officer, incident, school.id)
    assert_problem(await school.head.incident(incident), 404, "not_found")
    assert ok(await school.head.get(path)) == before


async def test_a_case_below_that_is_raised_above_the_bureau_is_no_drift_of_its_report(
    chain: Chain, world: World
) -> None:
    """A bureau holds the case of a school whose head is accused, until its own staff is."""
    [school] = chain.schools
    above = chain.report(chain.bureau)
    incident = await create_event(chain.bureau.officer, unit_id=str(school.id), accused=accuse())
    await begin(chain.bureau.officer, above)
    ok(await fill(chain.bureau.officer, above, "figures", figures=[{"item": "A1", "numerator": 1}]))
    ok(await fill(chain.bureau.officer, above, "texts", narratives={"SITUATION": "Toàn huyện (bịa)"}))
    ok(await submit(chain.bureau.head, above))
    path = f"{above}/figures/A3/lineage"
    before = ok(await chain.bureau.head.get(path))
    assert before["own_rows"] == 1
    await accuse_staff(await world.client("so.head"), incident, chain.bureau.id)
    assert_problem(await chain.bureau.head.incident(incident), 404, "not_found")
    assert ok(await chain.bureau.head.get(path)) == before
