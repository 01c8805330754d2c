"""Home: what waits for a caller shows to who must act, and to nobody else. All of it invented."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.core.time import utc_now
from app.services.work.work import ALL_WORK
from tests.factories.cases import escalate_overdue_clocks, list_clocks, set_severity
from tests.factories.child_cases import open_child_cases_with_severity, submit_plan
from tests.factories.clock import time_ago
from tests.factories.custody import accuse, create_unseen_report
from tests.factories.http import API, assert_problem, list_ids, ok
from tests.factories.intakes import create_intake_with_receipt, write_by_receipt
from tests.factories.privacy import create_subject_request, transition_subject_request
from tests.factories.proposals import create_proposal
from tests.factories.referrals import create_referral
from tests.factories.reports import act, create_chain, submitted
from tests.factories.sharing import share_incident
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.work import list_work, waiting_ids
from tests.world import Client, World


@dataclass(frozen=True)
class Line:
    """A bureau with two schools, and the neighbour of the bureau."""

    bureau: StaffedUnit
    school: StaffedUnit
    other: StaffedUnit
    neighbour: StaffedUnit


@pytest.fixture
async def line(world: World) -> Line:
    bureau, neighbour = [await create_unit(world, "bureau", "department") for _ in range(2)]
    school, other = [await create_unit(world, under=bureau.id) for _ in range(2)]
    return Line(bureau, school, other, neighbour)


async def assert_waits(kind: str, record: str, for_: Client, not_for: list[Client]) -> None:
    """The record waits for one, and for none of the others; whom the kind concerns at all, sees that nothing waits."""
    assert await waiting_ids(for_, kind) == [record]
    for other in not_for:
        assert (await list_work(other)).get(kind, {"count": 0, "items": []})["count"] == 0


class TestIntakes:
    async def test_one_that_nobody_took_up_waits_for_its_holder(self, line: Line) -> None:
        intake = await line.school.head.create_intake(open_incident=False)
        others = [line.bureau.officer, line.other.head, line.school.teacher]
        await assert_waits("intakes_waiting", intake["id"], line.school.counsellor, others)
        work = (await list_work(line.school.head))["intakes_waiting"]
        assert (work["items"][0]["code"], work["more"]) == (intake["code"], False)
        ok(await line.school.head.post(f"{API}/intakes/{intake['id']}/incident"), 201)
        assert await waiting_ids(line.school.head, "intakes_waiting") == []

    async def test_what_staff_do_not_see_yet_does_not_count(self, world: World, line: Line) -> None:
        await create_unseen_report(world, line.school, line.other)
        for unit in (line.school, line.other):
            assert (await list_work(unit.head))["intakes_waiting"]["count"] == 0
        assert (await list_work(line.bureau.officer))["intakes_waiting"]["count"] == 0

    async def test_an_unread_message_of_a_reporter(self, world: World, line: Line) -> None:
        receipt, intake_id = await create_intake_with_receipt(world, line.school)
        assert await waiting_ids(line.school.head, "reporters_waiting") == []
        ok(await write_by_receipt(world, receipt, "Bịa"), 201)
        await assert_waits("reporters_waiting", intake_id, line.school.head, [line.other.head, line.bureau.officer])


class TestClocks:
    async def test_those_missed_and_those_due_by_due_time(self, line: Line) -> None:
        late = await line.school.head.create_intake(received_at=time_ago(hours=25), group="other")
        clocks = await list_clocks(line.school.head, late["incident_id"])
        missed = [clock for clock in clocks.values() if clock["state"] == "missed"]
        work = await list_work(line.school.head)
        assert {item["id"] for item in work["clocks_missed"]["items"]} == {clock["id"] for clock in missed}
        assert work["clocks_missed"]["items"][0]["path"] == f"{API}/incidents/{late['incident_id']}"
        fresh = await line.school.head.create_intake(group="other")
        due = (await list_work(line.school.head))["clocks_due"]["items"]
        assert fresh["incident_code"] in {item["code"] for item in due}
        assert [item["due_at"] for item in due] == sorted(item["due_at"] for item in due)
        for other in (line.other.head, line.bureau.officer):
            work = await list_work(other)
            assert (work["clocks_missed"]["count"], work["clocks_due"]["count"]) == (0, 0)

    async def test_an_escalation_waits_for_the_level_above(self, world: World, line: Line) -> None:
        intake = await line.school.head.create_intake(received_at=time_ago(hours=25), group="other")
        await escalate_overdue_clocks(world)
        (escalation,) = await waiting_ids(line.bureau.officer, "escalations_to_answer")
        assert escalation in await list_ids(line.bureau.officer, "escalations")
        (item,) = (await list_work(line.bureau.officer))["escalations_to_answer"]["items"]
        assert item["code"] == intake["incident_code"]
        for other in (line.school.head, line.neighbour.officer):
            assert await waiting_ids(other, "escalations_to_answer") == []


class TestDecisions:
    async def test_a_proposal_waits_for_the_level_right_above(self, world: World, line: Line) -> None:
        incident_id = (await line.school.head.create_intake())["incident_id"]
        proposal = await create_proposal(line.school.head, incident_id, "change_group", group="other")
        others = [line.school.counsellor, line.neighbour.officer, await world.client("so.officer")]
        assert await waiting_ids(line.bureau.officer, "proposals_to_decide") == [proposal["id"]]
        for other in others:
            assert proposal["id"] not in await waiting_ids(other, "proposals_to_decide")

    async def test_where_no_level_works_above_it_waits_for_a_second_person(self, world: World) -> None:
        proposer, second = await world.client("so.officer"), await world.client("so.head")
        incident_id = (await proposer.create_intake())["incident_id"]
        proposal = await create_proposal(proposer, incident_id, "change_group", group="other")
        assert proposal["id"] in await waiting_ids(second, "proposals_to_decide")
        assert proposal["id"] not in await waiting_ids(proposer, "proposals_to_decide")

    @pytest.mark.parametrize(("severity", "level"), [("low", "holder"), ("critical", "above")])
    async def test_a_plan_waits_where_its_severity_is_decided(self, line: Line, severity: str, level: str) -> None:
        _, (case_id,) = await open_child_cases_with_severity(line.school, severity)
        await submit_plan(line.school, case_id)
        deciders = {"holder": line.school.head, "above": line.bureau.officer}
        decider = deciders.pop(level)
        others = [*deciders.values(), line.school.counsellor, line.other.head, line.neighbour.officer]
        await assert_waits("plans_to_decide", case_id, decider, others)

    async def test_an_exemption_waits_for_the_level_above(self, line: Line) -> None:
        incident_id = (await line.school.head.create_intake())["incident_id"]
        ok(await set_severity(line.school.head, incident_id, "critical"), 201)
        clock = (await list_clocks(line.school.head, incident_id))["notify_family"]
        path = f"{API}/incidents/{incident_id}/clocks/{clock['id']}/exemptions"
        asked = ok(await line.school.head.post(path, {"kind": "waiver", "reason": "Bịa"}), 201)
        others = [line.school.head, line.neighbour.officer]
        await assert_waits("exemptions_to_decide", asked["id"], line.bureau.officer, others)


class TestReferrals:
    async def test_one_without_an_answer_waits_for_its_holder(self, line: Line) -> None:
        incident_id = (await line.school.head.create_intake())["incident_id"]
        made = (utc_now() - timedelta(days=30)).isoformat()
        late = await create_referral(line.school.head, incident_id, made_at=made)
        await create_referral(line.school.head, incident_id)
        others = [line.bureau.officer, line.other.head]
        await assert_waits("referrals_unanswered", late["id"], line.school.head, others)

    async def test_one_made_to_an_agency_waits_for_the_agency(self, world: World, line: Line) -> None:
        agency, other = [await create_unit(world, "agency", "department") for _ in range(2)]
        incident_id = (await line.school.head.create_intake())["incident_id"]
        ok(await share_incident(line.school.head, incident_id, 2, grantee_unit_id=agency.id), 201)
        made = await create_referral(line.school.head, incident_id, hotline_id=None, agency_id=str(agency.id))
        await assert_waits("referrals_to_acknowledge", made["id"], agency.partner, [other.partner, line.school.head])


async def test_an_open_request_of_a_data_subject_waits_until_it_is_closed(line: Line) -> None:
    request = await create_subject_request(line.school.head)
    await assert_waits("subject_requests_open", request["id"], line.school.head, [line.other.head, line.bureau.officer])
    ok(await transition_subject_request(line.school.head, request["id"], "take_back", reason="Bịa"))
    assert await waiting_ids(line.school.head, "subject_requests_open") == []


class TestReports:
    async def test_one_waits_for_its_unit_then_for_the_level_above_then_comes_back(self, world: World) -> None:
        chain = await create_chain(world)
        school, other = chain.schools
        report, own = chain.report(school), str(chain.reports[school.id])
        await assert_waits("reports_due", own, school.head, [school.counsellor])
        assert await waiting_ids(other.head, "reports_due") == [str(chain.reports[other.id])]
        await submitted(school, report)
        neighbour = await create_unit(world, "bureau", "department")
        await assert_waits("reports_to_review", own, chain.bureau.officer, [school.head, neighbour.officer])
        assert await waiting_ids(school.head, "reports_due") == []
        body = {"items": [{"item": "A1", "reason": "other", "text": "Bịa"}]}
        ok(await act(chain.bureau.officer, report, "return", body))
        await assert_waits("reports_returned", own, school.officer, [other.head, chain.bureau.officer])

    async def test_a_request_to_unlock_waits_for_who_locks(self, world: World) -> None:
        chain = await create_chain(world, schools=1)
        [school] = chain.schools
        report, own, head = chain.report(school), str(chain.reports[school.id]), await world.client("so.head")
        await submitted(school, report)
        ok(await act(chain.bureau.officer, report, "acceptance"))
        ok(await act(head, report, "lock"))
        assert own not in await waiting_ids(head, "unlock_requests")
        ok(await act(school.head, report, "unlock-request", {"reason": "Bịa"}))
        assert own in await waiting_ids(head, "unlock_requests")
        for other in (school.head, chain.bureau.officer, await world.client("so2.head")):
            found = await list_work(other)
            assert found.get("unlock_requests", {"count": 0})["count"] == 0


class TestWhoSeesWhat:
    async def test_an_accused_head_finds_no_trace_of_the_case_above(self, line: Line) -> None:
        taken = await line.bureau.officer.create_intake(unit_id=str(line.school.id), accused=accuse())
        assert taken["incident_id"]
        assert {each["count"] for each in (await list_work(line.school.head)).values()} == {0}
        assert (await list_work(line.bureau.officer))["clocks_due"]["count"] > 0

    async def test_each_role_is_asked_for_its_own_acts_alone(self, world: World, line: Line) -> None:
        agency = await create_unit(world, "agency", "department")
        assert set(await list_work(agency.partner)) == {"referrals_to_acknowledge"}
        assert set(await list_work(line.school.teacher)) == {"commitment_classes"}
        # An administrator uploads accounts.
        assert set(await list_work(await world.client("so.admin"))) == {"uploads_held"}
        assert await list_work(await world.client("so.inspector")) == {}
        assert "reports_due" not in await list_work(line.school.counsellor)
        assert_problem(await world.anonymous.get(f"{API}/work"), 401, "not_signed_in")

    async def test_the_first_five_and_how_many(self, line: Line) -> None:
        made = [(await line.school.head.create_intake(open_incident=False))["id"] for _ in range(7)]
        work = (await list_work(line.school.head))["intakes_waiting"]
        assert (work["count"], work["more"]) == (7, False)
        assert [item["id"] for item in work["items"]] == made[:1:-1]

    async def test_the_number_of_statements_does_not_grow(self, world: World, line: Line) -> None:
        numbers = []
        for _ in range(3):
            await line.school.head.create_intake(open_incident=False, received_at=time_ago(hours=25))
            with sent(world) as statements:
                await list_work(line.school.head)
            numbers.append(len(statements))
        assert len(set(numbers[1:])) == 1
        assert numbers[-1] <= len(ALL_WORK) + 8
