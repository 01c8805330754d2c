"""A merge carries the graver severity and group with their clocks; undoing it takes them back."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.time import utc_now
from tests.factories.attachments import create_attachment, destroy_attachment
from tests.factories.cases import clock_states, list_clocks, set_severity, transition
from tests.factories.child_cases import (
    CLOSURE,
    PLAN,
    REVIEW,
    decide_plan,
    open_child_cases_with_severity,
    post_to_case,
    submit_plan,
)
from tests.factories.duplicates import INCIDENTS, merge_incidents, undo_merge
from tests.factories.http import API, assert_problem, ok
from tests.factories.notices import list_unread_notices
from tests.factories.proposals import create_proposal, decide_proposal, propose
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World


async def incident(client: Client, severity: str | None = None, **fields: Any) -> str:
    incident_id = str((await client.create_intake(**fields))["incident_id"])
    if severity is not None:
        ok(await set_severity(client, incident_id, severity), 201)
    return incident_id


async def facts(client: Client, incident_id: str) -> tuple[str | None, str, bool]:
    seen = ok(await client.incident(incident_id))
    return seen["severity"], seen["group"], seen["is_grave"]


async def count_critical(client: Client) -> int:
    rows = ok(await client.get(f"{INCIDENTS}/counts", params={"severity": "critical"}))
    return sum(row["count"] for row in rows)


@pytest.fixture
async def above(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


@pytest.fixture
async def school(world: World, above: StaffedUnit) -> StaffedUnit:
    return await create_unit(world, under=above.id)


@pytest.mark.parametrize("severity", [None, "low"])
async def test_a_grave_incident_is_merged_away_by_the_level_above_alone(
    school: StaffedUnit, above: StaffedUnit, severity: str | None
) -> None:
    survivor, grave = await incident(school.head, severity), await incident(school.head, "critical")
    assert_problem(await merge_incidents(school.head, survivor, grave), 409, "proposal_required")
    proposal = await create_proposal(school.head, grave, "merge", survivor_id=survivor)
    ok(await decide_proposal(above.officer, proposal["id"], "approve"))
    assert ok(await school.head.incident(grave))["merged_into"] == survivor
    assert await facts(school.head, survivor) == ("critical", "school_violence", True)
    assert await count_critical(above.officer) == 1
    assert_problem(await set_severity(school.head, survivor, "low"), 403, "forbidden")


async def test_a_lesser_incident_joins_a_grave_one_at_once(school: StaffedUnit) -> None:
    grave = await incident(school.head, "critical")
    for severity in (None, "low"):
        ok(await merge_incidents(school.head, grave, await incident(school.head, severity)), 201)
    assert await facts(school.head, grave) == ("critical", "school_violence", True)


async def test_an_unassessed_incident_is_not_merged_into_one_assessed_lower(school: StaffedUnit) -> None:
    survivor, fresh = await incident(school.head, "low"), await incident(school.head)
    assert_problem(await merge_incidents(school.head, survivor, fresh), 409, "severity_not_assessed")
    ok(await set_severity(school.head, fresh, "moderate"), 201)
    ok(await merge_incidents(school.head, survivor, fresh), 201)
    assert await facts(school.head, survivor) == ("moderate", "school_violence", False)


async def test_an_open_incident_does_not_end_in_a_dismissed_one(school: StaffedUnit) -> None:
    ended, fresh = await incident(school.head, "low"), await incident(school.head, "low")
    ok(await transition(school.head, f"{INCIDENTS}/{ended}", "dismiss", reason="Bịa"))
    assert_problem(await merge_incidents(school.head, ended, fresh), 409, "wrong_state")


async def test_a_severity_that_a_merge_brought_is_no_assessment_of_the_survivor(school: StaffedUnit) -> None:
    survivor, other = await incident(school.head), await incident(school.head, "low")
    ok(await merge_incidents(school.head, survivor, other), 201)
    answer = await transition(school.head, f"{INCIDENTS}/{survivor}", "dismiss", reason="Bịa")
    assert_problem(answer, 409, "severity_not_assessed")
    ok(await set_severity(school.head, survivor, "low"), 201)
    ok(await transition(school.head, f"{INCIDENTS}/{survivor}", "dismiss", reason="Bịa"))


async def test_duties_move_to_the_survivor_with_their_due_times(school: StaffedUnit, above: StaffedUnit) -> None:
    survivor, grave = await incident(school.head), await incident(school.head, "critical", group="child_abuse")
    due = await list_clocks(school.head, grave)
    ok(await merge_incidents(above.officer, survivor, grave), 201)
    assert await facts(school.head, survivor) == ("critical", "child_abuse", True)
    carried = await list_clocks(school.head, survivor)
    for rule in ("notify_protection", "notify_family", "support_plan", "emergency_measures"):
        assert (carried[rule]["state"], carried[rule]["due_at"]) == ("running", due[rule]["due_at"])
    family = {"act": "family_notified", "done_at": utc_now().isoformat()}
    ok(await school.head.post(f"{INCIDENTS}/{survivor}/acts", family), 201)
    assert (await clock_states(school.head, survivor))["notify_family"] == "met"


async def test_a_duty_of_both_ends_at_the_earlier_moment_and_again_at_its_own(
    school: StaffedUnit, above: StaffedUnit
) -> None:
    grave = await incident(school.head, "critical")
    survivor = await incident(school.head, "moderate")
    own = (await list_clocks(school.head, survivor))["notify_family"]["due_at"]
    earlier = (await list_clocks(school.head, grave))["notify_family"]["due_at"]
    assert earlier < own
    merged = ok(await merge_incidents(above.officer, survivor, grave), 201)
    assert (await list_clocks(school.head, survivor))["notify_family"]["due_at"] == earlier
    ok(await undo_merge(above.officer, merged))
    assert (await list_clocks(school.head, survivor))["notify_family"]["due_at"] == own


async def test_what_was_met_is_not_due_again(school: StaffedUnit, above: StaffedUnit) -> None:
    survivor, grave = await incident(school.head), await incident(school.head, "critical")
    done = {"act": "emergency_measures_taken", "done_at": utc_now().isoformat()}
    ok(await school.head.post(f"{INCIDENTS}/{grave}/acts", done), 201)
    ok(await merge_incidents(above.officer, survivor, grave), 201)
    states = await clock_states(school.head, survivor)
    assert (states["emergency_measures"], states["notify_protection"]) == ("met", "running")


async def test_of_two_absorbed_incidents_the_remaining_one_still_counts(
    school: StaffedUnit, above: StaffedUnit
) -> None:
    survivor = await incident(school.head, "low")
    critical, high = await incident(school.head, "critical"), await incident(school.head, "high", group="child_abuse")
    merges = [ok(await merge_incidents(above.officer, survivor, each), 201) for each in (critical, high)]
    assert await facts(school.head, survivor) == ("critical", "child_abuse", True)
    ok(await undo_merge(above.officer, merges[0]))
    assert await facts(school.head, survivor) == ("high", "child_abuse", True)
    ok(await undo_merge(above.officer, merges[1]))
    assert await facts(school.head, survivor) == ("low", "school_violence", False)
    assert await facts(school.head, critical) == ("critical", "school_violence", True)


async def test_undoing_reaches_through_a_chain(school: StaffedUnit, above: StaffedUnit) -> None:
    first, middle = await incident(school.head, "critical"), await incident(school.head, "low")
    last = await incident(school.head, "low")
    inner = ok(await merge_incidents(above.officer, middle, first), 201)
    ok(await merge_incidents(above.officer, last, middle), 201)
    assert await facts(school.head, last) == ("critical", "school_violence", True)
    ok(await undo_merge(above.officer, inner))
    assert await facts(school.head, last) == ("low", "school_violence", False)


async def test_an_assessment_after_the_merge_stays(school: StaffedUnit, above: StaffedUnit) -> None:
    survivor, grave = await incident(school.head), await incident(school.head, "critical")
    merged = ok(await merge_incidents(above.officer, survivor, grave), 201)
    ok(await set_severity(school.head, survivor, "high"), 201)
    ok(await undo_merge(above.officer, merged))
    assert await facts(school.head, survivor) == ("high", "school_violence", True)


async def test_the_level_above_the_survivor_is_notified_of_its_severity(
    world: World, school: StaffedUnit, department: Client
) -> None:
    other = await create_unit(world, "bureau", "department")
    neighbour = await create_unit(world, under=other.id)
    grave, survivor = await incident(school.head, "critical"), await incident(neighbour.head)
    ok(await merge_incidents(department, survivor, grave), 201)
    (notice,) = await list_unread_notices(other.officer, "critical_severity")
    assert notice["incident_id"] == survivor


async def test_the_survivors_plan_is_due_from_the_earlier_receipt(school: StaffedUnit, above: StaffedUnit) -> None:
    heard = (utc_now() - timedelta(hours=5)).isoformat()
    survivor, grave = await incident(school.head), await incident(school.head, "critical", received_at=heard)
    ok(await merge_incidents(above.officer, survivor, grave), 201)
    due = await list_clocks(school.head, survivor)
    assert due["support_plan"]["started_at"] == ok(await school.head.incident(grave))["received_at"]


async def test_a_plan_for_a_child_of_the_absorbed_incident_meets_the_survivors_clock_and_its_case_blocks_the_end(
    school: StaffedUnit, above: StaffedUnit
) -> None:
    survivor = await incident(school.head)
    grave, (case_id,) = await open_child_cases_with_severity(school, "critical")
    ok(await merge_incidents(above.officer, survivor, grave), 201)
    await submit_plan(school, case_id)
    assert (await clock_states(school.head, survivor))["support_plan"] == "met"
    ok(await set_severity(school.head, survivor, "critical"), 201)
    for action in ("acknowledge", "intervene"):
        ok(await transition(school.head, f"{INCIDENTS}/{survivor}", action))
    answer = await transition(above.officer, f"{INCIDENTS}/{survivor}", "close", reason="Bịa")
    assert_problem(answer, 409, "open_cases")


@pytest.mark.parametrize("severity", [None, "low"])
async def test_evidence_of_an_absorbed_incident_is_evidence_of_the_grave_event(
    school: StaffedUnit, above: StaffedUnit, severity: str | None
) -> None:
    grave, lesser = await incident(school.head, "critical"), await incident(school.head, severity)
    file = await create_attachment(school.head, lesser)
    ok(await merge_incidents(school.head, grave, lesser), 201)
    assert ok(await school.head.incident(lesser))["is_grave"] is True
    assert_problem(await destroy_attachment(school.head, file["id"]), 409, "proposal_required")
    proposal = await propose(school.head, lesser, "destroy_evidence", attachment_id=file["id"])
    ok(await decide_proposal(above.officer, ok(proposal, 201)["id"], "approve"))
    assert ok(await school.head.get(f"{API}/attachments/{file['id']}"))["destroyed_at"] is not None


async def test_a_childs_case_of_an_absorbed_incident_has_the_level_of_the_grave_event(
    school: StaffedUnit, above: StaffedUnit
) -> None:
    grave = await incident(school.head, "critical")
    lesser, (case_id,) = await open_child_cases_with_severity(school, "low")
    ok(await merge_incidents(school.head, grave, lesser), 201)
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    assert_problem(await post_to_case(school.head, case_id, "closure", CLOSURE), 409, "approved_plan_required")
    plan = ok(await post_to_case(school.counsellor, case_id, "plans", PLAN), 201)
    assert_problem(await decide_plan(school.head, case_id, plan["id"], "approve"), 403, "forbidden")
    ok(await decide_plan(above.officer, case_id, plan["id"], "approve"))
