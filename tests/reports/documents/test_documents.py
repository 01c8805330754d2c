"""Documents of a report over HTTP, the clerk's register, and the form for the public. Everything is invented."""

import asyncio
import hashlib
import io
import json
from typing import Any

import docx
import pytest
from pypdf import PdfReader

from tests.factories.http import API, assert_problem, ok
from tests.factories.report_files import add_issued
from tests.factories.reports import ITEMS, Chain, act, add_term, begin, create_chain, fill, submit, submitted
from tests.factories.units import StaffedUnit, close_unit
from tests.world import Client, World

PERSONS = [
    {**ITEMS[0], "sensitivity": "persons"},
    ITEMS[1],
]
SECTIONS = [
    {"code": "figures", "label_vi": "Số liệu", "label_en": "Figures", "items": PERSONS},
    {
        "code": "texts",
        "label_vi": "Nội dung",
        "label_en": "Texts",
        "items": [{"kind": "narrative", "code": "SITUATION", "label_vi": "Tình hình", "label_en": "Situation"}],
    },
]
ISSUANCE = {
    "number": 45,
    "symbol": "BC-THMH",
    "issued_on": "2027-08-20",
    "place": "Minh Họa",
    "recipients": ["Phòng Giáo dục và Đào tạo (bịa)"],
}


@pytest.fixture
async def chain(world: World) -> Chain:
    return await create_chain(world, sections=SECTIONS, rules=[])


@pytest.fixture
async def so_head(world: World) -> Client:
    return await world.client("so.head")


async def filed(unit: StaffedUnit, report: str, girls: int, boys: int) -> None:
    await begin(unit.officer, report)
    cells = [("", girls + boys), ("sex=female", girls), ("sex=male", boys)]
    figures = [{"item": "A1", "cell": cell, "numerator": count, "reason": "Sổ giấy (bịa)"} for cell, count in cells]
    ok(await fill(unit.officer, report, "figures", figures=figures))
    ok(await fill(unit.officer, report, "texts", narratives={"SITUATION": "Ổn định (bịa)"}))
    ok(await submit(unit.head, report, incomplete=True))


async def lock(so_head: Client, report: str) -> None:
    ok(await act(so_head, report, "acceptance"))
    ok(await act(so_head, report, "lock"))


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def figures_of(document: bytes) -> dict[str, tuple[str, int | None]]:
    figures: list[dict[str, Any]] = json.loads(document)["figures"]
    return {each["cell"]: (each["status"], each.get("numerator")) for each in figures if each["item"] == "A1"}


