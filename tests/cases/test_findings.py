"""Custody comes down again: *corrected* brings all of a case back, *cleared* never shows who accused whom."""

import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.factories.accounts import transfer_user
from tests.factories.cases import set_severity
from tests.factories.duplicates import merge_incidents, undo_merge
from tests.factories.forwardings import forward, reads
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.intakes import create_public_intake, write_by_receipt
from tests.factories.notices import list_unread_notices
from tests.factories.privacy import create_subject_request
from tests.factories.proposals import create_proposal, decide_proposal
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, close_unit, create_unit
from tests.isolation.matrix import documented
from tests.isolation.operations import OPERATIONS
from tests.world import Client, World

TOLD, WRITTEN, INFORMANT, PHONE = "zzloiketrongtin", "zzloinhantin", "zznguoibaotin", "0912345678"
SUMMARY = "Đã xác minh, trường tiếp tục hỗ trợ học sinh (bịa)"
CLEARED = {"finding": "cleared", "reason": "Không có lỗi (bịa)", "summary": SUMMARY, "names_no_informant": True}
CORRECTED: dict[str, object] = {"finding": "corrected", "reason": "Nêu nhầm người (bịa)"}


@dataclass(frozen=True)
class Accusation:
    """A public report that accuses a school's head, and the incident that the bureau opened from it."""

    world: World
    school: StaffedUnit
    holder: Client
    receipt: str
    intake_id: str
    incident_id: str

    @property
    def path(self) -> str:
        return f"{API}/incidents/{self.incident_id}"

    async def persons(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ok(await self.holder.get(f"{self.path}/persons"))
        return found

    async def accused(self, kind: str = "school_leader") -> str:
        (person,) = [each for each in await self.persons() if each["kind"] == kind]
        return str(person["id"])

    async def find(self, client: Client, finding: dict[str, object], kind: str = "school_leader") -> httpx.Response:
        path = f"{self.path}/persons/{await self.accused(kind)}"
        headers = {"If-Match": await read_etag(self.holder, path)}
        return await client.post(f"{path}/finding", finding, headers=headers)

    async def holder_id(self) -> str:
        return str(ok(await self.holder.incident(self.incident_id))["holder_id"])


@pytest.fixture
async def accusation(world: World, school: StaffedUnit, bureau_a: Client) -> Accusation:
    before = await list_ids(bureau_a, "intakes")
    told = {
        "unit_id": str(school.id),
        "narrative": TOLD,
        "accused": [{"kind": "school_leader"}],
        "children": [{"estimated_age": 9}],
        "informant": {"consent": True, "name": INFORMANT, "phone": PHONE},
    }
    receipt = (await create_public_intake(world, **told))["receipt"]
    (intake_id,) = await list_ids(bureau_a, "intakes") - before
    ok(await write_by_receipt(world, receipt, WRITTEN), 201)
    incident_id = ok(await bureau_a.post(f"{API}/intakes/{intake_id}/incident"), 201)["id"]
    return Accusation(world, school, bureau_a, receipt, intake_id, incident_id)


async def read_everything(case: Accusation, reader: Client) -> dict[str, httpx.Response]:
    """Every read operation of the document, with the ids of the case and of its intake in turn."""
    person_id = await case.accused()
    found = {}
    for name in sorted(await documented(case.world)):
        if not name.startswith("GET "):
            continue
        path = name.removeprefix("GET ")
        query = f"?{OPERATIONS[name].query}" if OPERATIONS[name].query and "{" not in OPERATIONS[name].query else ""
        for row_id in (case.incident_id, case.intake_id, person_id):
            ids = {"incident_id": case.incident_id, "intake_id": case.intake_id, "person_id": person_id}
            address = re.sub(r"\{(\w+)\}", lambda each: ids.get(each[1], row_id), path) + query  # noqa: B023
            if address not in found:
                found[address] = await reader.get(address)
    return found


class TestCleared:
    async def test_incident_alone_comes_down(self, accusation: Accusation) -> None:
        head, bureau = accusation.school.head, accusation.holder
        assert_problem(await head.incident(accusation.incident_id), 404, "not_found")
        ok(await accusation.find(bureau, CLEARED))
        incident = ok(await head.incident(accusation.incident_id))
        assert (incident["holder_id"], incident["held_by_superior"]) == (str(accusation.school.id), False)
        assert (incident["summary"], incident["intake_count"], incident["unread_messages"]) == (SUMMARY, 0, 0)
        for own in (head, accusation.school.counsellor):
            assert_problem(await own.get(f"{API}/intakes/{accusation.intake_id}"), 404, "not_found")
            assert accusation.intake_id not in await list_ids(own, "intakes")
        assert accusation.intake_id in await list_ids(bureau, "intakes")
        seen = ok(await bureau.get(f"{API}/intakes/{accusation.intake_id}/messages"))
        assert [message["text"] for message in seen] == [WRITTEN]
        notices = await list_unread_notices(head, "custody_returned")
        assert [notice["incident_id"] for notice in notices] == [accusation.incident_id]

    async def test_intake_that_stayed_above_is_not_forwarded_and_leaves_the_incident_where_it_is(
        self, world: World, accusation: Accusation
    ) -> None:
        ok(await accusation.find(accusation.holder, CLEARED))
        for unit_id in (accusation.school.id, world.units["school_b1"]):
            refused = await forward(accusation.holder, accusation.intake_id, unit_id)
            assert_problem(refused, 409, "wrong_state")
        assert await accusation.holder_id() == str(accusation.school.id)
        assert not await reads(accusation.school.head, accusation.intake_id)

    async def test_no_read_operation_shows_the_cleared_school_who_accused(
        self, world: World, accusation: Accusation
    ) -> None:
        school = accusation.school
        auditor = await transfer_user(world, school.teacher, school.id, "auditor")
        ok(await accusation.find(accusation.holder, CLEARED))
        ok(await write_by_receipt(world, accusation.receipt, f"{WRITTEN} lần hai"), 201)
        hidden = (TOLD, WRITTEN, INFORMANT, PHONE, accusation.receipt)
        for reader in (school.head, school.counsellor, auditor):
            answers = await read_everything(accusation, reader)
            assert answers[f"{accusation.path}/timeline"].status_code == 200
            for address, answer in answers.items():
                assert not [word for word in hidden if word in answer.text], address
                assert answer.status_code != 200 or accusation.intake_id not in answer.text, address
        above = await read_everything(accusation, accusation.holder)
        assert TOLD in above[f"{API}/intakes/{accusation.intake_id}"].text

    async def test_timeline_and_accesses_begin_with_the_return(self, accusation: Accusation) -> None:
        head, bureau = accusation.school.head, accusation.holder
        ok(await accusation.find(bureau, CLEARED))
        assert ok(await head.get(f"{accusation.path}/timeline")) == []
        assert ok(await head.get(f"{accusation.path}/severities")) == []
        own = {"list_incident_events", "list_severities"}
        assert {each["about"] for each in ok(await head.get(f"{accusation.path}/access"))} <= own
        ok(await bureau.get(f"{API}/intakes/{accusation.intake_id}"))
        ok(await bureau.incident(accusation.incident_id))
        seen = ok(await head.get(f"{accusation.path}/access"))
        assert {each["unit_kind"] for each in seen} <= {"bureau", "school"}
        assert "get_intake" not in {each["about"] for each in seen}
        kinds = [event["kind"] for event in ok(await bureau.get(f"{accusation.path}/timeline"))]
        assert kinds[-2:] == ["finding_recorded", "custody_returned"]
        assert "get_intake" in {each["about"] for each in ok(await bureau.get(f"{accusation.path}/access"))}

    async def test_proposals_begin_with_the_return(self, accusation: Accusation) -> None:
        head, bureau = accusation.school.head, accusation.holder
        ok(await set_severity(bureau, accusation.incident_id, "critical"), 201)
        members = {"dismissal_reason": "unfounded"}
        before = await create_proposal(bureau, accusation.incident_id, "dismiss", **members)
        ok(await decide_proposal(bureau, before["id"], "withdraw"))
        ok(await accusation.find(bureau, CLEARED))
        since = await create_proposal(head, accusation.incident_id, "dismiss", **members)
        for reader, shown in ((head, [since]), (bureau, [before, since])):
            listed = ok(await reader.get(f"{accusation.path}/proposals"))
            assert [each["id"] for each in listed] == [each["id"] for each in shown]
            assert {before["id"], since["id"]} & set(await list_ids(reader, "proposals")) == {e["id"] for e in shown}
        assert_problem(await head.get(f"{API}/proposals/{before['id']}"), 404, "not_found")
        ok(await bureau.get(f"{API}/proposals/{before['id']}"))

    async def test_colleague_who_reported_is_named_by_no_event(self, world: World, school: StaffedUnit) -> None:
        intake = await school.counsellor.create_intake(accused=[{"kind": "school_leader"}], narrative=TOLD)
        bureau = await world.client("phong_a.officer")
        case = Accusation(world, school, bureau, "", intake["id"], intake["incident_id"])
        ok(await case.find(bureau, CLEARED))
        answers = await read_everything(case, school.head)
        assert "counsellor" not in answers[f"{case.path}/timeline"].text + answers[f"{case.path}/access"].text
        assert not [address for address, answer in answers.items() if TOLD in answer.text]

    async def test_it_needs_words_and_a_confirmation_of_its_own(self, accusation: Accusation) -> None:
        bureau = accusation.holder
        bare: dict[str, object] = {"finding": "cleared", "reason": "Bịa"}
        assert_problem(await accusation.find(bureau, bare), 422, "summary_required", "/summary")
        unconfirmed = await accusation.find(bureau, bare | {"summary": SUMMARY})
        assert_problem(unconfirmed, 422, "confirmation_required", "/names_no_informant")
        reporter = {"role": "reporter", "kind": "parent", "name": INFORMANT}
        ok(await bureau.post(f"{accusation.path}/persons", reporter), 201)
        assert_problem(await accusation.find(bureau, CLEARED), 409, "reporter_named")
        assert await accusation.holder_id() == str(accusation.world.units["bureau_a"])

    async def test_cleared_person_who_is_promoted_does_not_see_the_case(
        self, world: World, accusation: Accusation
    ) -> None:
        ok(await accusation.find(accusation.holder, CLEARED))
        promoted = await transfer_user(world, accusation.school.head, world.units["bureau_a"], "bureau_officer")
        assert_problem(await promoted.incident(accusation.incident_id), 404, "not_found")
        assert_problem(await promoted.get(f"{API}/intakes/{accusation.intake_id}"), 404, "not_found")

    async def test_undone_merge_shows_the_cleared_school_no_more(self, accusation: Accusation) -> None:
        bureau, head = accusation.holder, accusation.school.head
        ok(await accusation.find(bureau, CLEARED))
        accused = [{"kind": "staff", "unit_id": str(accusation.school.id)}]
        other = (await bureau.create_intake(unit_id=str(accusation.school.id), accused=accused, group="other"))[
            "incident_id"
        ]
        merged = ok(await merge_incidents(bureau, other, accusation.incident_id), 201)
        assert_problem(await head.incident(accusation.incident_id), 404, "not_found")
        ok(await undo_merge(bureau, merged))
        assert ok(await head.incident(accusation.incident_id))["summary"] == SUMMARY
        assert "opened" not in {event["kind"] for event in ok(await head.get(f"{accusation.path}/timeline"))}
        assert_problem(await head.get(f"{API}/intakes/{accusation.intake_id}"), 404, "not_found")

    async def test_cleared_unit_does_not_change_who_was_cleared(self, accusation: Accusation) -> None:
        bureau, head = accusation.holder, accusation.school.head
        ok(await accusation.find(bureau, CLEARED))
        path = f"{accusation.path}/persons/{await accusation.accused()}"
        for changes in ({"role": "witness"}, {"kind": "pupil"}, {"name": "Người Bịa"}):
            assert_problem(await head.patch(path, changes, await read_etag(head, path)), 403, "forbidden")
        ok(await head.patch(path, {"description": "Bịa"}, await read_etag(head, path)))
        mistaken = {"role": "perpetrator", "kind": "staff", "unit_id": str(accusation.school.id)}
        ok(await head.post(f"{accusation.path}/persons", mistaken), 201)
        assert_problem(await accusation.find(bureau, CORRECTED, "staff"), 422, "summary_required", "/summary")
        ok(await accusation.find(bureau, CLEARED | CORRECTED, "staff"))
        assert_problem(await head.get(f"{API}/intakes/{accusation.intake_id}"), 404, "not_found")

    async def test_emergency_opens_nothing_else_of_its_event(self, accusation: Accusation) -> None:
        bureau, head = accusation.holder, accusation.school.head
        other = (await bureau.create_intake(narrative=TOLD))["incident_id"]
        ok(await merge_incidents(bureau, accusation.incident_id, other), 201)
        ok(await accusation.find(bureau, CLEARED))
        opening = {"code": ok(await bureau.incident(other))["code"], "reason": "Bịa"}
        assert_problem(await head.post(f"{API}/emergency-accesses", opening), 404, "not_found")
        assert_problem(await head.incident(other), 404, "not_found")

    async def test_request_about_the_case_stays_above(self, school: StaffedUnit, bureau_a: Client) -> None:
        case, request = await self.with_request(school, bureau_a)
        ok(await case.find(bureau_a, CLEARED))
        assert request not in await list_ids(school.head, "subject-requests")
        assert request in await list_ids(bureau_a, "subject-requests")

    async def with_request(self, school: StaffedUnit, bureau: Client) -> tuple[Accusation, str]:
        """A case whose accused was named later, with a request that went up with it."""
        intake = await school.head.create_intake()
        request = await create_subject_request(school.head, incident_id=intake["incident_id"])
        accused = {"role": "perpetrator", "kind": "school_leader"}
        ok(await school.head.post(f"{API}/incidents/{intake['incident_id']}/persons", accused), 201)
        case = Accusation(school.head.world, school, bureau, "", intake["id"], intake["incident_id"])
        return case, request["id"]


class TestCorrected:
    async def test_everything_comes_down(self, accusation: Accusation) -> None:
        head, bureau = accusation.school.head, accusation.holder
        ok(await accusation.find(bureau, CORRECTED))
        assert await accusation.holder_id() == str(accusation.school.id)
        intake = ok(await head.get(f"{API}/intakes/{accusation.intake_id}"))
        assert (intake["holder_id"], intake["incident_id"]) == (str(accusation.school.id), accusation.incident_id)
        seen = ok(await head.get(f"{API}/intakes/{accusation.intake_id}/messages"))
        assert [message["text"] for message in seen] == [WRITTEN]
        assert ok(await head.get(f"{accusation.path}/timeline"))
        ok(await write_by_receipt(accusation.world, accusation.receipt, "Cảm ơn (bịa)"), 201)

    async def test_what_went_up_comes_down_and_what_was_recorded_above_stays(
        self, school: StaffedUnit, bureau_a: Client
    ) -> None:
        case, request = await TestCleared().with_request(school, bureau_a)
        above = (await create_subject_request(bureau_a, incident_id=case.incident_id))["id"]
        ok(await case.find(bureau_a, CORRECTED))
        assert await list_ids(school.head, "subject-requests") & {request, above} == {request}

    async def test_intake_stays_while_another_of_the_unit_was_cleared(self, accusation: Accusation) -> None:
        bureau, head = accusation.holder, accusation.school.head
        teacher = {"role": "perpetrator", "kind": "staff", "unit_id": str(accusation.school.id)}
        ok(await bureau.post(f"{accusation.path}/persons", teacher), 201)
        ok(await accusation.find(bureau, CLEARED, "staff"))
        assert_problem(await head.incident(accusation.incident_id), 404, "not_found")
        assert_problem(await accusation.find(bureau, CORRECTED), 422, "summary_required", "/summary")
        ok(await accusation.find(bureau, CLEARED | CORRECTED))
        assert ok(await head.incident(accusation.incident_id))["summary"] == SUMMARY
        assert_problem(await head.get(f"{API}/intakes/{accusation.intake_id}"), 404, "not_found")

    async def test_person_corrected_and_promoted_sees_the_case(self, world: World, accusation: Accusation) -> None:
        ok(await accusation.find(accusation.holder, CORRECTED))
        promoted = await transfer_user(world, accusation.school.head, world.units["bureau_a"], "bureau_officer")
        ok(await promoted.incident(accusation.incident_id))


class TestDecision:
    async def test_it_is_the_present_holders(
        self, accusation: Accusation, department: Client, bureau_b: Client, school_a2: Client
    ) -> None:
        for other, status in ((department, 403), (bureau_b, 404), (school_a2, 404), (accusation.school.head, 404)):
            assert (await accusation.find(other, CORRECTED)).status_code == status
        ok(await accusation.find(accusation.holder, CORRECTED))

    async def test_nothing_moves_while_somebody_is_still_accused(self, accusation: Accusation) -> None:
        bureau = accusation.holder
        teacher = {"role": "perpetrator", "kind": "staff", "unit_id": str(accusation.school.id)}
        ok(await bureau.post(f"{accusation.path}/persons", teacher), 201)
        ok(await accusation.find(bureau, CORRECTED))
        assert await accusation.holder_id() == str(accusation.world.units["bureau_a"])
        ok(await accusation.find(bureau, CORRECTED, "staff"))
        assert await accusation.holder_id() == str(accusation.school.id)

    async def test_it_is_about_accused_staff_and_made_once(self, accusation: Accusation) -> None:
        bureau = accusation.holder
        assert_problem(await accusation.find(bureau, CORRECTED, "pupil"), 409, "not_accused")
        ok(await accusation.find(bureau, CORRECTED))
        bureau_again = await accusation.find(bureau, CORRECTED)
        assert_problem(bureau_again, 403, "forbidden")
        assert_problem(await accusation.find(accusation.school.head, CORRECTED), 409, "wrong_state")

    async def test_new_accusation_raises_the_case_again_and_shows_its_whole_timeline(
        self, accusation: Accusation
    ) -> None:
        bureau, head = accusation.holder, accusation.school.head
        ok(await accusation.find(bureau, CLEARED))
        teacher = {"role": "perpetrator", "kind": "staff", "unit_id": str(accusation.school.id)}
        ok(await head.post(f"{accusation.path}/persons", teacher), 201)
        assert_problem(await head.incident(accusation.incident_id), 404, "not_found")
        kinds = [event["kind"] for event in ok(await bureau.get(f"{accusation.path}/timeline"))]
        assert (kinds[0], kinds[-1]) == ("opened", "raised_above_accused")

    async def test_another_name_is_another_accused(self, accusation: Accusation) -> None:
        ok(await accusation.find(accusation.holder, CORRECTED))
        head = accusation.school.head
        path = f"{accusation.path}/persons/{await accusation.accused()}"
        ok(await head.patch(path, {"description": "Bịa"}, await read_etag(head, path)))
        assert ok(await head.get(path))["finding"] == "corrected"
        ok(await head.patch(path, {"name": "Người Khác Bịa"}, await read_etag(head, path)))
        assert await accusation.holder_id() == str(accusation.world.units["bureau_a"])

    async def test_cleared_unit_gets_no_share_before_the_return(self, world: World, accusation: Accusation) -> None:
        bureau = accusation.holder
        teacher = {"role": "perpetrator", "kind": "staff", "unit_id": str(world.units["bureau_b"])}
        ok(await bureau.post(f"{accusation.path}/persons", teacher), 201)
        ok(await accusation.find(bureau, CLEARED))
        other = {"role": "perpetrator", "kind": "staff", "unit_id": str(accusation.school.id)}
        assert ok(await accusation.school.head.incident(accusation.incident_id))
        ok(await bureau.post(f"{accusation.path}/persons", other), 201)
        refused = await share_incident(bureau, accusation.incident_id, 1, grantee_unit_id=accusation.school.id)
        assert_problem(refused, 422, "grantee_is_accused", "")


class TestClosedIntoAnother:
    """The accused's school is closed, and its staff are the successor's."""

    async def test_successor_loses_shares_and_custody(self, world: World, bureau_a: Client) -> None:
        former, heir = await create_unit(world), await create_unit(world)
        accused = [{"kind": "staff", "unit_id": str(former.id)}]
        shared = (await bureau_a.create_intake(unit_id=str(former.id), accused=accused))["incident_id"]
        ok(await share_incident(bureau_a, shared, 2, grantee_unit_id=heir.id), 201)
        held = (await heir.head.create_intake(accused=accused))["incident_id"]
        waiting = (await heir.head.create_intake(accused=accused, open_incident=False))["id"]
        for incident_id in (shared, held):
            ok(await heir.head.incident(incident_id))
        ok(await heir.head.get(f"{API}/intakes/{waiting}"))
        await close_unit(world, former.id, heir.id)
        for incident_id in (shared, held):
            assert_problem(await heir.head.incident(incident_id), 404, "not_found")
            ok(await bureau_a.incident(incident_id))
        assert_problem(await heir.head.get(f"{API}/intakes/{waiting}"), 404, "not_found")
        assert waiting in await list_ids(bureau_a, "intakes")

    async def test_case_without_an_accused_stays(self, world: World) -> None:
        former, heir = await create_unit(world), await create_unit(world)
        held = (await heir.head.create_intake(accused=[{"kind": "pupil"}]))["incident_id"]
        await close_unit(world, former.id, heir.id)
        assert ok(await heir.head.incident(held))["holder_id"] == str(heir.id)
