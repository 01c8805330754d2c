"""What a reader may do next with a report, its period and an acting signer: each act tried over HTTP."""

from typing import Any

import pytest

from app.api.reports.acting_signers import ACTS as SIGNER
from app.api.reports.periods import ACTS as PERIOD
from app.api.reports.reports import ACTS as REPORT
from app.api.reports.urgent_reports import ACTS as URGENT
from tests.factories.http import API, ok, read_etag
from tests.factories.next_actions import Body, Trial, fixed, nothing
from tests.factories.report_periods import close_period, create_period, day_in, open_period, over
from tests.factories.reports import act, begin, create_chain, fill_in, submit
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.urgent_reports import NARRATIVES, draft, hand_in, urgent_path
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
    "issue": fixed(number=1, symbol="BC-MẪU", issued_on="2090-01-01", place="Bịa"),
    "decide_disclosure": nothing,
    "extend": fixed(due_on="2090-01-01", decision_number="1/QĐ-MẪU", reason=REASON),
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
    expected = {
        "owed": {"extend"},
        "draft": {"extend"},
        "submitted": {"accept", "return"},
        "accepted": {"return", "lock"},
        "locked": {"unlock", "decide_disclosure"},
    }
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
    assert (await offered(school.head), await offered(school.officer)) == ({"issue"}, {"issue"})


async def test_a_section_is_edited_by_its_unit_while_it_is_a_draft(world: World) -> None:
    chain = await create_chain(world, schools=1)
    (school,) = chain.schools
    report = chain.report(school)
    await begin(school.officer, report)
    section = f"{report}/sections/figures"

    async def offered(client: Client) -> list[str]:
        return [each["path"] for each in ok(await client.get(section))["next_actions"]]

    assert await offered(school.officer) == [section]
    await fill_in(school.officer, report)
    ok(await submit(school.head, report))
    assert await offered(school.officer) == await offered(chain.bureau.officer) == []


async def test_an_entry_of_the_register_is_corrected_once(world: World) -> None:
    chain = await create_chain(world, schools=1)
    (school,) = chain.schools
    report = chain.report(school)
    await begin(school.officer, report)
    await fill_in(school.officer, report)
    ok(await submit(school.head, report))
    entry = {"number": 1, "symbol": "BC-MẪU", "issued_on": "2090-01-01", "place": "Bịa"}
    made = ok(await school.officer.post(f"{report}/issuances", entry), 201)
    (offer,) = made["next_actions"]
    assert ok(await chain.bureau.officer.get(f"{report}/issuances"))[0]["next_actions"] == []
    ok(await school.officer.post(offer["path"], entry | {"number": 2, "reason": REASON}), 201)
    entries = ok(await school.officer.get(f"{report}/issuances"))
    assert [[each["action"] for each in one["next_actions"]] for one in entries] == [[], ["correct"]]


URGENT_BODIES: dict[str, Body] = {"edit": fixed(narratives=NARRATIVES), "submit": fixed(signer_name="Người Ký Bịa")}


@pytest.mark.parametrize("state", ["draft", "submitted"])
async def test_acts_on_an_urgent_report(world: World, bureau_a: Client, state: str) -> None:
    school = await create_unit(world)

    async def make() -> str:
        urgent = await draft(school.officer, (await school.head.create_intake())["incident_id"])
        if state == "submitted":
            ok(await hand_in(school.head, urgent))
        return urgent_path(urgent)

    trial = Trial(world, (URGENT,), URGENT_BODIES, make)
    clients = {"head": school.head, "officer": school.officer, "bureau": bureau_a}
    listed = {name: await trial.run(client) for name, client in clients.items()}
    own = [{"edit", "submit"}, {"edit"}] if state == "draft" else [set(), set()]
    assert listed == {"head": own[0], "officer": own[1], "bureau": set()}


async def test_an_urgent_report_has_no_due_day(school: StaffedUnit, incident: str) -> None:
    ok(await hand_in(school.head, urgent := await draft(school.officer, incident)))
    report = ok(await school.head.get(f"{API}/reports/{urgent['report_id']}"))
    assert (report["due_on"], report["due_at"]) == (None, None)
    board = ok(await school.head.get(f"{API}/report-periods/{report['period_id']}/board"))
    (row,) = [each for each in board["items"] if each["id"] == report["id"]]
    assert (row["due_on"], row["due_at"], row["timeliness"]) == (None, None, None)
    (level,) = board["levels"]
    assert (level["delivered"], level["on_time"], level["late"], level["overdue"]) == (1, 0, 0, 0)
    table = (await school.head.get(f"{API}/report-periods/{report['period_id']}/board.csv")).text
    assert "Đúng hạn" not in table