class TestDocuments:
    @pytest.mark.parametrize(
        ("kind", "media_type"),
        [
            ("pdf", "application/pdf"),
            ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("json", "application/json"),
        ],
    )
    async def test_the_chain_reads_it_whole_in_each_format(self, chain: Chain, kind: str, media_type: str) -> None:
        school, neighbour = chain.schools
        report = chain.report(school)
        await submitted(school, report)
        code = ok(await school.head.get(report))["code"]
        answers = [await reader.get(f"{report}/documents/{kind}") for reader in (school.officer, chain.bureau.officer)]
        for answer in answers:
            assert answer.status_code == 200
            assert answer.headers["content-type"] == media_type
            assert answer.headers["content-disposition"] == f'attachment; filename="bao-cao-{code}-1.{kind}"'
        assert answers[0].content == answers[1].content
        assert answers[0].headers["etag"] == answers[1].headers["etag"]
        assert_problem(await neighbour.head.get(f"{report}/documents/{kind}"), 404, "not_found")

    async def test_the_digest_of_the_json_is_that_of_the_version(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        whole = (await school.officer.get(f"{report}/documents/json")).content
        version = ok(await school.officer.get(f"{report}/versions/1"))
        assert hashlib.sha256(whole).hexdigest() == version["digest"]
        printed = text_of((await school.officer.get(f"{report}/documents/pdf")).content)
        assert f"mã kiểm tra {version['digest'][:16]}" in printed

    async def test_each_reading_is_audited(self, chain: Chain, so_head: Client) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        ok(await chain.bureau.officer.get(f"{report}/documents/json"))
        query = {"actor_id": str(chain.bureau.officer.user_id), "about": "get_report_document"}
        (entry,) = ok(await so_head.get(f"{API}/audit/entries", params=query))["items"]
        assert report.rsplit("/", maxsplit=1)[1] in entry["body"]

    async def test_a_draft_has_no_document(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        assert_problem(await school.officer.get(f"{report}/documents/pdf"), 409, "report_not_submitted")
        await begin(school.officer, report)
        assert_problem(await school.officer.get(f"{report}/documents/pdf?version=1"), 409, "report_not_submitted")
        assert_problem(await chain.bureau.officer.get(f"{report}/documents/pdf?version=1"), 404, "not_found")

    async def test_an_unknown_format_or_version_is_refused(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        assert_problem(await school.officer.get(f"{report}/documents/exe"), 422, "invalid")
        assert_problem(await school.officer.get(f"{report}/documents/pdf?version=9"), 404, "not_found")


class TestRegister:
    async def test_a_number_entered_after_the_lock_is_printed(self, chain: Chain, so_head: Client) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        await lock(so_head, report)
        before = await school.officer.get(f"{report}/documents/docx")
        issued = ok(await school.officer.post(f"{report}/issuances", ISSUANCE), 201)
        assert (issued["number"], issued["version"]) == (45, 1)
        after = await school.officer.get(f"{report}/documents/docx")
        said = "".join(each.text or "" for each in docx.Document(io.BytesIO(after.content)).element.body.iter())
        assert "Số: 45/BC-THMH" in said
        assert "Minh Họa, ngày 20 tháng 8 năm 2027" in said
        assert "- Phòng Giáo dục và Đào tạo (bịa);" in said
        assert before.headers["etag"] != after.headers["etag"]
        (listed,) = ok(await chain.bureau.officer.get(f"{report}/issuances"))
        assert listed | {"next_actions": issued["next_actions"]} == issued
        assert "issued" in [event["kind"] for event in ok(await school.officer.get(f"{report}/timeline"))]

    async def test_a_number_is_given_once_in_a_unit_and_year(self, chain: Chain, world: World) -> None:
        school, neighbour = chain.schools
        other = await create_chain(world)
        await submitted(school, chain.report(school))
        ok(await school.officer.post(f"{chain.report(school)}/issuances", ISSUANCE), 201)
        again = await school.officer.post(f"{chain.report(school)}/issuances", {**ISSUANCE, "number": 46})
        assert_problem(again, 409, "report_already_issued")
        await submitted(neighbour, chain.report(neighbour))
        ok(await neighbour.officer.post(f"{chain.report(neighbour)}/issuances", ISSUANCE), 201)
        assert other.period_id != chain.period_id

    async def test_a_number_of_another_report_of_the_year_is_taken(self, chain: Chain, so_head: Client) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        ok(await school.officer.post(f"{report}/issuances", ISSUANCE), 201)
        await lock(so_head, report)
        ok(await act(so_head, report, "unlocking", {"reason": "Nhầm (bịa)"}))
        ok(await submit(school.head, report, incomplete=True))
        assert_problem(await school.officer.post(f"{report}/issuances", ISSUANCE), 409, "document_number_taken")
        issued = ok(await school.officer.post(f"{report}/issuances", {**ISSUANCE, "issued_on": "2028-01-03"}), 201)
        assert (issued["number"], issued["version"]) == (45, 2)

    async def test_a_mistyped_number_is_corrected_and_stays_in_the_history(self, chain: Chain) -> None:
        school, other = chain.schools
        report = chain.report(school)
        await submitted(school, report)
        path = f"{report}/versions/1/issuance-corrections"
        right = {**ISSUANCE, "number": 54, "reason": "Ghi nhầm số (bịa)"}
        assert_problem(await school.officer.post(path, right), 404, "not_found")
        ok(await school.officer.post(f"{report}/issuances", ISSUANCE), 201)
        assert_problem(await chain.bureau.officer.post(path, right), 403, "forbidden")
        assert_problem(await other.officer.post(path, right), 404, "not_found")
        early = await school.officer.post(path, {**right, "issued_on": "2020-01-01"})
        assert_problem(early, 422, "too_early", "/issued_on")
        assert ok(await school.officer.post(path, right), 201)["number"] == 54
        former, current = ok(await chain.bureau.officer.get(f"{report}/issuances"))
        assert (former["number"], former["correction_reason"]) == (45, "Ghi nhầm số (bịa)")
        assert former["corrected_at"] == current["entered_at"]
        assert (current["number"], current["corrected_at"]) == (54, None)
        assert "Số: 54/BC-THMH" in text_of((await school.officer.get(f"{report}/documents/pdf")).content)
        events = ok(await school.head.get(f"{report}/timeline"))
        assert events[-1]["kind"] == "issuance_corrected"
        assert events[-1]["data"] == {"version": 1, "number": 54, "former": 45}

    async def test_a_corrected_number_is_used_up_and_a_symbol_keeps_its_number(
        self, chain: Chain, so_head: Client
    ) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        ok(await school.officer.post(f"{report}/issuances", ISSUANCE), 201)
        path = f"{report}/versions/1/issuance-corrections"
        symbol = {**ISSUANCE, "symbol": "BC-THCS", "reason": "Ghi nhầm ký hiệu (bịa)"}
        for _ in range(2):
            assert ok(await school.officer.post(path, symbol), 201)["symbol"] == "BC-THCS"
        ok(await school.officer.post(path, {**symbol, "number": 46}), 201)
        assert_problem(await school.officer.post(path, {**symbol, "number": 45}), 409, "document_number_taken")
        await lock(so_head, report)
        ok(await act(so_head, report, "unlocking", {"reason": "Nhầm (bịa)"}))
        ok(await submit(school.head, report, incomplete=True))
        for number in (45, 46):
            taken = await school.officer.post(f"{report}/issuances", {**ISSUANCE, "number": number})
            assert_problem(taken, 409, "document_number_taken")

    async def test_once_a_signed_file_is_bound_the_head_corrects(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        ok(await school.officer.post(f"{report}/issuances", ISSUANCE), 201)
        ok(await add_issued(school.head, report), 201)
        path = f"{report}/versions/1/issuance-corrections"
        right = {**ISSUANCE, "number": 54, "reason": "Ghi nhầm số (bịa)"}
        assert_problem(await school.officer.post(path, right), 403, "forbidden")
        ok(await school.head.post(path, right), 201)

    async def test_two_clerks_at_once_enter_it_once(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        answers = await asyncio.gather(
            *(clerk.post(f"{report}/issuances", ISSUANCE) for clerk in (school.officer, school.head))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]

    async def test_the_unit_alone_issues_it_and_only_what_was_submitted(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        assert_problem(await school.officer.post(f"{report}/issuances", ISSUANCE), 409, "report_not_submitted")
        assert_problem(await chain.bureau.officer.post(f"{report}/issuances", ISSUANCE), 403, "forbidden")

    async def test_who_reports_for_a_merged_unit_issues_it_under_a_number_of_its_own(self, chain: Chain) -> None:
        merged, heir = chain.schools
        report = chain.report(merged)
        assert_problem(await heir.officer.get(f"{report}/issuances"), 404, "not_found")
        await close_unit(chain.world, merged.id, heir.id)
        await submitted(heir, report)
        issued = ok(await heir.officer.post(f"{report}/issuances", ISSUANCE), 201)
        assert issued["unit_id"] == str(heir.id)
        assert "Số: 45/BC-THMH" in text_of((await heir.officer.get(f"{report}/documents/pdf")).content)
        taken = await heir.officer.post(f"{chain.report(heir)}/issuances", ISSUANCE)
        assert_problem(taken, 409, "report_not_submitted")
        await submitted(heir, chain.report(heir))
        taken = await heir.officer.post(f"{chain.report(heir)}/issuances", ISSUANCE)
        assert_problem(taken, 409, "document_number_taken")

    async def test_it_is_not_issued_before_it_is_submitted(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        early = await school.officer.post(f"{report}/issuances", {**ISSUANCE, "issued_on": "2020-01-01"})
        assert_problem(early, 422, "invalid")


class TestPublicForm:
    async def test_small_numbers_are_hidden_once_decided_for_the_tree(self, chain: Chain, so_head: Client) -> None:
        one, other = chain.schools
        await filed(one, chain.report(one), girls=2, boys=9)
        await filed(other, chain.report(other), girls=30, boys=40)
        await filed(chain.bureau, chain.report(chain.bureau), girls=32, boys=49)
        path = f"{chain.report(one)}/documents/json?audience=public"
        assert_problem(await one.head.get(path), 409, "disclosure_not_decided")
        top = chain.report(chain.bureau)
        assert_problem(await so_head.post(f"{top}/disclosure"), 409, "wrong_state")
        await lock(so_head, top)
        decided = ok(await so_head.post(f"{top}/disclosure"))
        assert decided["reports"] == 3
        assert figures_of((await one.head.get(path)).content) == {
            "": ("declared", 11),
            "sex=female": ("hidden", None),
            "sex=male": ("hidden", None),
        }
        beside = await other.head.get(f"{chain.report(other)}/documents/json?audience=public")
        assert figures_of(beside.content)["sex=female"] == ("hidden", None)
        whole = await one.head.get(f"{chain.report(one)}/documents/json")
        assert figures_of(whole.content)["sex=female"] == ("declared", 2)
        printed = text_of((await one.head.get(path.replace("json", "pdf"))).content)
        assert "Bản công bố" in printed
        assert "đã ẩn" in printed
        assert hashlib.sha256(whole.content).hexdigest()[:16] not in printed

    async def test_a_later_decision_on_a_supplementary_version_reveals_nothing(
        self, chain: Chain, so_head: Client
    ) -> None:
        one, other = chain.schools
        top = chain.report(chain.bureau)
        await filed(one, chain.report(one), girls=2, boys=9)
        await filed(other, chain.report(other), girls=30, boys=40)
        await filed(chain.bureau, top, girls=32, boys=49)
        await lock(so_head, top)
        ok(await so_head.post(f"{top}/disclosure"))
        ok(await act(chain.bureau.officer, chain.report(one), "acceptance"))
        ok(await act(so_head, chain.report(one), "lock"))
        ok(await act(so_head, chain.report(one), "unlocking", {"reason": "Bổ sung (bịa)"}))
        figures = [
            {"item": "A1", "cell": c, "numerator": n, "reason": "Bổ sung"}
            for c, n in (("", 17), ("sex=female", 8), ("sex=male", 9))
        ]
        ok(await fill(one.officer, chain.report(one), "figures", figures=figures))
        ok(await submit(one.head, chain.report(one), incomplete=True))
        path = f"{chain.report(one)}/documents/json?audience=public"
        assert_problem(await one.head.get(path), 409, "disclosure_not_decided")
        before = (await one.head.get(f"{path}&version=1")).content
        ok(await act(chain.bureau.officer, chain.report(one), "acceptance"))
        ok(await so_head.post(f"{top}/disclosure"))
        assert figures_of((await one.head.get(path)).content)["sex=male"] == ("hidden", None)
        beside = await other.head.get(f"{chain.report(other)}/documents/json?audience=public")
        assert figures_of(beside.content)["sex=female"] == ("hidden", None)
        assert (await one.head.get(f"{path}&version=1")).content == before

    async def test_a_term_issued_before_is_no_difference_to_the_year_that_reveals_a_small_number(
        self, chain: Chain, so_head: Client
    ) -> None:
        """Of 32 girls 30 are of the first term: a reader of both would know of 2 in the second."""
        term = await add_term(chain, "first", sections=SECTIONS, rules=[])
        one, other = chain.schools
        for period, girls in ((term, 30), (chain, 32)):
            await filed(one, period.report(one), girls=girls, boys=40)
            await filed(other, period.report(other), girls=50, boys=60)
            await filed(chain.bureau, period.report(chain.bureau), girls=girls + 50, boys=100)
            await lock(so_head, period.report(chain.bureau))
            ok(await so_head.post(f"{period.report(chain.bureau)}/disclosure"))
        known = {
            (name, unit.id): figures_of(
                (await unit.head.get(f"{period.report(unit)}/documents/json?audience=public")).content
            )
            for name, period in (("term", term), ("year", chain))
            for unit in (one, other, chain.bureau)
        }
        assert {status for status, _ in known["term", one.id].values()} == {"declared"}
        assert known["year", one.id]["sex=female"] == ("hidden", None)
        assert "hidden" in {known["year", one.id][cell][0] for cell in ("", "sex=male")}
        beside = {known["year", unit.id]["sex=female"][0] for unit in (other, chain.bureau)}
        assert "hidden" in beside, "else the sum would say it"

    async def test_signers_alone_make_it_and_the_department_decides(self, chain: Chain, so_head: Client) -> None:
        school = chain.schools[0]
        await submitted(school, chain.report(school))
        path = f"{chain.report(school)}/documents/pdf?audience=public"
        assert_problem(await school.officer.get(path), 403, "forbidden")
        assert_problem(await school.head.post(f"{chain.report(school)}/disclosure"), 403, "forbidden")
        assert_problem(await so_head.post(f"{chain.report(school)}/disclosure"), 409, "report_has_one_above")
