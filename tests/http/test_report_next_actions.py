"""What a reader may do next with a report, its period and an acting signer: each act tried over HTTP."""

from typing import Any

import pytest

from app.api.reports.acting_signers import ACTS as SIGNER
from app.api.reports.periods import ACTS as PERIOD
from app.api.reports.reports import ACTS as REPORT
from tests.factories.http import API, ok, read_etag
from tests.factories.next_actions import Body, Trial, fixed, nothing
from tests.factories.report_periods import close_period, create_period, day_in, open_period, over
from tests.factories.reports import act, begin, create_chain, fill_in, submit
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

REASON = "Bịa: thử"
RETURN = {"items": [{"item": "A1", "reason": "does_not_match"}]}
REPORT_BODIES: dict[str, Body] = {
    "begin": nothing,
    "compute": nothing,
    "submit": fixed(signer_name="Người Ký Bịa"),
    "return": fixed(**RETURN),
    "accept": nothing,
    "lock": nothing,
    "request_unlock": fixed(reason=REASON),
    "unlock": fixed(reason=REASON),
}
STATES = ("owed", "draft", "submitted", "returned", "accepted", "locked")


@pytest.mark.parametrize("state", STATES)
async def test_acts_on_a_report(world: World, state: str) -> None:
    chain = await create_chain(world, schools=0)
    above = {"bureau": chain.bureau.head, "department": await world.client("so.head")}
    readers = {"inspector": await world.client("so.inspector"), "elsewhere": await world.client("b1.head")}
    own = dict[str, Client]()

    async def make() -> str:
        made = await create_chain(world, schools=0)
        report = made.report(made.bureau)
        own.update(head=made.bureau.head, officer=made.bureau.officer)
        step = STATES.index(state)
        if step >= STATES.index("draft"):
            await begin(made.bureau.officer, report)
            await fill_in(made.bureau.officer, report)
        if step >= STATES.index("submitted"):
            ok(await submit(made.bureau.head, report))
        if state == "returned":
            ok(await act(above["department"], report, "return", RETURN))
        if state in {"accepted", "locked"}:
            ok(await act(above["department"], report, "acceptance"))
        if state == "locked":
            ok(await act(above["department"], report, "lock"))
        return report

    trial = Trial(world, (REPORT,), REPORT_BODIES, make)
    listed = {name: await trial.run(client) for name, client in {**above, **readers}.items()}
    assert listed["inspector"] == listed["elsewhere"] == listed["bureau"] == set()
    expected = {"submitted": {"accept", "return"}, "accepted": {"return", "lock"}, "locked": {"unlock"}}
    assert listed["department"] == expected.get(state, set())


PERIOD_BODIES: dict[str, Body] = {
    "open": nothing,
    "close": nothing,
    "change": fixed(ends_on=day_in(-70)),
    "withdraw": nothing,
    "request_earlier": fixed(requested_on=None),
}


@pytest.mark.parametrize("state", ["planned", "open", "over", "closed"])
async def test_acts_on_a_period(world: World, state: str) -> None:
    bureau = await create_unit(world, "bureau", "department")
    await create_unit(world, under=bureau.id)
    department = await world.client("so.head")
    days: dict[str, Any] = {"dues": [{"kinds": ["school"], "due_on": day_in(30)}], "ends_on": day_in(-60)}

    async def make() -> str:
        period = await create_period(world, bureau.officer, **(days if state in {"planned", "open"} else over()))
        if state != "planned":
            await open_period(bureau.officer, period["id"])
        if state == "closed":
            await close_period(bureau.officer, period["id"])
        return f"{API}/report-periods/{period['id']}"

    trial = Trial(world, (PERIOD,), PERIOD_BODIES, make)
    readers = {"inspector": await world.client("so.inspector"), "elsewhere": await world.client("b1.head")}
    clients = {"bureau": bureau.officer, "department": department, **readers}
    listed = {name: await trial.run(client) for name, client in clients.items()}
    assert listed["inspector"] == listed["elsewhere"] == set()
    assert (
        listed["bureau"]
        == {
            "planned": {"open", "change", "withdraw"},
            "open": {"open", "request_earlier"},
            "over": {"open", "close", "request_earlier"},
            "closed": set(),
        }[state]
    )
    assert listed["department"] == ({"request_earlier"} if state in {"open", "over"} else set())


@pytest.mark.parametrize("state", ["named", "withdrawn"])
async def test_acts_on_an_acting_signer(world: World, state: str) -> None:
    schools: list[StaffedUnit] = []

    async def make() -> str:
        if not schools or state == "named":
            schools.append(await create_unit(world))
        school = schools[-1]
        body = {"user_id": str(school.officer.user_id), "mode": "kt", "decision_number": "9/QĐ-MẪU"}
        days = {"valid_from": day_in(0), "valid_to": day_in(5)}
        named = ok(await school.head.post(f"{API}/acting-signers", body | days), 201)
        path = f"{API}/acting-signers/{named['id']}"
        if state == "withdrawn":
            ok(await act(school.head, path, "withdrawal"))
        return path

    trial = Trial(world, (SIGNER,), {"withdraw": nothing}, make)
    readers = {"inspector": await world.client("so.inspector"), "elsewhere": await world.client("b1.head")}
    clients = {"department": await world.client("so.head"), **readers}
    listed = {name: await trial.run(client) for name, client in clients.items()}
    assert listed["inspector"] == listed["elsewhere"] == set()
    assert listed["department"] == ({"withdraw"} if state == "named" else set())


async def test_a_schools_own_acts_follow_its_report(world: World) -> None:
    chain = await create_chain(world, schools=1)
    (school,) = chain.schools
    report = chain.report(school)

    async def offered(client: Client) -> set[str]:
        return {each["action"] for each in ok(await client.get(report))["next_actions"]}

    assert (await offered(school.head), await offered(school.officer)) == ({"begin"}, {"begin"})
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    assert (await offered(school.head), await offered(school.officer)) == ({"compute", "submit"}, {"compute"})
    offer = next(each for each in ok(await school.officer.get(report))["next_actions"] if each["action"] == "compute")
    ok(await school.officer.post(offer["path"], headers={"If-Match": await read_etag(school.officer, report)}))
    ok(await submit(school.head, report))
    assert (await offered(school.head), await offered(school.officer)) == (set(), set())
