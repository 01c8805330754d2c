"""Referrals to and from hotlines and agencies: recorded as they happened, numbered without gaps."""

import asyncio
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pypdf import PdfReader

from app.core import time
from app.models.cases.incidents import IncidentPerson
from app.repositories.units import UnitRepository
from app.security.access.scope import ALL
from app.services.platform.unit_of_work import UnitOfWork
from app.services.referrals.handover_sheets import COMMUNE_TITLE, children_in_words, contact_in_words
from tests.factories.accounts import create_integration_client
from tests.factories.cases import transition
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.next_actions import named_actions
from tests.factories.referrals import create_referral, find_hotline
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

CHILDREN = [
    {"name": "Bé Bịa Một", "estimated_age": 9, "sex": "female"},
    {"name": "Bé Bịa Hai", "birth_date": "2013-02-03"},
]


@pytest.fixture
async def case(school: StaffedUnit) -> dict[str, Any]:
    return await school.head.create_intake(children=CHILDREN, narrative="Chuyện bịa để chuyển")


def now() -> str:
    return time.utc_now().isoformat()


async def send(client: Client, incident_id: str, **fields: object) -> httpx.Response:
    return await client.post(
        f"{API}/incidents/{incident_id}/referrals", {"channel": "phone", "made_at": now(), **fields}
    )


class TestRecording:
    async def test_outgoing_referral_has_a_sheet_and_incoming_has_none(
        self, school: StaffedUnit, case: dict[str, Any]
    ) -> None:
        out = await create_referral(
            school.head, case["incident_id"], contact_person="Chị Trực Bịa", reference_given="TĐ-1"
        )
        inward = await create_referral(school.head, case["incident_id"], direction="in")
        assert (out["sheet_number"], out["sheet_year"]) == (1, time.today().year)
        assert (inward["sheet_number"], inward["sheet_year"]) == (None, None)
        assert named_actions(out) == ["acknowledge", "record_outcome", "withdraw", "follow_up"]
        kinds = [e["kind"] for e in ok(await school.head.get(f"{API}/incidents/{case['incident_id']}/timeline"))]
        assert kinds[-2:] == ["referred_out", "referred_in"]
        assert_problem(await school.head.get(f"{API}/referrals/{inward['id']}/handover-sheet"), 404, "not_found")

    async def test_to_an_agency(self, world: World, school: StaffedUnit, case: dict[str, Any]) -> None:
        made = ok(await send(school.head, case["incident_id"], agency_id=str(world.units["agency"])), 201)
        assert made["agency_id"] == str(world.units["agency"])
        for wrong in (world.units["school_a1"], uuid4()):
            answer = await send(school.head, case["incident_id"], agency_id=str(wrong))
            assert_problem(answer, 422, "unknown_partner", "/agency_id")

    async def test_to_one_partner(self, world: World, school: StaffedUnit, case: dict[str, Any]) -> None:
        both = {"hotline_id": await find_hotline(school.head), "agency_id": str(world.units["agency"])}
        assert_problem(await send(school.head, case["incident_id"], **both), 422, "one_partner", "")
        assert_problem(await send(school.head, case["incident_id"]), 422, "one_partner", "")

    async def test_hotline_is_valid_on_its_days_only(self, school: StaffedUnit, case: dict[str, Any]) -> None:
        former, present = await find_hotline(school.head, as_of="2024-09-05"), await find_hotline(school.head)
        assert former != present
        then = {"made_at": "2024-09-05T02:00:00Z"}
        assert_problem(
            await send(school.head, case["incident_id"], hotline_id=former), 422, "unknown_partner", "/hotline_id"
        )
        early = await send(school.head, case["incident_id"], hotline_id=present, **then)
        assert_problem(early, 422, "unknown_partner", "/hotline_id")
        ok(await send(school.head, case["incident_id"], hotline_id=former, **then), 201)
        lost = await send(school.head, case["incident_id"], hotline_id=str(uuid4()))
        assert_problem(lost, 422, "unknown_partner", "/hotline_id")

    async def test_by_a_known_channel_and_not_in_the_future(self, school: StaffedUnit, case: dict[str, Any]) -> None:
        line = await find_hotline(school.head)
        wrong = await send(school.head, case["incident_id"], hotline_id=line, channel="pigeon")
        assert_problem(wrong, 422, "unknown_code", "/channel")
        later = (time.utc_now() + timedelta(hours=1)).isoformat()
        assert_problem(
            await send(school.head, case["incident_id"], hotline_id=line, made_at=later),
            422,
            "in_the_future",
            "/made_at",
        )

    async def test_only_by_the_unit_holding_the_incident(
        self, world: World, case: dict[str, Any], school_a2: Client
    ) -> None:
        line = await find_hotline(school_a2)
        assert (await send(school_a2, case["incident_id"], hotline_id=line)).status_code == 404
        auditor = await world.client("so.auditor")
        assert (await send(auditor, case["incident_id"], hotline_id=line)).status_code == 403


