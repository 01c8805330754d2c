"""What is no ending by itself, and does not spare the level above its decision on one."""

import pytest

from tests.factories.attachments import create_attachment, destroy_attachment
from tests.factories.cases import clock_states, set_severity, transition
from tests.factories.child_cases import CHILD, CLOSURE, PLAN, REVIEW, decide_plan, post_to_case
from tests.factories.duplicates import merge_incidents, undo_merge
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

ADULT_SINCE = "1990-02-03"


@pytest.fixture
async def above(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


@pytest.fixture
async def school(world: World, above: StaffedUnit) -> StaffedUnit:
    return await create_unit(world, under=above.id)


async def incident(client: Client, severity: str, **fields: object) -> str:
    incident_id = str((await client.create_intake(**fields))["incident_id"])
    ok(await set_severity(client, incident_id, severity), 201)
    return incident_id


async def waiting_intake(client: Client, **fields: object) -> str:
    return str((await client.create_intake(open_incident=False, **fields))["id"])


async def dismiss_alone(school: StaffedUnit, incident_id: str) -> None:
    refused = await transition(school.head, f"{API}/incidents/{incident_id}", "dismiss", reason="Bịa")
    assert_problem(refused, 409, "proposal_required")


async def see_one_of_two_through(school: StaffedUnit, above: StaffedUnit, **fields: object) -> tuple[str, str]:
    """A grave incident in intervention with two victims, one seen through; its path and the path of the other."""
    incident_id = await incident(school.head, "critical", children=[CHILD, CHILD], **fields)
    path = f"{API}/incidents/{incident_id}"
    first, second = [each["id"] for each in ok(await school.head.get(f"{path}/persons")) if each["role"] == "victim"]
    case_id = ok(await school.counsellor.post(f"{path}/cases", {"person_id": first}), 201)["id"]
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    plan = ok(await post_to_case(school.counsellor, case_id, "plans", PLAN), 201)
    ok(await decide_plan(above.officer, case_id, plan["id"], "approve"))
    ok(await post_to_case(above.officer, case_id, "closure", CLOSURE))
    for action in ("acknowledge", "intervene"):
        ok(await transition(school.head, path, action))
    return path, f"{path}/persons/{second}"


async def patch(client: Client, path: str, **changes: object) -> None:
    ok(await client.patch(path, changes, await read_etag(client, path)))


@pytest.mark.parametrize("changes", [{"role": "witness"}, {"birth_date": ADULT_SINCE}])
async def test_a_holder_who_rules_a_victim_out_does_not_close_a_grave_case_alone(
    school: StaffedUnit, above: StaffedUnit, changes: dict[str, str]
) -> None:
    path, person = await see_one_of_two_through(school, above)
    assert_problem(await transition(school.head, path, "close", reason="Bịa"), 409, "case_required")
    await patch(school.head, person, **changes)
    assert_problem(await transition(school.head, path, "close", reason="Bịa"), 409, "proposal_required")
    ok(await transition(above.officer, path, "close", reason="Bịa"))


async def test_a_victim_whom_the_level_above_rules_out_requires_no_further_decision(
    school: StaffedUnit, above: StaffedUnit
) -> None:
    path, person = await see_one_of_two_through(school, above)
    await patch(above.officer, person, role="witness")
    await patch(school.head, person, name="Người Bịa")
    ok(await transition(school.head, path, "close", reason="Bịa"))


async def test_a_day_on_which_a_victim_was_of_age_does_not_close_a_grave_case(
    school: StaffedUnit, above: StaffedUnit
) -> None:
    path, person = await see_one_of_two_through(school, above, occurred_on="2026-01-05")
    await patch(above.officer, person, birth_date="2008-02-03")
    await patch(school.head, path, occurred_on="2026-03-01")
    assert_problem(await transition(school.head, path, "close", reason="Bịa"), 409, "proposal_required")


async def test_evidence_of_an_absorbed_incident_is_that_of_the_grave_one(
    school: StaffedUnit, above: StaffedUnit
) -> None:
    survivor, absorbed = await incident(school.head, "low"), await incident(school.head, "low")
    kept, free = [(await create_attachment(school.head, absorbed, content))["id"] for content in (b"mot", b"hai")]
    ok(await merge_incidents(school.head, survivor, absorbed), 201)
    ok(await destroy_attachment(school.head, free), 204)
    ok(await set_severity(school.head, survivor, "critical"), 201)
    assert_problem(await destroy_attachment(school.head, kept), 409, "proposal_required")
    ok(await destroy_attachment(above.officer, kept), 204)


async def test_what_was_grave_as_one_stays_grave_when_a_merge_is_undone(
    school: StaffedUnit, above: StaffedUnit
) -> None:
    first, second, third = [await incident(school.head, "low") for _ in range(3)]
    inner = ok(await merge_incidents(school.head, second, third), 201)
    ok(await merge_incidents(school.head, first, second), 201)
    ok(await set_severity(above.officer, first, "critical"), 201)
    ok(await undo_merge(school.head, inner))
    await dismiss_alone(school, third)


async def test_what_was_grave_before_a_merge_leaves_the_other_as_it_was(school: StaffedUnit) -> None:
    survivor, absorbed = await incident(school.head, "critical"), await incident(school.head, "low")
    ok(await undo_merge(school.head, ok(await merge_incidents(school.head, survivor, absorbed), 201)))
    ok(await transition(school.head, f"{API}/incidents/{absorbed}", "dismiss", reason="Bịa"))


async def test_a_report_of_child_abuse_makes_its_incident_one(school: StaffedUnit) -> None:
    light = await incident(school.head, "moderate", group="injury_safety")
    intake_id = await waiting_intake(school.head, group="child_abuse")
    ok(await school.head.post(f"{API}/intakes/{intake_id}/link", {"incident_id": light}))
    assert ok(await school.head.incident(light))["group"] == "child_abuse"
    assert (await clock_states(school.head, light))["support_plan"] == "running"
    await dismiss_alone(school, light)


async def test_a_report_of_child_abuse_does_not_end_in_an_ended_incident(school: StaffedUnit) -> None:
    ended = await incident(school.head, "low", group="injury_safety")
    path = f"{API}/incidents/{ended}"
    ok(await transition(school.head, path, "dismiss", reason="Bịa"))
    abuse, other = [await waiting_intake(school.head, group=group) for group in ("child_abuse", "injury_safety")]
    body = {"incident_id": ended}
    assert_problem(await school.head.post(f"{API}/intakes/{abuse}/link", body), 409, "wrong_state")
    ok(await school.head.post(f"{API}/intakes/{other}/link", body))
    ok(await transition(school.head, path, "reopen", reason="Bịa"))
    ok(await school.head.post(f"{API}/intakes/{abuse}/link", body))
