"""Closing a child's case and its incident: both legal conditions, the evidence, and who may close."""

import pytest

from tests.factories.cases import set_severity, transition
from tests.factories.child_cases import (
    ASSESSMENT,
    CHILD,
    CLOSURE,
    PLAN,
    REVIEW,
    create_incident_in_intervention,
    decide_plan,
    open_child_cases,
    open_child_cases_with_severity,
    post_to_case,
    submit_plan,
)
from tests.factories.http import API, assert_problem, ok
from tests.factories.units import StaffedUnit
from tests.world import Client, World


@pytest.mark.parametrize("condition", ["no_longer_at_risk", "is_stable"])
async def test_both_conditions_of_closing_must_hold(school: StaffedUnit, condition: str) -> None:
    _, (case_id,) = await open_child_cases_with_severity(school, "low")
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    half = CLOSURE | {condition: False}
    assert_problem(await post_to_case(school.head, case_id, "closure", half), 422, "condition_not_met", f"/{condition}")
    assert_problem(
        await post_to_case(school.head, case_id, "closure", {"no_longer_at_risk": True, "is_stable": True}),
        422,
        "invalid",
    )
    ok(await post_to_case(school.head, case_id, "closure", CLOSURE))


async def test_a_case_does_not_close_while_its_last_assessment_says_that_the_risk_is_high(school: StaffedUnit) -> None:
    _, (case_id,) = await open_child_cases_with_severity(school, "low")
    ok(await post_to_case(school.counsellor, case_id, "assessments", ASSESSMENT), 201)
    assert_problem(await post_to_case(school.head, case_id, "closure", CLOSURE), 409, "risk_high")
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    ok(await post_to_case(school.head, case_id, "closure", CLOSURE))


async def test_case_requiring_a_plan_needs_one_of_the_current_cycle_to_close(school: StaffedUnit) -> None:
    _, (case_id,) = await open_child_cases_with_severity(school, "moderate")
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    assert_problem(await post_to_case(school.head, case_id, "closure", CLOSURE), 409, "approved_plan_required")
    first = ok(await post_to_case(school.counsellor, case_id, "plans", PLAN), 201)["id"]
    ok(await decide_plan(school.head, case_id, first, "return", reason="Bịa"))
    assert_problem(await post_to_case(school.head, case_id, "closure", CLOSURE), 409, "approved_plan_required")
    second = ok(await post_to_case(school.counsellor, case_id, "plans", PLAN), 201)["id"]
    ok(await decide_plan(school.head, case_id, second, "approve"))
    ok(await post_to_case(school.head, case_id, "closure", CLOSURE))
    ok(await post_to_case(school.head, case_id, "reopening", {"reason": "Nguy cơ trở lại (bịa)"}))
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    assert_problem(await post_to_case(school.head, case_id, "closure", CLOSURE), 409, "approved_plan_required")


async def test_case_does_not_close_before_its_severity_is_assessed(school: StaffedUnit) -> None:
    _, (case_id,) = await open_child_cases(school)
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    assert_problem(await post_to_case(school.head, case_id, "closure", CLOSURE), 409, "severity_not_assessed")


async def test_last_assessor_does_not_close_the_case(school: StaffedUnit) -> None:
    _, (case_id,) = await open_child_cases_with_severity(school, "low")
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    assert_problem(await post_to_case(school.counsellor, case_id, "closure", CLOSURE), 403, "forbidden")
    ok(await post_to_case(school.head, case_id, "closure", CLOSURE))


async def test_severe_case_is_closed_by_the_level_above(school: StaffedUnit, bureau_a: Client) -> None:
    _, (case_id,) = await open_child_cases_with_severity(school, "critical", group="child_abuse")
    plan_id = await submit_plan(school, case_id)
    ok(await decide_plan(bureau_a, case_id, plan_id, "approve"))
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    assert_problem(await post_to_case(school.head, case_id, "closure", CLOSURE), 403, "forbidden")
    assert ok(await post_to_case(bureau_a, case_id, "closure", CLOSURE))["state"] == "closed"


async def test_holder_decides_when_no_level_above_is_staffed(world: World, department: Client) -> None:
    leader = await world.client("so.head")
    child = {"children": [CHILD], "unit_id": str(world.units["department"])}
    incident_id = (await department.create_intake(**child))["incident_id"]
    ok(await set_severity(department, incident_id, "critical"), 201)
    (person,) = ok(await department.get(f"{API}/incidents/{incident_id}/persons"))
    body = {"person_id": person["id"]}
    case_id = ok(await department.post(f"{API}/incidents/{incident_id}/cases", body), 201)["id"]
    ok(await post_to_case(department, case_id, "assessments", REVIEW), 201)
    plan_id = ok(await post_to_case(department, case_id, "plans", PLAN), 201)["id"]
    ok(await decide_plan(leader, case_id, plan_id, "approve"))
    ok(await post_to_case(leader, case_id, "closure", CLOSURE))


async def test_an_incident_is_not_closed_over_an_open_case(school: StaffedUnit) -> None:
    incident_id, (case_id,) = await open_child_cases_with_severity(school, "low")
    path = f"{API}/incidents/{incident_id}"
    for action in ("acknowledge", "intervene"):
        ok(await transition(school.head, path, action))
    assert_problem(await transition(school.head, path, "close", reason="Bịa"), 409, "open_cases")
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
    ok(await post_to_case(school.head, case_id, "closure", CLOSURE))
    ok(await transition(school.head, path, "close", reason="Bịa"))