class TestSteps:
    async def test_each_step_records_its_facts(self, school: StaffedUnit, case: dict[str, Any]) -> None:
        path = (
            f"{API}/referrals/{(await create_referral(school.head, case['incident_id'], reference_given='TĐ-0'))['id']}"
        )
        done = ok(await transition(school.head, path, "acknowledge", person="Chị Trực Bịa", at=now()))
        assert (done["state"], done["acknowledged_by_name"], done["reference_given"]) == (
            "acknowledged",
            "Chị Trực Bịa",
            "TĐ-0",
        )
        done = ok(await transition(school.head, path, "record_outcome", outcome="support_given", note="Đã tư vấn"))
        assert (done["state"], done["outcome"], done["outcome_note"]) == ("outcome_known", "support_given", "Đã tư vấn")
        done = ok(await transition(school.head, path, "record_feedback", note="Gia đình cảm ơn"))
        assert (done["state"], done["feedback"]) == ("fed_back", "Gia đình cảm ơn")
        done = ok(await transition(school.head, path, "close"))
        assert (done["state"], done["next_actions"]) == ("closed", [])
        assert all(done[name] for name in ("acknowledged_at", "outcome_at", "feedback_at", "closed_at"))

    async def test_the_partners_number_may_come_later(self, school: StaffedUnit, case: dict[str, Any]) -> None:
        path = f"{API}/referrals/{(await create_referral(school.head, case['incident_id']))['id']}"
        assert (
            ok(await transition(school.head, path, "acknowledge", reference_given="TĐ-9"))["reference_given"] == "TĐ-9"
        )

    async def test_it_may_be_withdrawn_with_a_reason(self, school: StaffedUnit, case: dict[str, Any]) -> None:
        path = f"{API}/referrals/{(await create_referral(school.head, case['incident_id']))['id']}"
        assert_problem(await transition(school.head, path, "withdraw"), 422, "reason_required", "/reason")
        done = ok(await transition(school.head, path, "withdraw", reason="Ghi nhầm"))
        assert (done["state"], bool(done["closed_at"])) == ("withdrawn", True)

    @pytest.mark.parametrize(
        ("before", "action"),
        [
            ((), "record_feedback"),
            ((), "close"),
            (("acknowledge",), "acknowledge"),
            (("record_outcome",), "withdraw"),
            (("record_outcome", "close"), "record_feedback"),
            (("withdraw",), "acknowledge"),
            (("withdraw",), "record_outcome"),
        ],
    )
    async def test_a_step_out_of_its_order_is_refused(
        self, school: StaffedUnit, case: dict[str, Any], before: tuple[str, ...], action: str
    ) -> None:
        path = f"{API}/referrals/{(await create_referral(school.head, case['incident_id']))['id']}"
        more = {"outcome": "no_reply", "reason": "Bịa"}
        for earlier in before:
            ok(await transition(school.head, path, earlier, **more))
        assert_problem(await transition(school.head, path, action, **more), 409, "wrong_state")

    async def test_an_outcome_is_a_code_and_no_step_precedes_the_referral(
        self, school: StaffedUnit, case: dict[str, Any]
    ) -> None:
        path = f"{API}/referrals/{(await create_referral(school.head, case['incident_id']))['id']}"
        assert_problem(await transition(school.head, path, "record_outcome"), 422, "outcome_required", "/outcome")
        assert_problem(
            await transition(school.head, path, "record_outcome", outcome="bịa"),
            422,
            "string_pattern_mismatch",
            "/outcome",
        )
        assert_problem(
            await transition(school.head, path, "record_outcome", outcome="nonsense"), 422, "unknown_code", "/outcome"
        )
        early = await transition(school.head, path, "acknowledge", at="2024-01-01T00:00:00Z")
        assert_problem(early, 422, "before_the_referral", "/at")

    async def test_only_by_the_holder_with_the_current_version(
        self, school: StaffedUnit, school_a2: Client, case: dict[str, Any]
    ) -> None:
        path = f"{API}/referrals/{(await create_referral(school.head, case['incident_id']))['id']}"
        seen = {"If-Match": await read_etag(school.head, path)}
        body = {"action": "acknowledge"}
        assert (await school_a2.post(f"{path}/transitions", body, headers=seen)).status_code == 404
        assert_problem(await school.head.post(f"{path}/transitions", body), 428, "precondition_required")
        ok(await school.head.post(f"{path}/transitions", body, headers=seen))
        assert_problem(await school.head.post(f"{path}/transitions", body, headers=seen), 412, "stale")


