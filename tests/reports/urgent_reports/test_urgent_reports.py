"""Urgent reports: drafted from an incident without names, and as hidden as the incident."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from app.core.time import today, utc_now
from tests.factories.custody import assert_held_by
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.notices import list_unread_notices
from tests.factories.privacy import create_ended_case, destroy_due_records, set_retention_periods
from tests.factories.referrals import create_referral
from tests.factories.report_files import add_issued
from tests.factories.reports import Chain, act, create_chain
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit
from tests.factories.urgent_reports import NARRATIVES, draft, edit, hand_in, list_urgent, request_draft, urgent_path
from tests.world import Client, World

CLEARED = {"finding": "cleared", "reason": "Bịa", "summary": "Đã xác minh (bịa)", "names_no_informant": True}
NAME = "Em Tên Bịa Zqten"


@pytest.fixture
async def chain(world: World) -> Chain:
    return await create_chain(world, 1)


@pytest.fixture
def school(chain: Chain) -> StaffedUnit:
    return chain.schools[0]


@pytest.fixture
async def incident(school: StaffedUnit) -> str:
    children = [{"sex": "female", "name": NAME, "estimated_age": 12}]
    made = await school.head.create_intake(narrative=f"{NAME} kể", place=f"Nhà {NAME}", children=children)
    return str(made["incident_id"])


async def read_report(client: Client, urgent: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ok(await client.get(f"{API}/reports/{urgent['report_id']}"))
    return found


async def accuse_head(school: StaffedUnit, incident: str) -> None:
    """The case rises above the school."""
    accused = {"role": "perpetrator", "kind": "school_leader", "unit_id": str(school.id)}
    await school.counsellor.post(f"{API}/incidents/{incident}/persons", accused)
    assert_problem(await school.head.incident(incident), 404, "not_found")


async def clear_head(above: Client, incident: str) -> None:
    """The accusation proves unfounded, and the case comes down."""
    persons = f"{API}/incidents/{incident}/persons"
    leader = next(each for each in ok(await above.get(persons)) if each["kind"] == "school_leader")
    place = f"{persons}/{leader['id']}"
    tag = {"If-Match": await read_etag(above, place)}
    ok(await above.post(f"{place}/finding", CLEARED, headers=tag))


class TestDraft:
    async def test_it_says_what_the_case_holds_in_codes_and_no_name(self, school: StaffedUnit, incident: str) -> None:
        path = f"{API}/incidents/{incident}"
        done = {"act": "family_notified", "done_at": (utc_now() - timedelta(minutes=5)).isoformat()}
        ok(await school.head.post(f"{path}/acts", done), 201)
        await create_referral(school.head, incident, request=f"Xin hỗ trợ {NAME}")
        urgent = await draft(school.officer, incident)
        code = ok(await school.head.incident(incident))["code"]
        facts = urgent["narratives"]["DX1"]
        assert code in facts
        assert "Bạo lực học đường" in facts
        assert "Người bị hại (học sinh của trường): 1 người; 1 nữ; 12 tuổi." in facts
        assert "Đã thông báo cho gia đình" in urgent["narratives"]["DX2"]
        assert "Chuyển đến Tổng đài điện thoại quốc gia bảo vệ trẻ em" in urgent["narratives"]["DX2"]
        assert "Zqten" not in json.dumps(urgent, ensure_ascii=False)
        assert (urgent["number"], urgent["submitted_at"], urgent["digest"]) == (1, None, None)

    async def test_a_begun_draft_is_answered_as_it_is(self, school: StaffedUnit, incident: str) -> None:
        urgent = await draft(school.officer, incident)
        again = await request_draft(school.head, incident)
        assert (again.status_code, again.json() | {"next_actions": urgent["next_actions"]}) == (200, urgent)

    async def test_its_obligation_is_a_report_of_its_own(
        self, chain: Chain, school: StaffedUnit, incident: str
    ) -> None:
        first = await draft(school.officer, incident)
        other = str((await school.head.create_intake())["incident_id"])
        second = await draft(school.officer, other)
        reports = [await read_report(school.head, urgent) for urgent in (first, second)]
        assert {report["state"] for report in reports} == {"draft"}
        assert reports[0]["id"] != reports[1]["id"]
        assert reports[0]["period_id"] == reports[1]["period_id"], "one period of a unit and school year"
        assert {report["recipient_id"] for report in reports} == {str(chain.bureau.id)}

    async def test_nothing_of_the_report_names_the_incident(
        self, chain: Chain, school: StaffedUnit, incident: str
    ) -> None:
        urgent = await draft(school.officer, incident)
        ok(await hand_in(school.head, urgent))
        code = ok(await school.head.incident(incident))["code"]
        report = f"{API}/reports/{urgent['report_id']}"
        for part in ("", "/timeline", "/versions/1", "/files"):
            shown = json.dumps(ok(await chain.bureau.officer.get(report + part)), ensure_ascii=False)
            assert incident not in shown
            assert code not in shown
            assert urgent["id"] not in shown

    async def test_the_officer_edits_it_by_its_tag(self, school: StaffedUnit, incident: str) -> None:
        urgent = await draft(school.officer, incident)
        read = await school.officer.get(urgent_path(urgent))
        assert ok(await edit(school.officer, urgent, **NARRATIVES))["narratives"] == NARRATIVES
        late = await school.head.call(
            "PUT", urgent_path(urgent), json={"narratives": {}}, headers={"If-Match": read.headers["ETag"]}
        )
        assert_problem(late, 412, "stale")
        assert_problem(await edit(school.officer, urgent, NONE="Bịa"), 422, "unknown_item", "/narratives/NONE")

    async def test_a_draft_is_its_units_own(self, chain: Chain, school: StaffedUnit, incident: str) -> None:
        urgent = await draft(school.officer, incident)
        assert await list_urgent(chain.bureau.officer, incident) == []
        assert_problem(await chain.bureau.officer.get(urgent_path(urgent)), 404, "not_found")
        assert_problem(await request_draft(chain.bureau.officer, incident), 403, "forbidden")
        assert_problem(await request_draft(school.counsellor, incident), 403, "forbidden")
        assert_problem(await school.counsellor.get(urgent_path(urgent)), 403, "forbidden")


class TestSubmission:
    async def test_the_head_submits_and_the_unit_above_reads_it(
        self, chain: Chain, school: StaffedUnit, incident: str
    ) -> None:
        urgent = await draft(school.officer, incident)
        assert_problem(await hand_in(school.officer, urgent), 403, "forbidden")
        submitted = ok(await hand_in(school.head, urgent))
        above = chain.bureau.officer
        assert await list_urgent(above, incident) == [submitted]
        report = await read_report(above, urgent)
        assert (report["state"], report["newest"]) == ("submitted", 1)
        (version,) = report["versions"]
        assert (version["digest"], version["submitted_at"]) == (submitted["digest"], submitted["submitted_at"])
        notices = await list_unread_notices(above, "urgent_report_submitted")
        (notice,) = [each for each in notices if each["incident_id"] == incident]
        assert notice["data"]["version"] == 1
        assert_problem(await edit(school.officer, urgent, **NARRATIVES), 409, "urgent_report_submitted")
        assert_problem(await hand_in(school.head, urgent), 409, "urgent_report_submitted")

    async def test_who_is_named_for_an_absent_head_submits_in_the_mode_of_the_decision(
        self, school: StaffedUnit, incident: str
    ) -> None:
        urgent = await draft(school.officer, incident)
        days = {"valid_from": today().isoformat(), "valid_to": (today() + timedelta(days=5)).isoformat()}
        named = {"user_id": str(school.officer.user_id), "mode": "kt", "decision_number": "9/QĐ-MẪU", **days}
        ok(await school.head.post(f"{API}/acting-signers", named), 201)
        assert_problem(await hand_in(school.officer, urgent), 422, "acting_signer_named", "/signer_title")
        ok(await hand_in(school.officer, urgent, signer_title="Phó Hiệu trưởng"))
        printed = ok(await school.head.get(f"{urgent_path(urgent)}/documents/json"))
        assert printed["signing_mode"] == "kt"

    async def test_above_it_is_received(self, chain: Chain, school: StaffedUnit, incident: str) -> None:
        urgent = await draft(school.officer, incident)
        ok(await hand_in(school.head, urgent))
        ok(await act(chain.bureau.officer, f"{API}/reports/{urgent['report_id']}", "acceptance"))
        (received,) = await list_urgent(school.head, incident)
        assert received["received_at"] is not None

    async def test_without_a_required_text_it_stays(self, school: StaffedUnit, incident: str) -> None:
        urgent = await draft(school.officer, incident)
        ok(await edit(school.officer, urgent, DX1="Bịa"))
        assert_problem(await hand_in(school.head, urgent), 409, "required", "/narratives/DX2")

    async def test_a_later_development_is_a_further_version(
        self, chain: Chain, school: StaffedUnit, incident: str
    ) -> None:
        first = await draft(school.officer, incident)
        ok(await hand_in(school.head, first))
        ok(await act(chain.bureau.officer, f"{API}/reports/{first['report_id']}", "acceptance"))
        second = await draft(school.officer, incident)
        assert (second["number"], second["report_id"]) == (2, first["report_id"])
        assert (await read_report(chain.bureau.officer, first))["state"] == "accepted", "a draft changes nothing above"
        ok(await hand_in(school.head, second))
        report = await read_report(chain.bureau.officer, first)
        assert (report["state"], [each["number"] for each in report["versions"]]) == ("submitted", [1, 2])

    async def test_its_text_never_goes_into_the_report(self, chain: Chain, school: StaffedUnit, incident: str) -> None:
        urgent = await draft(school.officer, incident)
        report = f"{API}/reports/{urgent['report_id']}"
        assert_problem(await act(school.head, report, "submission", {}), 409, "urgent_report")
        ok(await hand_in(school.head, urgent))
        returned = {"items": [{"item": "DX1", "reason": "other"}]}
        assert_problem(await act(chain.bureau.officer, report, "return", returned), 409, "urgent_report")
        assert_problem(await add_issued(school.head, report), 409, "urgent_report")


class TestDocuments:
    @pytest.mark.parametrize("kind", ["pdf", "docx", "xlsx", "json"])
    async def test_a_submitted_version_is_printed_the_same_each_time(
        self, chain: Chain, school: StaffedUnit, incident: str, kind: str
    ) -> None:
        urgent = await draft(school.officer, incident)
        path = f"{urgent_path(urgent)}/documents/{kind}"
        assert_problem(await school.head.get(path), 409, "report_not_submitted")
        ok(await hand_in(school.head, urgent))
        first, second = [await chain.bureau.officer.get(path) for _ in "12"]
        assert first.status_code == 200
        assert first.content == second.content
        report = f"{API}/reports/{urgent['report_id']}/documents/{kind}"
        assert_problem(await chain.bureau.officer.get(report), 409, "urgent_report")

    async def test_its_hash_is_that_of_the_salt_and_the_document(self, school: StaffedUnit, incident: str) -> None:
        submitted = ok(await hand_in(school.head, await draft(school.officer, incident)))
        printed = await school.head.get(f"{urgent_path(submitted)}/documents/json")
        salted = submitted["salt"].encode() + printed.content
        assert hashlib.sha256(salted).hexdigest() == submitted["digest"]

    async def test_the_clerk_gives_it_a_number(self, school: StaffedUnit, incident: str) -> None:
        submitted = ok(await hand_in(school.head, await draft(school.officer, incident)))
        entry = {"number": 9071, "symbol": "BC-TVD", "issued_on": today().isoformat(), "place": "Vĩnh Long"}
        ok(await school.officer.post(f"{API}/reports/{submitted['report_id']}/issuances", entry), 201)
        printed = await school.head.get(f"{urgent_path(submitted)}/documents/docx")
        assert printed.status_code == 200


class TestWhoSeesIt:
    async def test_an_accused_head_finds_no_trace_of_what_the_holder_reports(
        self, chain: Chain, school: StaffedUnit, incident: str
    ) -> None:
        await accuse_head(school, incident)
        holder = chain.bureau
        await assert_held_by(holder.officer, incident, holder.id)
        before = await list_ids(school.head, "reports")
        urgent = await draft(holder.officer, incident)
        for client in (school.head, school.officer, school.counsellor):
            for path in (f"{API}/incidents/{incident}/urgent-reports", urgent_path(urgent)):
                assert (await client.get(path)).status_code in {403, 404}
        assert_problem(await request_draft(school.head, incident), 404, "not_found")
        assert_problem(await school.head.get(f"{API}/reports/{urgent['report_id']}"), 404, "not_found")
        assert_problem(await school.head.get(urgent_path(urgent)), 404, "not_found")
        assert await list_ids(school.head, "reports") == before

    async def test_what_the_accused_unit_drafted_goes_up_with_the_case(
        self, chain: Chain, school: StaffedUnit, incident: str
    ) -> None:
        urgent = await draft(school.officer, incident)
        await accuse_head(school, incident)
        assert_problem(await school.head.get(urgent_path(urgent)), 404, "not_found")
        own = await draft(chain.bureau.officer, incident)
        assert (own["number"], own["unit_id"]) == (1, str(chain.bureau.id))
        assert own["report_id"] != urgent["report_id"]

    async def test_what_the_unit_above_reported_stays_above_when_the_case_comes_down(
        self, chain: Chain, school: StaffedUnit, incident: str
    ) -> None:
        await accuse_head(school, incident)
        above = chain.bureau
        reported = ok(await hand_in(above.head, await draft(above.officer, incident)))
        await clear_head(above.officer, incident)
        ok(await school.head.incident(incident))
        assert await list_urgent(school.head, incident) == []
        assert_problem(await school.head.get(urgent_path(reported)), 404, "not_found")
        assert_problem(await school.head.get(f"{urgent_path(reported)}/documents/pdf"), 404, "not_found")
        assert [each["id"] for each in await list_urgent(above.officer, incident)] == [reported["id"]]
        own = await draft(school.officer, incident)
        assert (own["number"], own["report_id"] == reported["report_id"]) == (1, False)

    async def test_a_grant_of_the_case_opens_none(
        self, chain: Chain, school: StaffedUnit, agency: StaffedUnit, incident: str
    ) -> None:
        urgent = await draft(school.officer, incident)
        ok(await hand_in(school.head, urgent))
        other = (await create_chain(chain.world, 1)).schools[0]
        for grantee in (agency, other):
            ok(await share_incident(school.head, incident, 3, grantee_unit_id=grantee.id), 201)
        assert_problem(await agency.partner.get(urgent_path(urgent)), 403, "forbidden")
        assert_problem(await agency.partner.get(f"{API}/incidents/{incident}/urgent-reports"), 403, "forbidden")
        assert await list_urgent(other.head, incident) == []
        assert_problem(await other.head.get(urgent_path(urgent)), 404, "not_found")
        assert_problem(await request_draft(other.head, incident), 403, "forbidden")


class TestDestruction:
    async def test_with_the_incident_the_text_goes_and_times_and_hash_stay(
        self, world: World, chain: Chain, school: StaffedUnit
    ) -> None:
        await set_retention_periods(world)
        record = await create_ended_case(school)
        urgent = await draft(school.officer, record.incident_id)
        submitted = ok(await hand_in(school.head, urgent))
        await destroy_due_records(world)
        (gone,) = await list_urgent(chain.bureau.officer, record.incident_id)
        assert (gone["narratives"], gone["salt"]) == (None, None)
        assert (gone["digest"], gone["submitted_at"]) == (submitted["digest"], submitted["submitted_at"])
        report = await read_report(chain.bureau.officer, urgent)
        assert report["versions"][0]["digest"] == submitted["digest"]
        assert_problem(await request_draft(school.head, record.incident_id), 409, "destroyed")
