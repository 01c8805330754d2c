"""Acts on a grave case that its holder does not complete alone: proposed, and decided on by the level above."""

import pytest

from tests.factories.attachments import create_attachment
from tests.factories.cases import clock_states, set_severity, transition
from tests.factories.child_cases import CHILD, decide_plan, open_child_cases_with_severity, submit_plan
from tests.factories.http import API, assert_problem, ok
from tests.factories.notices import list_unread_notices
from tests.factories.proposals import PROPOSALS, create_proposal, decide_proposal, propose
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World


@pytest.fixture
async def grave(school: StaffedUnit) -> str:
    """An incident of the school at a severity on which the level above decides."""
    incident_id = str((await school.head.create_intake(group="injury_safety"))["incident_id"])
    ok(await set_severity(school.head, incident_id, "critical"), 201)
    return incident_id


def path_of(incident_id: str) -> str:
    return f"{API}/incidents/{incident_id}"


class TestDismissalOfAGraveCase:
    async def test_is_refused_to_the_holder_with_the_deciding_unit(
        self, world: World, school: StaffedUnit, grave: str
    ) -> None:
        answer = await transition(school.head, path_of(grave), "dismiss", reason="Bịa")
        assert_problem(answer, 409, "proposal_required")
        problem = answer.json()
        assert (problem["act"], problem["decided_by"]) == ("dismiss", "level_above")
        assert problem["deciding_unit_id"] == str(world.units["bureau_a"])
        assert ok(await school.head.get(path_of(grave)))["state"] == "received"

    async def test_is_done_when_the_level_above_approves(
        self, school: StaffedUnit, bureau_a: Client, grave: str
    ) -> None:
        proposal = await create_proposal(school.counsellor, grave, "dismiss", dismissal_reason="unfounded")
        assert ok(await bureau_a.get(path_of(grave)))["state"] == "received"
        done = ok(await decide_proposal(bureau_a, proposal["id"], "approve"))
        assert (done["state"], done["decided_by"]) == ("approved", str(bureau_a.user_id))
        assert ok(await school.head.get(path_of(grave)))["state"] == "dismissed"
        events = ok(await school.head.get(f"{path_of(grave)}/timeline"))
        assert [event["kind"] for event in events][-3:] == ["proposed", "proposal_approved", "dismiss"]
        assert (events[-1]["data"]["reason_code"], events[-1]["reason"]) == ("unfounded", proposal["reason"])

    async def test_is_not_decided_by_the_holder_nor_by_a_neighbour(
        self, world: World, school: StaffedUnit, grave: str
    ) -> None:
        proposal = await create_proposal(school.counsellor, grave, "dismiss", dismissal_reason="unfounded")
        assert_problem(await decide_proposal(school.head, proposal["id"], "approve"), 403, "forbidden")
        assert_problem(await decide_proposal(school.counsellor, proposal["id"], "approve"), 403, "forbidden")
        neighbour = await world.client("b1.head")
        assert_problem(await neighbour.get(f"{PROPOSALS}/{proposal['id']}"), 404, "not_found")

    async def test_is_returned_with_a_reason_and_may_be_proposed_again(
        self, school: StaffedUnit, bureau_a: Client, grave: str
    ) -> None:
        proposal = await create_proposal(school.head, grave, "dismiss", dismissal_reason="unfounded")
        assert_problem(await decide_proposal(bureau_a, proposal["id"], "return"), 422, "reason_required", "/reason")
        returned = ok(await decide_proposal(bureau_a, proposal["id"], "return", reason="Cần hỏi thêm (bịa)"))
        assert (returned["state"], returned["answer"]) == ("returned", "Cần hỏi thêm (bịa)")
        assert ok(await school.head.get(path_of(grave)))["state"] == "received"
        assert_problem(await decide_proposal(bureau_a, proposal["id"], "approve"), 409, "wrong_state")
        await create_proposal(school.head, grave, "dismiss", dismissal_reason="not_enough_information")

    async def test_is_done_by_the_level_above_itself(self, bureau_a: Client, grave: str) -> None:
        ok(await transition(bureau_a, path_of(grave), "dismiss", reason="Bịa"))

    async def test_needs_the_case_as_the_decider_read_it(
        self, school: StaffedUnit, bureau_a: Client, grave: str
    ) -> None:
        proposal = await create_proposal(school.head, grave, "dismiss", dismissal_reason="unfounded")
        read = await bureau_a.get(f"{PROPOSALS}/{proposal['id']}")
        ok(await transition(school.head, path_of(grave), "acknowledge"))
        decided = await bureau_a.post(
            f"{PROPOSALS}/{proposal['id']}/transitions",
            {"action": "approve"},
            headers={"If-Match": read.headers["ETag"]},
        )
        assert_problem(decided, 412, "stale")

    async def test_is_proposed_once_at_a_time(self, school: StaffedUnit, grave: str) -> None:
        proposal = await create_proposal(school.head, grave, "dismiss", dismissal_reason="unfounded")
        again = await propose(school.counsellor, grave, "dismiss", dismissal_reason="unfounded")
        assert_problem(again, 409, "duplicate")
        assert "đang chờ quyết định" in again.json()["detail"]
        assert_problem(await decide_proposal(school.counsellor, proposal["id"], "withdraw"), 403, "forbidden")
        ok(await decide_proposal(school.head, proposal["id"], "withdraw"))
        await create_proposal(school.counsellor, grave, "dismiss", dismissal_reason="unfounded")

    async def test_is_notified_to_the_decider_and_then_to_the_holder(self, world: World) -> None:
        above = await create_unit(world, "bureau", "department")
        school = await create_unit(world, under=above.id)
        incident_id = str((await school.head.create_intake())["incident_id"])
        ok(await set_severity(school.head, incident_id, "critical"), 201)
        (critical,) = await list_unread_notices(above.officer, "critical_severity")
        assert critical["incident_id"] == incident_id
        proposal = await create_proposal(school.head, incident_id, "dismiss", dismissal_reason="unfounded")
        (notice,) = await list_unread_notices(above.officer, "decision_proposed")
        assert (notice["data"]["act"], notice["data"]["proposal_id"]) == ("dismiss", proposal["id"])
        ok(await decide_proposal(above.officer, proposal["id"], "approve"))
        (decided,) = await list_unread_notices(school.head, "proposal_decided")
        assert decided["data"]["state"] == "approved"
        (ended,) = await list_unread_notices(school.head, "incident_ended")
        assert (ended["data"]["state"], ended["data"]["reason"]) == ("dismissed", "unfounded")


