"""An incident with its parts in one answer: each part under its own right, tier and seals."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.time import utc_now
from app.models.cases.events import CaseEvent
from app.repositories.cases.incidents import IncidentRepository
from app.security.access.scope import ALL
from app.services.cases.incidents import IncidentService
from tests.factories.child_cases import (
    ASSESSMENT,
    CHILD,
    PLAN,
    REVIEW,
    decide_plan,
    open_child_cases,
    open_child_cases_with_severity,
    post_to_case,
    submit_plan,
)
from tests.factories.http import API, assert_problem, ok
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

PARTS = ("persons", "timeline", "clocks", "referrals", "cases")
ALL_PARTS = {"expand": ",".join(PARTS)}


async def screen(client: Client, incident_id: str, **params: object) -> Any:
    return ok(await client.get(f"{API}/incidents/{incident_id}", params=params or ALL_PARTS))


async def part(client: Client, incident_id: str, name: str) -> Any:
    """The part's own list."""
    if name == "referrals":
        return ok(await client.get(f"{API}/referrals", params={"incident_id": incident_id}))["items"]
    return ok(await client.get(f"{API}/incidents/{incident_id}/{name}"))


async def create_victim(school: StaffedUnit) -> tuple[str, str]:
    """An incident without a case, and its victim."""
    incident_id = (await school.head.create_intake(children=[CHILD]))["incident_id"]
    (victim,) = await part(school.head, incident_id, "persons")
    return incident_id, victim["id"]


@pytest.fixture
async def whole(school: StaffedUnit) -> str:
    incident_id, _ = await open_child_cases(school)
    await create_referral(school.head, incident_id)
    return incident_id


async def test_each_part_is_as_in_its_own_list(school: StaffedUnit, bureau_a: Client, whole: str) -> None:
    for reader in (school.head, bureau_a):
        shown = await screen(reader, whole)
        for name in PARTS:
            assert shown[name] == {"items": await part(reader, whole, name), "more": False}, name
            assert shown[name]["items"]
        assert shown["left_out"] == []


async def test_only_what_is_asked_for_is_shown(school: StaffedUnit, whole: str) -> None:
    plain = ok(await school.head.get(f"{API}/incidents/{whole}"))
    assert [plain[name] for name in PARTS] == [None] * 5
    some = await screen(school.head, whole, expand=["persons", "clocks"])
    assert [name for name in PARTS if some[name] is not None] == ["persons", "clocks"]


async def test_a_part_that_there_is_not_is_refused(school: StaffedUnit, whole: str) -> None:
    answer = await school.head.get(f"{API}/incidents/{whole}", params={"expand": "persons,wages"})
    assert_problem(answer, 422, "literal_error", "expand")


async def test_who_does_not_see_the_incident_sees_no_part(school_b1: Client, whole: str) -> None:
    assert_problem(await school_b1.get(f"{API}/incidents/{whole}", params=ALL_PARTS), 404, "not_found")


async def test_a_part_without_the_right_to_it_is_left_out_and_said_so(world: World, whole: str) -> None:
    auditor = await world.client("so.auditor")
    shown = await screen(auditor, whole)
    assert (shown["left_out"], shown["referrals"]) == (["referrals"], None)
    (victim,) = shown["persons"]["items"]
    assert victim["name"] is None
    assert "name" in victim["masked"]


@pytest.mark.parametrize(("tier", "left_out"), [(1, ["persons", "referrals", "cases"]), (2, [])])
async def test_a_share_opens_parts_by_its_tier(
    world: World, school: StaffedUnit, whole: str, tier: int, left_out: list[str]
) -> None:
    agency = await create_unit(world, "agency", "department")
    ok(await share_incident(school.head, whole, tier, grantee_unit_id=agency.id), 201)
    shown = await screen(agency.partner, whole)
    assert shown["left_out"] == left_out
    assert [name for name in PARTS if shown[name] is None] == left_out
    assert shown["intake_count"] is None
    for name in set(PARTS) - set(left_out):
        assert shown[name]["items"] == await part(agency.partner, whole, name)


async def test_a_part_is_capped_and_says_that_there_is_more(world: World, school: StaffedUnit, whole: str) -> None:
    async with world.runtime.work(ALL) as work:
        incident = await IncidentRepository(work.session).get(UUID(whole))
        for _ in range(101):
            IncidentService(work).add_event(incident, CaseEvent.CHANGED, {"fields": []})
        await work.commit()
    shown = (await screen(school.head, whole))["timeline"]
    assert (len(shown["items"]), shown["more"]) == (100, True)
    assert shown["items"] == (await part(school.head, whole, "timeline"))[-100:], "the latest, in order"


