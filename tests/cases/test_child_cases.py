"""One child's case: assessed in two tables, planned, decided by the competent level, reviewed, closed, reopened."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from app.core.time import today
from tests.factories.cases import dismiss, set_severity, transition
from tests.factories.child_cases import (
    ASSESSMENT,
    CLOSURE,
    PLAN,
    REVIEW,
    decide_plan,
    open_child_cases,
    open_child_cases_with_severity,
    post_to_case,
    submit_plan,
)
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.next_actions import named_actions
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World


async def kinds(client: Client, incident_id: str) -> list[str]:
    return [event["kind"] for event in ok(await client.get(f"{API}/incidents/{incident_id}/timeline"))]


async def state(client: Client, case_id: str) -> str:
    return str(ok(await client.get(f"{API}/cases/{case_id}"))["state"])


async def test_from_opening_to_closure_and_into_a_second_cycle(school: StaffedUnit) -> None:
    incident_id, (case_id,) = await open_child_cases_with_severity(school, "moderate")
    plan_id = await submit_plan(school, case_id)
    ok(await decide_plan(school.head, case_id, plan_id, "approve", decision_number="05/QĐ-MẪU"))
    assert ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)["harm_totals"] == {"low": 1}
    closed = ok(await post_to_case(school.head, case_id, "closure", CLOSURE))
    assert (closed["state"], closed["risk"], named_actions(closed)) == ("closed", "low", ["reopen"])
    again = ok(await post_to_case(school.head, case_id, "reopening", {"reason": "Nguy cơ trở lại (bịa)"}))
    assert (again["state"], again["cycle"], again["closed_at"]) == ("opened", 2, None)
    assert [kind for kind in await kinds(school.head, incident_id) if kind != "opened"] == [
        *("case_opened", "severity_judged", "case_assessed", "plan_submitted", "plan_approved"),
        *("plan_reviewed", "case_closed", "reviews_ended", "case_reopened"),
    ]
    assert [a["cycle"] for a in ok(await school.head.get(f"{API}/cases/{case_id}/assessments"))] == [1, 1]


async def rounds(client: Client, incident_id: str, rule: str) -> list[dict[str, Any]]:
    """The clocks of a rule, in order of their rounds."""
    found = ok(await client.get(f"{API}/incidents/{incident_id}/clocks"))
    return sorted((each for each in found if each["rule_code"] == rule), key=lambda each: int(each["round"]))


async def test_the_plan_clock_is_met_with_the_last_childs_plan_and_the_first_approval_begins_the_reviews(
    school: StaffedUnit,
) -> None:
    incident_id, cases = await open_child_cases_with_severity(school, "moderate", children=2, group="school_violence")
    await submit_plan(school, cases[0])
    (plan_clock,) = await rounds(school.head, incident_id, "support_plan")
    assert plan_clock["state"] == "running", "one child of two has no plan yet"
    plan_id = await submit_plan(school, cases[1])
    (plan_clock,) = await rounds(school.head, incident_id, "support_plan")
    assert (plan_clock["state"], await rounds(school.head, incident_id, "plan_review")) == ("met", [])
    ok(await decide_plan(school.head, cases[1], plan_id, "approve"))
    (review,) = await rounds(school.head, incident_id, "plan_review")
    assert review["state"] == "running"


class TestReviewsInRounds:
    """Decree 56/2017 art. 30.1c: the cycle repeats, for each child, until its case may close."""

    @pytest.fixture
    async def two(self, school: StaffedUnit) -> tuple[str, list[str]]:
        incident_id, cases = await open_child_cases_with_severity(school, "moderate", children=2)
        for case_id in cases:
            ok(await decide_plan(school.head, case_id, await submit_plan(school, case_id), "approve"))
        return incident_id, cases

    async def reviewed(self, school: StaffedUnit, incident_id: str, case_id: str) -> list[str]:
        """The states of the rounds after one more review."""
        ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW), 201)
        return [each["state"] for each in await rounds(school.head, incident_id, "plan_review")]

    async def test_a_round_is_met_by_the_last_child_and_the_next_begins_with_it(
        self, school: StaffedUnit, two: tuple[str, list[str]]
    ) -> None:
        incident_id, (one, other) = two
        for done in range(3):
            before, after = ["met"] * done + ["running"], ["met"] * (done + 1) + ["running"]
            assert await self.reviewed(school, incident_id, one) == before
            assert await self.reviewed(school, incident_id, one) == before, "the same child once more"
            assert await self.reviewed(school, incident_id, other) == after
        found = await rounds(school.head, incident_id, "plan_review")
        for former, latter in pairwise(found):
            assert latter["started_at"] == former["met_at"]
        for each in found:
            due, started = (datetime.fromisoformat(each[name]) for name in ("due_at", "started_at"))
            assert due - started == timedelta(days=30)
        events = ok(await school.head.get(f"{API}/incidents/{incident_id}/timeline"))
        assert [event["is_partial"] for event in events if event["kind"] == "plan_reviewed"] == [True, True, False] * 3

    async def test_the_first_assessment_of_a_child_who_came_later_is_no_review(
        self, school: StaffedUnit, two: tuple[str, list[str]]
    ) -> None:
        incident_id, cases = two
        path = f"{API}/incidents/{incident_id}/persons"
        third = ok(await school.head.post(path, {"role": "victim", "kind": "pupil", "estimated_age": 9}), 201)["id"]
        late = ok(await school.head.post(f"{API}/incidents/{incident_id}/cases", {"person_id": third}), 201)["id"]
        ok(await decide_plan(school.head, late, await submit_plan(school, late), "approve"))
        for case_id in cases:
            assert await self.reviewed(school, incident_id, case_id) == ["running"]
        assert await self.reviewed(school, incident_id, late) == ["met", "running"]

    async def test_closed_case_leaves_the_round_and_the_last_one_ends_it(
        self, school: StaffedUnit, two: tuple[str, list[str]]
    ) -> None:
        incident_id, (one, other) = two
        for case_id in (one, other, one):
            await self.reviewed(school, incident_id, case_id)
        # The other's last review belongs to the round before; its case closes all the same, and ends this round.
        ok(await post_to_case(school.head, other, "closure", CLOSURE))
        states = [each["state"] for each in await rounds(school.head, incident_id, "plan_review")]
        assert states == ["met", "met", "running"]
        ok(await post_to_case(school.head, one, "closure", CLOSURE))
        states = [each["state"] for each in await rounds(school.head, incident_id, "plan_review")]
        assert states == ["met", "met", "met"]
        assert (await kinds(school.head, incident_id))[-2:] == ["case_closed", "reviews_ended"]

    async def test_reopened_case_restarts_the_rounds(self, school: StaffedUnit, two: tuple[str, list[str]]) -> None:
        incident_id, (one, other) = two
        for case_id in (one, other):
            await self.reviewed(school, incident_id, case_id)
            ok(await post_to_case(school.head, case_id, "closure", CLOSURE))
        ok(await post_to_case(school.head, one, "reopening", {"reason": "Nguy cơ trở lại (bịa)"}))
        ok(await decide_plan(school.head, one, await submit_plan(school, one), "approve"))
        states = [each["state"] for each in await rounds(school.head, incident_id, "plan_review")]
        assert states[-1] == "running"
        assert await self.reviewed(school, incident_id, one) == [*states[:-1], "met", "running"]


async def test_author_does_not_decide_on_the_plan(school: StaffedUnit) -> None:
    _, (case_id,) = await open_child_cases(school)
    plan_id = await submit_plan(school, case_id)
    assert_problem(await decide_plan(school.counsellor, case_id, plan_id, "approve"), 403, "forbidden")
    ok(await decide_plan(school.head, case_id, plan_id, "approve"))


async def test_plan_of_a_severe_case_is_decided_by_the_level_above(school: StaffedUnit, bureau_a: Client) -> None:
    incident_id, (case_id,) = await open_child_cases(school)
    ok(await set_severity(school.head, incident_id, "high"), 201)
    plan_id = await submit_plan(school, case_id)
    assert_problem(await decide_plan(school.head, case_id, plan_id, "approve"), 403, "forbidden")
    decided = ok(await decide_plan(bureau_a, case_id, plan_id, "approve"))
    assert (decided["state"], await state(school.head, case_id)) == ("approved", "under_way")


async def test_lowering_the_severity_does_not_move_the_decision_down(school: StaffedUnit, bureau_a: Client) -> None:
    incident_id, (case_id,) = await open_child_cases_with_severity(school, "high")
    plan_id = await submit_plan(school, case_id)
    assert_problem(await set_severity(school.head, incident_id, "low"), 403, "forbidden")
    assert_problem(await decide_plan(school.head, case_id, plan_id, "approve"), 403, "forbidden")
    ok(await set_severity(school.head, incident_id, "critical"), 201)
    ok(await set_severity(bureau_a, incident_id, "moderate"), 201)
    ok(await decide_plan(school.head, case_id, plan_id, "approve"))


async def test_no_case_is_opened_in_an_incident_that_has_ended(school: StaffedUnit) -> None:
    intake = await school.head.create_intake(children=[{"estimated_age": 9}])
    path = f"{API}/incidents/{intake['incident_id']}"
    ((person_id, _),) = [(person["id"], person["role"]) for person in ok(await school.head.get(f"{path}/persons"))]
    ok(await dismiss(school.head, path))
    assert_problem(await school.head.post(f"{path}/cases", {"person_id": person_id}), 409, "wrong_state")
    ok(await transition(school.head, path, "reopen", reason="Bịa"))
    ok(await school.head.post(f"{path}/cases", {"person_id": person_id}), 201)


async def test_returned_plan_has_a_reason_and_can_be_replaced(school: StaffedUnit) -> None:
    _, (case_id,) = await open_child_cases(school)
    first = await submit_plan(school, case_id)
    assert_problem(await decide_plan(school.head, case_id, first, "return"), 422, "reason_required", "/reason")
    ok(await decide_plan(school.head, case_id, first, "return", reason="Thiếu người phụ trách (bịa)"))
    second = ok(await post_to_case(school.counsellor, case_id, "plans", PLAN), 201)["id"]
    assert_problem(await decide_plan(school.head, case_id, first, "approve"), 409, "wrong_state")
    ok(await decide_plan(school.head, case_id, second, "approve"))
    plans = ok(await school.head.get(f"{API}/cases/{case_id}/plans"))
    assert [plan["state"] for plan in plans] == ["returned", "approved"]


async def test_result_of_a_step_is_recorded(school: StaffedUnit) -> None:
    incident_id, (case_id,) = await open_child_cases(school)
    plan_id = await submit_plan(school, case_id)
    (plan,) = ok(await school.head.get(f"{API}/cases/{case_id}/plans"))
    assert [each["service"] for each in plan["steps"]] == ["counselling", "family_support"]
    path = f"{API}/cases/{case_id}/plans/{plan_id}/steps/{plan['steps'][0]['id']}"
    done = {"done_on": today().isoformat(), "result": "Em đã nói chuyện (bịa)"}
    changed = ok(await school.counsellor.patch(path, done, await read_etag(school.counsellor, path)))
    assert (changed["result"], changed["responsible"]) == (done["result"], "Tư vấn viên của trường")
    (event,) = [e for e in ok(await school.head.get(f"{API}/incidents/{incident_id}/timeline")) if "step" in e["kind"]]
    assert event["data"]["fields"] == ["done_on", "result"]


async def test_only_a_victim_has_a_case_and_only_one(school: StaffedUnit) -> None:
    incident_id, (case_id,) = await open_child_cases(school, accused=[{"kind": "pupil"}])
    path = f"{API}/incidents/{incident_id}"
    case = ok(await school.head.get(f"{API}/cases/{case_id}"))
    persons = ok(await school.head.get(f"{path}/persons"))
    assert_problem(await school.head.post(f"{path}/cases", {"person_id": case["person_id"]}), 409, "duplicate")
    other = next(p["id"] for p in persons if p["role"] != "victim")
    assert_problem(await school.head.post(f"{path}/cases", {"person_id": other}), 422, "not_a_victim", "/person_id")
    _, (foreign,) = await open_child_cases(school)
    theirs = ok(await school.head.get(f"{API}/cases/{foreign}"))["person_id"]
    assert (await school.head.post(f"{path}/cases", {"person_id": theirs})).status_code == 404


async def test_criteria_services_and_steps_out_of_turn_are_refused(school: StaffedUnit) -> None:
    _, (case_id,) = await open_child_cases(school)
    assert_problem(await post_to_case(school.counsellor, case_id, "plans", PLAN), 409, "wrong_state")
    wrong = ASSESSMENT | {"harm": {"nonsense": "high"}}
    assert_problem(
        await post_to_case(school.counsellor, case_id, "assessments", wrong), 422, "unknown_code", "/harm/nonsense"
    )
    ok(await post_to_case(school.counsellor, case_id, "assessments", ASSESSMENT), 201)
    plan = PLAN | {"steps": [{"service": "nonsense", "description": "x"}]}
    assert_problem(
        await post_to_case(school.counsellor, case_id, "plans", plan), 422, "unknown_code", "/steps/0/service"
    )
    assert_problem(await post_to_case(school.head, case_id, "reopening", {"reason": "x"}), 409, "wrong_state")


@pytest.mark.parametrize(
    ("birth_date", "ages"),
    [
        ("2010-02-03", {"is_child": True, "is_minor": True}),  # turns 16 the day after the event
        ("2010-02-02", {"is_child": False, "is_minor": True}),
        ("2008-02-02", {"is_child": False, "is_minor": False}),
    ],
)
async def test_age_of_a_victim_is_taken_at_the_event(
    school: StaffedUnit, birth_date: str, ages: dict[str, bool]
) -> None:
    intake = await school.head.create_intake(children=[{"birth_date": birth_date}], occurred_on="2026-02-02")
    path = f"{API}/incidents/{intake['incident_id']}"
    (person,) = ok(await school.head.get(f"{path}/persons"))
    case = ok(await school.head.post(f"{path}/cases", {"person_id": person["id"]}), 201)
    assert {name: case[name] for name in ages} == ages


async def test_a_partner_sees_a_case_from_the_second_tier_on_and_its_words_from_the_third(
    world: World, school: StaffedUnit, school_a2: Client, bureau_a: Client
) -> None:
    agency = await create_unit(world, "agency", "department")
    incident_id, (case_id,) = await open_child_cases(school)
    await submit_plan(school, case_id)
    path = f"{API}/cases/{case_id}"
    for foreign in (school_a2, agency.partner):
        assert_problem(await foreign.get(path), 404, "not_found")
        assert_problem(await foreign.get(f"{path}/plans"), 404, "not_found")
    assert case_id in await list_ids(bureau_a, "cases", state="plan_submitted")
    assert case_id not in await list_ids(school_a2, "cases")
    for tier, goal in ((2, None), (3, PLAN["goal"])):
        ok(await share_incident(school.head, incident_id, tier, grantee_unit_id=agency.id), 201)
        (plan,) = ok(await agency.partner.get(f"{path}/plans"))
        assert plan["goal"] == goal
    assert_problem(await post_to_case(agency.partner, case_id, "plans", PLAN), 403, "forbidden")


async def test_auditor_counts_cases_without_seeing_assessments(world: World, school: StaffedUnit) -> None:
    incident_id, (case_id,) = await open_child_cases(school)
    await submit_plan(school, case_id)
    auditor = await world.client("so.auditor")
    (listed_case,) = ok(await auditor.get(f"{API}/incidents/{incident_id}/cases"))
    case = ok(await auditor.get(f"{API}/cases/{case_id}"))
    (assessment,) = ok(await auditor.get(f"{API}/cases/{case_id}/assessments"))
    tables = {"harm", "capacity", "harm_totals", "capacity_totals", "risk"}
    for shown, withheld in ((listed_case, {"risk"}), (case, {"risk"}), (assessment, tables)):
        assert withheld <= set(shown["masked"])
        assert {shown[name] for name in withheld} == {None}
    assert case["state"] == "plan_submitted"
    (own,) = ok(await school.head.get(f"{API}/cases/{case_id}/assessments"))
    assert {name: own[name] for name in ("harm", "risk")} == {name: ASSESSMENT[name] for name in ("harm", "risk")}


async def test_a_case_follows_its_incident_above_the_accused(school: StaffedUnit, bureau_a: Client) -> None:
    incident_id, (case_id,) = await open_child_cases(school)
    accused = {"role": "perpetrator", "kind": "school_leader"}
    ok(await school.counsellor.post(f"{API}/incidents/{incident_id}/persons", accused), 201)
    assert_problem(await school.head.get(f"{API}/cases/{case_id}"), 404, "not_found")
    assert (await bureau_a.get(f"{API}/cases/{case_id}")).status_code == 200