async def test_a_decision_is_due_within_two_working_days_and_for_each_proposal(
    school: StaffedUnit, bureau_a: Client, grave: str
) -> None:
    first = await create_proposal(school.head, grave, "dismiss", dismissal_reason="unfounded")
    file = await create_attachment(school.head, grave)
    second = await create_proposal(school.head, grave, "destroy_evidence", attachment_id=file["id"])
    assert (await clock_states(school.head, grave))["decide_proposal"] == "running"
    ok(await decide_proposal(bureau_a, second["id"], "approve"))
    assert (await clock_states(school.head, grave))["decide_proposal"] == "running"
    ok(await decide_proposal(bureau_a, first["id"], "return", reason="Bịa"))
    assert (await clock_states(school.head, grave))["decide_proposal"] == "met"
    assert ok(await school.head.get(f"{API}/attachments/{file['id']}"))["destroyed_at"] is not None


@pytest.mark.parametrize(
    ("act", "members"),
    [
        ("dismiss", {}),
        ("dismiss", {"closing_reason": "other"}),
        ("close", {"closing_reason": "other", "group": "other"}),
        ("merge", {"survivor_id": None}),
    ],
)
async def test_a_proposal_has_the_members_of_its_act(
    school: StaffedUnit, grave: str, act: str, members: dict[str, object]
) -> None:
    assert_problem(await propose(school.head, grave, act, **members), 422, "members_of_act", "")


async def test_what_needs_a_leader_is_neither_proposed_nor_decided_by_others(school: StaffedUnit, grave: str) -> None:
    file = await create_attachment(school.head, grave)
    answer = await propose(school.counsellor, grave, "destroy_evidence", attachment_id=file["id"])
    assert_problem(answer, 403, "forbidden")


async def test_what_the_act_itself_refuses_is_not_proposed(school: StaffedUnit) -> None:
    incident_id, _ = await open_child_cases_with_severity(school, "critical")
    for action in ("acknowledge", "intervene"):
        ok(await transition(school.head, path_of(incident_id), action))
    answer = await propose(school.head, incident_id, "close", closing_reason="safe_and_stable")
    assert_problem(answer, 409, "open_cases")
    answer = await propose(school.head, incident_id, "merge", survivor_id=incident_id)
    assert_problem(answer, 422, "merged_with_itself", "/survivor_id")


async def test_what_the_act_refuses_since_it_was_proposed_is_not_done_by_approval(
    school: StaffedUnit, bureau_a: Client
) -> None:
    intake = await school.head.create_intake(children=[CHILD])
    incident_id = str(intake["incident_id"])
    ok(await set_severity(school.head, incident_id, "critical"), 201)
    for action in ("acknowledge", "intervene"):
        ok(await transition(school.head, path_of(incident_id), action))
    members = {"closing_reason": "safe_and_stable", "without_case": "victim_unidentified"}
    proposal = await create_proposal(school.head, incident_id, "close", **members)
    persons = ok(await school.head.get(f"{path_of(incident_id)}/persons"))
    victim = next(each["id"] for each in persons if each["role"] == "victim")
    ok(await school.counsellor.post(f"{path_of(incident_id)}/cases", {"person_id": victim}), 201)
    assert_problem(await decide_proposal(bureau_a, proposal["id"], "approve"), 409, "open_cases")
    assert ok(await bureau_a.get(f"{PROPOSALS}/{proposal['id']}"))["state"] == "proposed"


async def test_a_case_once_grave_stays_so_after_it_is_assessed_lower(
    school: StaffedUnit, bureau_a: Client, grave: str
) -> None:
    ok(await set_severity(bureau_a, grave, "low"), 201)
    assert ok(await school.head.get(path_of(grave)))["is_grave"] is True
    answer = await transition(school.head, path_of(grave), "dismiss", reason="Bịa")
    assert_problem(answer, 409, "proposal_required")


async def test_plans_are_notified_to_the_level_above_and_their_decision_to_the_holder(world: World) -> None:
    above = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=above.id)
    _, (case_id,) = await open_child_cases_with_severity(school, "critical")
    plan_id = await submit_plan(school, case_id)
    (submitted,) = await list_unread_notices(above.officer, "plan_submitted")
    assert (submitted["data"]["case_id"], submitted["data"]["plan_id"]) == (case_id, plan_id)
    ok(await decide_plan(above.officer, case_id, plan_id, "return", reason="Bịa"))
    (decided,) = await list_unread_notices(school.head, "plan_decided")
    assert (decided["data"]["plan_id"], decided["data"]["state"]) == (plan_id, "returned")