class TestReading:
    async def test_the_line_sees_it_and_siblings_do_not(
        self, school: StaffedUnit, school_a2: Client, bureau_a: Client, bureau_b: Client, case: dict[str, Any]
    ) -> None:
        made = await create_referral(school.head, case["incident_id"])
        for part in ("", "/handover-sheet"):
            for sees in (school.head, bureau_a):
                assert (await sees.get(f"{API}/referrals/{made['id']}{part}")).status_code == 200
            for blind in (school_a2, bureau_b):
                assert (await blind.get(f"{API}/referrals/{made['id']}{part}")).status_code == 404
        assert made["id"] in await list_ids(bureau_a, "referrals", state="recorded")
        assert made["id"] not in await list_ids(bureau_a, "referrals", state="closed")
        assert made["id"] not in await list_ids(bureau_b, "referrals")

    async def test_a_system_reads_no_words_and_no_sheet(
        self, world: World, school: StaffedUnit, case: dict[str, Any]
    ) -> None:
        made = await create_referral(
            school.head, case["incident_id"], request="Lời riêng", contact_person="Chị Trực Bịa"
        )
        reader = await create_integration_client(world, "department", "referral:read")
        seen = ok(await reader.get(f"{API}/referrals/{made['id']}"))
        assert (seen["request"], seen["contact_person"]) == (None, "Chị Trực Bịa")
        assert (await reader.get(f"{API}/referrals/{made['id']}/handover-sheet")).status_code == 404

    @pytest.mark.parametrize(("tier", "referral", "sheet"), [(1, 404, 404), (2, 200, 404), (3, 200, 200)])
    async def test_a_partner_reads_what_its_grant_opens(
        self, world: World, school: StaffedUnit, case: dict[str, Any], tier: int, referral: int, sheet: int
    ) -> None:
        agency = await create_unit(world, "agency", "department")
        made = await create_referral(school.head, case["incident_id"])
        ok(await share_incident(school.head, case["incident_id"], tier, grantee_unit_id=agency.id), 201)
        path = f"{API}/referrals/{made['id']}"
        assert (await agency.partner.get(path)).status_code == referral
        assert (await agency.partner.get(f"{path}/handover-sheet")).status_code == sheet


async def sheet_text(client: Client, path: str) -> str:
    pages = PdfReader(io.BytesIO((await client.get(path)).content)).pages
    return " ".join("".join(page.extract_text() for page in pages).split())


