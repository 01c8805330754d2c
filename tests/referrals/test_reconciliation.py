"""The month's list for a partner's books, and the agency that answers by itself. Invented throughout."""

import csv
from io import StringIO
from typing import Any

import pytest

from app.core import time
from app.core.time import local_date
from tests.factories.cases import transition
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

LIST = f"{API}/referrals/reconciliation"
OCTOBER = {"month": "2026-10", "limit": 500}


@pytest.fixture
async def incident_id(school: StaffedUnit) -> str:
    return str((await school.head.create_intake())["incident_id"])


async def codes(client: Client, **query: object) -> list[str]:
    return [item["code"] for item in ok(await client.get(LIST, params=OCTOBER | query))["items"]]


async def table(client: Client) -> list[list[str]]:
    answer = await client.get(f"{LIST}.csv", params={"month": "2026-10"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="doi-chieu-2026-10.csv"'
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


class TestTheList:
    async def test_month_is_in_vietnam_time(self, school: StaffedUnit, incident_id: str) -> None:
        moments = ("2026-09-30T16:59:59Z", "2026-09-30T17:00:00Z", "2026-10-31T16:59:59Z", "2026-10-31T17:00:00Z")
        made = [(await create_referral(school.head, incident_id, made_at=at))["code"] for at in moments]
        assert sorted(await codes(school.head)) == sorted(made[1:3])

    async def test_it_can_be_of_one_partner(self, world: World, school: StaffedUnit, incident_id: str) -> None:
        agency = str(world.units["agency"])
        line = await create_referral(school.head, incident_id, made_at="2026-10-05T02:00:00Z")
        sent = await create_referral(
            school.head, incident_id, made_at="2026-10-05T02:00:00Z", hotline_id=None, agency_id=agency
        )
        assert await codes(school.head, agency_id=agency) == [sent["code"]]
        assert await codes(school.head, hotline_id=line["hotline_id"]) == [line["code"]]

    async def test_it_covers_the_callers_subtree(self, world: World, school: StaffedUnit, incident_id: str) -> None:
        made = await create_referral(school.head, incident_id, made_at="2026-10-05T02:00:00Z")
        other = await create_unit(world)
        ok(await share_incident(school.head, incident_id, 3, grantee_unit_id=other.id), 201)
        assert made["code"] in await codes(await world.client("phong_a.officer"))
        assert await codes(other.head) == []
        assert await table(other.head) == [(await table(school.head))[0]]

    async def test_csv_is_readable_and_names_no_person(self, school: StaffedUnit, incident_id: str) -> None:
        words = {"contact_person": "Chị Bịa zqkin", "request": "zqkin", "reference_given": "TĐ-0099"}
        made = await create_referral(school.head, incident_id, made_at="2026-10-05T02:00:00Z", **words)
        path = f"{API}/referrals/{made['id']}"
        ok(await transition(school.head, path, "acknowledge", at="2026-10-05T03:00:00Z", person="Anh zqkin"))
        learnt = {"at": "2026-10-06T03:00:00Z", "outcome": "support_given", "note": "zqkin"}
        ok(await transition(school.head, path, "record_outcome", **learnt))
        head, row = await table(school.head)
        shown = dict(zip(head, row, strict=True))
        assert (shown["Mã chuyển giao"], shown["Đối tác"], shown["Chiều"]) == (made["code"], "111", "chuyển đi")
        assert (shown["Thời điểm chuyển"], shown["Thời điểm xác nhận"]) == ("05/10/2026 09:00", "05/10/2026 10:00")
        assert (shown["Kênh"], shown["Kết quả"], shown["Trạng thái"]) == ("Điện thoại", "Đã hỗ trợ", "Đã có kết quả")
        code = ok(await school.head.incident(incident_id))["code"]
        name = ok(await school.head.get(f"{API}/units/{school.id}"))["name_vi"]
        assert (shown["Mã vụ việc"], shown["Cơ sở giáo dục"], shown["Số của đối tác"]) == (code, name, "TĐ-0099")
        (listed,) = ok(await school.head.get(LIST, params=OCTOBER))["items"]
        beside = {"incident_code": code, "unit_id": str(school.id), "unit_name_vi": name, "partner_name_vi": "111"}
        assert {key: listed[key] for key in beside} == beside
        assert listed["reference_given"] == "TĐ-0099"
        assert shown["Số phiếu"] == f"{made['sheet_number']}/{made['sheet_year']}"
        assert "zqkin" not in str(row)
        assert "zqkin" not in str(ok(await school.head.get(LIST, params=OCTOBER)))

    async def test_a_cell_is_no_formula(self, world: World, school: StaffedUnit, incident_id: str) -> None:
        trap = "=HYPERLINK(A1)"
        body = {
            "kind": "agency",
            "parent_id": str(world.units["department"]),
            "name_vi": trap,
            "code": f"f{world.engine}",
            "effective_on": "2026-01-01",
            "decision_number": "03/QĐ-MẪU",
        }
        agency = ok(await (await world.client("so.head")).post(f"{API}/units", body), 201)
        made_at = "2026-10-05T02:00:00Z"
        await create_referral(school.head, incident_id, made_at=made_at, hotline_id=None, agency_id=agency["id"])
        assert "'" + trap in (await table(school.head))[1]

    @pytest.mark.parametrize("month", ["2026-13", "0000-01", "2026-1", "٢٠٢٦-10", "2026-10-01", "9999-12"])
    async def test_invalid_month_is_refused(self, school: StaffedUnit, month: str) -> None:
        for path in (LIST, f"{LIST}.csv"):
            assert (await school.head.get(path, params={"month": month})).status_code == 422


class TestTheAgency:
    @pytest.fixture
    async def handed(self, world: World, school: StaffedUnit, incident_id: str) -> dict[str, Any]:
        agency = str(world.units["agency"])
        return await create_referral(school.head, incident_id, hotline_id=None, agency_id=agency)

    async def answer(self, client: Client, referral: dict[str, Any], action: str, **more: object) -> Any:
        path = f"{API}/referrals/{referral['id']}"
        headers = {"If-Match": await read_etag(client, path)}
        return await client.post(f"{path}/answers", {"action": action, **more}, headers=headers)

    async def test_partner_reports_the_outcome_itself(
        self, world: World, school: StaffedUnit, incident_id: str, handed: dict[str, Any]
    ) -> None:
        partner = await world.client("congan.partner")
        ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=world.units["agency"]), 201)
        answered = ok(await self.answer(partner, handed, "acknowledge", person="Anh Bịa", reference_given="CA-1"))
        assert answered["state"] == "acknowledged"
        ok(await self.answer(partner, handed, "record_outcome", outcome="support_given", note="Bịa: đã gặp gia đình"))
        seen = ok(await school.head.get(f"{API}/referrals/{handed['id']}"))
        assert (seen["state"], seen["reference_given"]) == ("outcome_known", "CA-1")
        assert seen["outcome_note"] == "Bịa: đã gặp gia đình"
        timeline = ok(await school.head.get(f"{API}/incidents/{incident_id}/timeline"))
        assert {"referral_acknowledge", "referral_record_outcome"} <= {event["kind"] for event in timeline}

    async def test_unshared_referral_is_not_found(
        self, world: World, school: StaffedUnit, incident_id: str, handed: dict[str, Any]
    ) -> None:
        partner, path = await world.client("congan.partner"), f"{API}/referrals/{handed['id']}/answers"
        headers = {"If-Match": '"1.2"'}
        assert_problem(await partner.post(path, {"action": "acknowledge"}, headers=headers), 404, "not_found")
        ok(await share_incident(school.head, incident_id, 1, grantee_unit_id=world.units["agency"]), 201)
        assert_problem(await partner.post(path, {"action": "acknowledge"}, headers=headers), 404, "not_found")

    async def test_cached_answer_expires_with_the_share(
        self, world: World, school: StaffedUnit, incident_id: str, handed: dict[str, Any]
    ) -> None:
        partner, path = await world.client("congan.partner"), f"{API}/referrals/{handed['id']}"
        grant = ok(await share_incident(school.head, incident_id, 3, grantee_unit_id=world.units["agency"]), 201)
        headers = {"If-Match": await read_etag(partner, path), "Idempotency-Key": "tra-loi-1"}
        answers = [await partner.post(f"{path}/answers", {"action": "acknowledge"}, headers=headers) for _ in "12"]
        assert [ok(answer)["id"] for answer in answers] == [handed["id"]] * 2
        ok(await school.head.delete(f"{API}/incidents/{incident_id}/grants/{grant['id']}"), 204)
        assert_problem(
            await partner.post(f"{path}/answers", {"action": "acknowledge"}, headers=headers), 404, "not_found"
        )
        ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=world.units["agency"]), 201)
        assert_problem(
            await partner.post(f"{path}/answers", {"action": "acknowledge"}, headers=headers), 404, "not_found"
        )

    async def test_it_reconciles_what_was_made_to_it_and_is_shared_with_it(
        self, world: World, school: StaffedUnit, incident_id: str, handed: dict[str, Any]
    ) -> None:
        partner, agency = await world.client("congan.partner"), world.units["agency"]
        month = {"month": local_date(time.utc_now()).strftime("%Y-%m")}
        assert handed["id"] not in await list_ids(partner, "referrals/reconciliation", **month)
        ok(await share_incident(school.head, incident_id, 1, grantee_unit_id=agency), 201)
        assert handed["id"] not in await list_ids(partner, "referrals/reconciliation", **month)
        ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=agency), 201)
        to_hotline = await create_referral(school.head, incident_id)
        found = await list_ids(partner, "referrals/reconciliation", **month)
        assert handed["id"] in found
        assert to_hotline["id"] not in found
        table = (await partner.get(f"{LIST}.csv", params=month)).text
        assert handed["code"] in table
        assert to_hotline["code"] not in table
        assert handed["id"] not in await list_ids(school.teacher, "referrals/reconciliation", **month)

    async def test_it_answers_only_for_itself(self, world: World, school: StaffedUnit, incident_id: str) -> None:
        ok(await share_incident(school.head, incident_id, 3, grantee_unit_id=world.units["agency"]), 201)
        to_hotline = await create_referral(school.head, incident_id)
        assert_problem(
            await self.answer(await world.client("congan.partner"), to_hotline, "acknowledge"), 403, "forbidden"
        )
        assert_problem(await self.answer(school.head, to_hotline, "acknowledge"), 403, "forbidden")

    async def test_it_neither_withdraws_nor_closes(
        self, world: World, school: StaffedUnit, incident_id: str, handed: dict[str, Any]
    ) -> None:
        partner = await world.client("congan.partner")
        ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=world.units["agency"]), 201)
        for action in ("withdraw", "close"):
            assert (await self.answer(partner, handed, action)).status_code == 422