async def test_what_the_screen_opens_is_audited_as_the_single_reads_are(
    world: World, school: StaffedUnit, whole: str
) -> None:
    auditor, since = await world.client("so.auditor"), utc_now() - timedelta(seconds=1)
    (victim,) = (await screen(school.counsellor, whole, expand="persons"))["persons"]["items"]
    params = {"incident_id": whole, "from": since.isoformat(), "limit": 500}
    entries = ok(await auditor.get(f"{API}/audit/entries", params=params))["items"]
    assert any("get_incident" in str(entry) and victim["id"] in str(entry) for entry in entries)


class TestCase:
    async def test_shows_its_assessments_and_plans_as_their_own_lists_do(
        self, world: World, school: StaffedUnit, school_b1: Client
    ) -> None:
        _, (case_id,) = await open_child_cases(school)
        await submit_plan(school, case_id)
        path = f"{API}/cases/{case_id}"
        for reader in (school.head, await world.client("so.auditor")):
            shown = ok(await reader.get(path, params={"expand": "assessments,plans"}))
            for name in ("assessments", "plans"):
                assert shown[name] == {"items": ok(await reader.get(f"{path}/{name}")), "more": False}
        plain = ok(await school.head.get(path))
        assert (plain["assessments"], plain["plans"]) == (None, None)
        assert_problem(await school_b1.get(path, params={"expand": "plans"}), 404, "not_found")

    async def test_opens_with_its_parts_as_one_act_after_the_other_does(self, school: StaffedUnit) -> None:
        incident_id, victim_id = await create_victim(school)
        opened = ok(
            await school.counsellor.post(
                f"{API}/incidents/{incident_id}/cases",
                {"person_id": victim_id, "assessment": ASSESSMENT, "plan": PLAN},
            ),
            201,
        )
        assert (opened["state"], opened["risk"]) == ("plan_submitted", "high")
        assert [len(opened[name]["items"]) for name in ("assessments", "plans")] == [1, 1]
        kinds = [event["kind"] for event in await part(school.head, incident_id, "timeline")]
        assert kinds[-3:] == ["case_opened", "case_assessed", "plan_submitted"]

    async def test_opens_whole_or_not_at_all(self, school: StaffedUnit) -> None:
        incident_id, victim_id = await create_victim(school)
        path = f"{API}/incidents/{incident_id}/cases"
        wrong = ASSESSMENT | {"harm": {"nope": "high"}}
        for body, status, code, pointer in (
            ({"plan": PLAN}, 409, "wrong_state", None),
            ({"assessment": wrong, "plan": PLAN}, 422, "unknown_code", "/assessment/harm/nope"),
        ):
            answer = await school.counsellor.post(path, {"person_id": victim_id, **body})
            assert_problem(answer, status, code, pointer)
        assert await part(school.head, incident_id, "cases") == []

    async def test_a_review_says_what_became_of_steps_that_are_as_they_were_read(self, school: StaffedUnit) -> None:
        _, (case_id,) = await open_child_cases_with_severity(school, "moderate")
        plan_id = await submit_plan(school, case_id)
        ok(await decide_plan(school.head, case_id, plan_id, "approve", decision_number="05/QĐ-MẪU"))
        _, (other_id,) = await open_child_cases(school)
        await submit_plan(school, other_id)
        (plan,) = ok(await school.head.get(f"{API}/cases/{case_id}/plans"))
        (others,) = ok(await school.head.get(f"{API}/cases/{other_id}/plans"))
        result = {"step_id": plan["steps"][0]["id"], "version": 1, "result": "Đã làm (bịa)"}
        for steps, status, code, pointer in (
            ([result | {"version": 2}], 412, "stale", None),
            ([result, result | {"step_id": others["steps"][0]["id"]}], 422, "unknown_step", "/steps/1/step_id"),
        ):
            answer = await post_to_case(school.counsellor, case_id, "assessments", REVIEW | {"steps": steps})
            assert_problem(answer, status, code, pointer)
        ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW | {"steps": [result]}), 201)
        (plan,) = ok(await school.head.get(f"{API}/cases/{case_id}/plans"))
        assert [step["result"] for step in plan["steps"]] == ["Đã làm (bịa)", None]