class TestSheets:
    async def test_numbers_are_sequential_per_unit_without_gaps(
        self, school: StaffedUnit, case: dict[str, Any]
    ) -> None:
        made = await asyncio.gather(*(create_referral(school.head, case["incident_id"]) for _ in range(8)))
        assert sorted(m["sheet_number"] for m in made) == list(range(1, 9))

    async def test_refused_referral_uses_no_number(self, school: StaffedUnit, case: dict[str, Any]) -> None:
        assert_problem(
            await send(school.head, case["incident_id"], hotline_id=str(uuid4())), 422, "unknown_partner", "/hotline_id"
        )
        assert (await create_referral(school.head, case["incident_id"]))["sheet_number"] == 1

    async def test_each_unit_and_each_year_has_its_own(
        self, world: World, school: StaffedUnit, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = await create_unit(world)
        theirs = (await other.head.create_intake())["incident_id"]
        numbers = [(await create_referral(school.head, case["incident_id"]))["sheet_number"] for _ in range(2)]
        assert (numbers, (await create_referral(other.head, theirs))["sheet_number"]) == ([1, 2], 1)
        year = time.today().year + 1
        monkeypatch.setattr(UnitOfWork, "today", property(lambda _: time.today().replace(year=year, day=1)))
        made = await create_referral(school.head, case["incident_id"])
        assert (made["sheet_number"], made["sheet_year"]) == (1, year)

    async def test_it_has_its_number_and_the_cases_code_and_no_childs_name(
        self, world: World, school: StaffedUnit, case: dict[str, Any]
    ) -> None:
        code = ok(await school.head.incident(case["incident_id"]))["code"]
        agency = str(world.units["agency"])
        to_agency = ok(await send(school.head, case["incident_id"], agency_id=agency, request="Phối hợp"), 201)
        for made in (to_agency, await create_referral(school.head, case["incident_id"])):
            path = f"{API}/referrals/{made['id']}/handover-sheet"
            response = await school.head.get(path)
            assert response.headers["Content-Type"] == "application/pdf"
            assert "Bịa" not in response.headers["Content-Disposition"]
            text = await sheet_text(school.head, path)
            assert f"{made['sheet_number']:02d}/" in text
            assert code in text
            assert made["code"] in text
            assert "02 trẻ" in text
            assert "Bé Bịa" not in text

    async def test_it_prints_what_happened_when_and_where_and_how_the_issuer_is_reached(self, world: World) -> None:
        commune = await create_unit(world, "commune", "department")
        async with world.runtime.work(ALL) as work:
            named = await UnitRepository(work.session).open_version(commune.id)
            assert named is not None
            named.name_vi = "Ủy ban nhân dân xã Bịa Hòa"
            await work.commit()
        issuer = await create_unit(world, "school", commune.id)
        form = {"occurred_at": "2026-10-05T09:30:00+07:00", "location": "school_gate", "place": "Trước quán nước Bịa"}
        incident_id = (await issuer.head.create_intake(**form))["incident_id"]
        made = await create_referral(issuer.head, incident_id)
        sheet = f"{API}/referrals/{made['id']}/handover-sheet"
        shown = await sheet_text(issuer.head, sheet)
        assert "09 giờ 30 phút, ngày 05 tháng 10 năm 2026" in shown
        assert "Cổng trường – Trước quán nước Bịa" in shown
        assert "Bịa Hòa, ngày" in shown
        assert "HIỆU TRƯỞNG" in shown
        admin, path = await world.client("so.admin"), f"{API}/units/{issuer.id}"
        contact = {
            "address": "Số 1, đường Bịa",
            "phones": ["(0275) 3822-000", "+84 912 345 678"],
            "email": "van.thu@mau.example",
            "document_place": "Bịa Trung",
            "signer_title": "KT. Hiệu trưởng",
        }
        tag = {"If-Match": await read_etag(admin, path)}
        ok(await admin.call("PUT", f"{path}/contact", json=contact, headers=tag))
        shown = await sheet_text(issuer.head, sheet)
        async with world.runtime.work(ALL) as work:
            printed = contact_in_words(await UnitRepository(work.session).get(UUID(str(issuer.id))))
        assert "ĐT: 0275\u00a03822\u00a0000, 0912\u00a0345\u00a0678;" in printed
        assert "Số 1, đường Bịa; ĐT: 0275 3822 000, 0912 345 678; thư điện tử: van.thu@mau.example" in shown
        assert "Bịa Trung, ngày" in shown
        assert "KT. HIỆU TRƯỞNG" in shown

    async def test_it_names_the_agencys_telephone_where_it_has_one(self, world: World, school: StaffedUnit) -> None:
        agency = await create_unit(world, "agency", "department")
        incident_id = (await school.head.create_intake())["incident_id"]
        made = await create_referral(school.head, incident_id, hotline_id=None, agency_id=str(agency.id))
        sheet = f"{API}/referrals/{made['id']}/handover-sheet"
        assert "(số" not in await sheet_text(school.head, sheet)
        head, path = await world.client("so.head"), f"{API}/units/{agency.id}"
        tag = {"If-Match": await read_etag(head, path)}
        ok(await head.call("PUT", f"{path}/contact", json={"phones": ["1800 1567"]}, headers=tag))
        assert "(số 1800 1567)" in await sheet_text(school.head, sheet)

    @pytest.mark.parametrize(
        ("name", "place"),
        [
            ("UBND xã Ba Tơ", "Ba Tơ"),
            ("Ủy ban nhân dân Phường Bịa", "Bịa"),
            ("UBND phường 5", "phường 5"),
            ("Đặc khu Bịa", "Bịa"),
            ("Xãng Bịa", "Xãng Bịa"),
        ],
    )
    def test_a_place_is_a_communes_name_without_its_title(self, name: str, place: str) -> None:
        assert COMMUNE_TITLE.sub("", name) == place

    def test_children_are_described_by_number_sex_and_age(self) -> None:
        def person(role: str, **more: Any) -> IncidentPerson:
            return IncidentPerson(incident_id=uuid4(), org_path="/x/", role=role, kind="pupil", name="Bé Bịa", **more)

        assert children_in_words([person("witness", estimated_age=9)]) == ""
        words = children_in_words([person("victim", sex="female", estimated_age=12), person("victim")])
        assert words == "02 trẻ: nữ, khoảng 12 tuổi; chưa rõ"