class TestIncidentThatRequiresPlans:
    """Decree 56/2017 art. 30.1b. Which ones do is what the clock rule `support_plan` says."""

    async def test_closes_when_every_child_was_seen_through(self, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id, cases = await open_child_cases_with_severity(school, "critical", children=2, group="child_abuse")
        path = f"{API}/incidents/{incident_id}"
        for action in ("acknowledge", "intervene"):
            ok(await transition(school.head, path, action))
        for case_id in cases:
            assert_problem(await transition(school.head, path, "close", reason="Bịa"), 409, "open_cases")
            plan_id = await submit_plan(school, case_id)
            ok(await decide_plan(bureau_a, case_id, plan_id, "approve"))
            ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
            ok(await post_to_case(bureau_a, case_id, "closure", CLOSURE))
        assert ok(await transition(school.head, path, "close", reason="Bịa"))["state"] == "closed"

    async def test_does_not_close_while_one_child_of_two_has_no_case(self, school: StaffedUnit) -> None:
        incident_id, (case_id,) = await open_child_cases_with_severity(school, "moderate", group="child_abuse")
        path = f"{API}/incidents/{incident_id}"
        ok(await school.head.post(f"{path}/persons", {"role": "victim", "kind": "pupil", "estimated_age": 9}), 201)
        plan_id = await submit_plan(school, case_id)
        ok(await decide_plan(school.head, case_id, plan_id, "approve"))
        ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
        ok(await post_to_case(school.head, case_id, "closure", CLOSURE))
        for action in ("acknowledge", "intervene"):
            ok(await transition(school.head, path, action))
        assert_problem(await transition(school.head, path, "close", reason="Bịa"), 409, "case_required")

    @pytest.mark.parametrize(
        ("victim", "is_owed"),
        [
            ({"kind": "pupil", "birth_date": "2011-02-03"}, True),
            ({"kind": "pupil", "birth_date": "2009-02-03"}, True),  # no child any more, and a minor (Decree 80)
            ({"kind": "pupil", "birth_date": "2008-02-02"}, False),  # 18 on the day of the event
            ({"kind": "pupil"}, True),
            ({"kind": "unknown"}, True),
            ({"kind": "staff"}, False),
        ],
    )
    async def test_asks_for_a_case_of_each_victim_who_is_or_may_be_a_minor(
        self, school: StaffedUnit, victim: dict[str, str], *, is_owed: bool
    ) -> None:
        _, path = await create_incident_in_intervention(school, "critical", occurred_on="2026-02-02")
        ok(await school.head.post(f"{path}/persons", {"role": "victim"} | victim), 201)
        answer = await transition(school.head, path, "close", reason="Bịa")
        if is_owed:
            assert_problem(answer, 409, "case_required")
        else:
            assert_problem(answer, 409, "proposal_required")

    async def test_does_not_close_without_a_victim(self, school: StaffedUnit) -> None:
        _, path = await create_incident_in_intervention(school, "critical", group="child_abuse")
        assert_problem(await transition(school.head, path, "close", reason="Bịa"), 409, "case_required")

    async def test_does_not_close_before_its_severity_is_assessed(self, school: StaffedUnit) -> None:
        _, path = await create_incident_in_intervention(school, None, children=[CHILD])
        assert_problem(await transition(school.head, path, "close", reason="Bịa"), 409, "severity_not_assessed")

    @pytest.mark.parametrize(("group", "severity"), [("school_violence", "low"), ("injury_safety", "critical")])
    async def test_is_of_the_groups_and_severities_of_the_rule(
        self, school: StaffedUnit, bureau_a: Client, group: str, severity: str
    ) -> None:
        _, path = await create_incident_in_intervention(school, severity, group=group, children=[CHILD])
        ok(await transition(bureau_a, path, "close", reason="Bịa"))

    async def test_is_closed_by_the_level_above_for_a_coded_reason_that_stays_on_the_timeline(
        self, school: StaffedUnit, bureau_a: Client
    ) -> None:
        incident_id, path = await create_incident_in_intervention(
            school, "critical", group="child_abuse", children=[CHILD]
        )
        without = {"reason": "Đã hỏi mọi nơi (bịa)", "without_case": "victim_unidentified"}
        wrong = without | {"without_case": "nonsense"}
        assert_problem(await transition(bureau_a, path, "close", **wrong), 422, "unknown_code", "/without_case")
        assert_problem(await transition(bureau_a, path, "monitor", **without), 422, "only_to_close", "")
        assert_problem(await transition(school.head, path, "close", **without), 403, "forbidden")
        ok(await transition(bureau_a, path, "close", **without))
        event = ok(await school.head.get(f"{API}/incidents/{incident_id}/timeline"))[-1]
        assert (event["data"]["without_case"], event["reason"]) == ("victim_unidentified", without["reason"])

    async def test_is_not_closed_over_an_open_case_for_any_reason(self, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id, _ = await open_child_cases_with_severity(school, "critical")
        path = f"{API}/incidents/{incident_id}"
        for action in ("acknowledge", "intervene"):
            ok(await transition(school.head, path, action))
        answer = await transition(bureau_a, path, "close", reason="Bịa", without_case="did_not_happen")
        assert_problem(answer, 409, "open_cases")

    async def test_that_became_more_severe_after_closing_still_requires_the_plan(self, school: StaffedUnit) -> None:
        incident_id, (case_id,) = await open_child_cases_with_severity(school, "low")
        ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
        ok(await post_to_case(school.head, case_id, "closure", CLOSURE))
        ok(await set_severity(school.head, incident_id, "moderate"), 201)
        path = f"{API}/incidents/{incident_id}"
        for action in ("acknowledge", "intervene"):
            ok(await transition(school.head, path, action))
        assert_problem(await transition(school.head, path, "close", reason="Bịa"), 409, "case_required")
