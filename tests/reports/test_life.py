"""A report's life: drafted by an officer, submitted by the head, reviewed above, locked by the department."""

import pytest

from tests.factories.http import API, assert_problem, ok
from tests.factories.notices import list_unread_notices
from tests.factories.report_files import add_issued
from tests.factories.reports import Chain, act, begin, create_chain, fill, fill_in, submit, submitted
from tests.world import Client, World

RETURN = {"items": [{"item": "A1", "reason": "does_not_match", "text": "Đối chiếu lại (bịa)"}]}


@pytest.fixture
async def chain(world: World) -> Chain:
    return await create_chain(world)


@pytest.fixture
async def so_head(world: World) -> Client:
    return await world.client("so.head")


async def state_of(client: Client, report: str) -> str:
    return str(ok(await client.get(report))["state"])


class TestDraft:
    async def test_is_begun_once_and_has_every_section(self, chain: Chain) -> None:
        school = chain.schools[0]
        begun = await begin(school.officer, chain.report(school))
        assert (begun["state"], begun["newest"]) == ("draft", 1)
        assert [each["code"] for each in begun["sections"]] == ["figures", "texts"]
        assert_problem(await act(school.officer, chain.report(school), "draft"), 409, "wrong_state")

    async def test_is_read_and_edited_by_its_unit_alone(self, chain: Chain) -> None:
        school, neighbour = chain.schools
        report = chain.report(school)
        await begin(school.officer, report)
        assert await state_of(chain.bureau.officer, report) == "draft"
        assert_problem(await chain.bureau.officer.get(f"{report}/versions/1"), 404, "not_found")
        assert_problem(await chain.bureau.officer.get(f"{report}/sections/figures"), 404, "not_found")
        assert_problem(await neighbour.head.get(report), 404, "not_found")
        read = await school.officer.get(f"{report}/sections/figures")
        headers = {"If-Match": read.headers["ETag"]}
        above = await chain.bureau.officer.call("PUT", f"{report}/sections/figures", json={}, headers=headers)
        assert_problem(above, 404, "not_found")

    async def test_a_stale_tag_overwrites_nothing(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        path = f"{report}/sections/texts"
        read = await school.officer.get(path)
        ok(await fill(school.head, report, "texts", narratives={"SITUATION": "Của hiệu trưởng (bịa)"}))
        late = await school.officer.call(
            "PUT",
            path,
            json={"narratives": {"SITUATION": "Của cán bộ (bịa)"}},
            headers={"If-Match": read.headers["ETag"]},
        )
        assert_problem(late, 412, "stale")
        assert ok(await school.officer.get(path))["narratives"] == {"SITUATION": "Của hiệu trưởng (bịa)"}

    @pytest.mark.parametrize(
        ("figure", "pointer", "code"),
        [
            ({"item": "NONE", "numerator": 1}, "/figures/0/item", "unknown_item"),
            ({"item": "A1", "numerator": -1}, "/figures/0/numerator", "greater_than_equal"),
            ({"item": "A1", "numerator": 1, "denominator": 2}, "/figures/0/denominator", "no_denominator"),
            ({"item": "A1", "cell": "sex=female;sex=male", "numerator": 1}, "/figures/0/cell", "unknown_cell"),
            ({"item": "A1", "cell": "location=home", "numerator": 1}, "/figures/0/cell", "unknown_cell"),
            ({"item": "A1", "cell": "sex=none", "numerator": 1}, "/figures/0/cell", "unknown_code"),
            ({"item": "A2", "numerator": 1}, "/figures/0", "ratio_has_two_parts"),
            ({"item": "A2", "numerator": 0, "denominator": 0}, "/figures/0/denominator", "denominator_is_zero"),
            ({"item": "A2", "numerator": 3, "denominator": 2}, "/figures/0/numerator", "ratio_above_one"),
            ({"item": "A1", "not_applicable": True}, "/figures/0/reason", "reason_required"),
            (
                {"item": "A1", "not_applicable": True, "numerator": 0},
                "/figures/0/not_applicable",
                "not_applicable_has_value",
            ),
            ({"item": "A1", "outside": 4}, "/figures/0/outside_source", "source_required"),
        ],
    )
    async def test_a_wrong_figure_is_refused_at_its_place_and_changes_nothing(
        self, chain: Chain, figure: dict[str, object], pointer: str, code: str
    ) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        await fill_in(school.officer, report, cases=7)
        assert_problem(await fill(school.officer, report, "figures", figures=[figure]), 422, code, pointer)
        [total] = [
            f for f in ok(await school.officer.get(f"{report}/sections/figures"))["figures"] if f["item"] == "A1"
        ]
        assert total["numerator"] == 7

    async def test_an_explanation_of_no_rule_is_refused_and_changes_nothing(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        await fill_in(school.officer, report, cases=51)
        for client in (school.officer, school.head):
            for section in ("figures", "texts"):
                explained = {"many": "Gộp hai trường (bịa)", "none": "Không có quy tắc này (bịa)"}
                answer = await fill(client, report, section, explanations=explained)
                assert_problem(answer, 422, "unknown_rule", "/explanations/none")
        assert_problem(await submit(school.head, report), 409, "explanation_required")


class TestSubmission:
    async def test_needs_a_head_and_everything_required(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        assert_problem(await submit(school.officer, report), 403, "forbidden")
        answer = await submit(school.head, report)
        assert_problem(answer, 409, "report_incomplete")
        assert {fault["pointer"] for fault in answer.json()["errors"]} == {
            "/sections/figures/figures/A1",
            "/sections/texts/narratives/SITUATION",
        }
        await fill_in(school.officer, report)
        done = ok(await submit(school.head, report))
        assert (done["state"], done["versions"][0]["is_complete"]) == ("submitted", True)
        assert done["delivered_at"] == done["versions"][0]["submitted_at"]
        assert len(done["versions"][0]["digest"]) == 64

    async def test_an_incomplete_one_does_not_count_as_delivered(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        done = ok(await submit(school.head, report, incomplete=True))
        assert (done["state"], done["delivered_at"]) == ("submitted", None)

    async def test_is_frozen_and_read_above(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        version = ok(await chain.bureau.officer.get(f"{report}/versions/1"))
        assert version["narratives"] == {"SITUATION": "Ổn định (bịa)"}
        assert_problem(await fill(school.officer, report, "texts", narratives={}), 409, "wrong_state")
        [notice] = await list_unread_notices(chain.bureau.officer, "report_submitted")
        assert notice["data"]["unit_id"] == str(school.id)

    async def test_an_unusual_figure_needs_an_explanation(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        await fill_in(school.officer, report, cases=51)
        assert_problem(await submit(school.head, report), 409, "explanation_required")
        figures = [{"item": "A1", "numerator": 51}]
        ok(
            await fill(
                school.officer, report, "figures", figures=figures, explanations={"many": "Gộp hai trường (bịa)"}
            )
        )
        assert ok(await submit(school.head, report))["versions"][0]["explained_rules"] == 1

    async def test_an_error_of_a_rule_leaves_it_incomplete(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        await fill_in(school.officer, report, cases=1001)
        explained = {"many": "Gõ nhầm (bịa)"}
        ok(
            await fill(
                school.officer, report, "figures", figures=[{"item": "A1", "numerator": 1001}], explanations=explained
            )
        )
        assert_problem(await submit(school.head, report), 409, "rule_broken", "/sections/figures/rules/few")

    async def test_all_that_hinders_it_is_in_one_list(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        ok(await fill(school.officer, report, "figures", figures=[{"item": "A1", "numerator": 1001}]))
        answer = await submit(school.head, report)
        assert_problem(answer, 409, "report_incomplete")
        assert {fault["pointer"] for fault in answer.json()["errors"]} == {
            "/sections/figures/rules/few",
            "/sections/figures/explanations/many",
            "/sections/texts/narratives/SITUATION",
        }
        partly = await submit(school.head, report, incomplete=True)
        assert_problem(partly, 409, "explanation_required")
        assert [fault["pointer"] for fault in partly.json()["errors"]] == ["/sections/figures/explanations/many"]

    async def test_a_rule_is_shown_and_explained_in_its_section(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await begin(school.officer, report)
        await fill_in(school.officer, report, cases=51)
        shown = {code: ok(await school.officer.get(f"{report}/sections/{code}")) for code in ("figures", "texts")}
        assert [(each["code"], each["section"]) for each in shown["figures"]["broken_rules"]] == [("many", "figures")]
        assert shown["texts"]["broken_rules"] == []
        answer = await fill(school.officer, report, "texts", explanations={"many": "Gộp hai trường (bịa)"})
        assert_problem(answer, 422, "unknown_rule", "/explanations/many")


class TestReview:
    async def test_is_the_recipients(self, chain: Chain) -> None:
        school, neighbour = chain.schools
        report = chain.report(school)
        await submitted(school, report)
        assert_problem(await act(school.head, report, "acceptance"), 403, "forbidden")
        assert_problem(await act(chain.bureau.officer, chain.report(chain.bureau), "acceptance"), 403, "forbidden")
        assert ok(await act(chain.bureau.officer, report, "acceptance"))["state"] == "accepted"
        [notice] = await list_unread_notices(school.head, "report_accepted")
        assert notice["data"]["version"] == 1
        assert await list_unread_notices(neighbour.head, "report_accepted") == []

    async def test_a_return_names_items_and_the_next_version_shows_what_changed(self, chain: Chain) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        assert_problem(await act(chain.bureau.officer, report, "return", {"items": []}), 422, "too_short", "/items")
        nothing = {"items": [*RETURN["items"], {"item": "NONE", "reason": "does_not_match"}]}
        answer = await act(chain.bureau.officer, report, "return", nothing)
        assert_problem(answer, 422, "unknown_item", "/items/1/item")
        assert_problem(await act(school.head, report, "return", nothing), 403, "forbidden")
        returned = ok(await act(chain.bureau.officer, report, "return", RETURN))
        assert returned["state"] == "returned"
        section = ok(await school.officer.get(f"{report}/sections/figures"))
        assert section["returned"] == RETURN["items"]
        ok(await fill(school.officer, report, "figures", figures=[{"item": "A1", "numerator": 4}]))
        again = ok(await submit(school.head, report))
        assert (again["newest"], again["delivered_at"]) == (2, again["versions"][0]["submitted_at"])
        assert ok(await chain.bureau.officer.get(f"{report}/versions/2"))["changed"] == ["A1"]
        assert ok(await chain.bureau.officer.get(f"{report}/versions/1"))["returned"] == RETURN["items"]

    async def test_many_are_accepted_in_one_call_each_with_its_fate(self, chain: Chain) -> None:
        first, second = chain.schools
        await submitted(first, chain.report(first))
        await begin(second.officer, chain.report(second))
        found = {unit.id: ok(await chain.bureau.officer.get(chain.report(unit))) for unit in chain.schools}
        asked = [{"id": each["id"], "version": each["version"]} for each in found.values()]
        asked.append({"id": str(first.id), "version": 1})
        fates = ok(await chain.bureau.officer.post(f"{API}/report-acceptances", {"reports": asked}))
        assert [each["fate"] for each in fates] == ["accepted", "wrong_state", "not_found"]


class TestLock:
    async def test_is_lifted_on_a_request_and_a_supplementary_version_begins(
        self, chain: Chain, so_head: Client
    ) -> None:
        school = chain.schools[0]
        report = chain.report(school)
        await submitted(school, report)
        assert_problem(await act(so_head, report, "lock"), 409, "wrong_state")
        ok(await act(chain.bureau.officer, report, "acceptance"))
        assert_problem(await act(chain.bureau.head, report, "lock"), 403, "forbidden")
        assert ok(await act(so_head, report, "lock"))["state"] == "locked"
        assert_problem(await act(chain.bureau.officer, report, "return", RETURN), 409, "wrong_state")
        ok(await act(school.head, report, "unlock-request", {"reason": "Sót một vụ (bịa)"}))
        assert len(await list_unread_notices(chain.bureau.officer, "report_unlock_requested")) == 1
        why = {"reason": "Đồng ý (bịa)", "decision_number": "21/QĐ-MẪU"}
        opened = ok(await act(so_head, report, "unlocking", why))
        entry = next(each for each in ok(await school.head.get(f"{report}/timeline")) if each["kind"] == "unlocked")
        assert {name: entry[name] for name in why} == why
        assert (opened["state"], opened["newest"]) == ("draft", 2)
        ok(await fill(school.officer, report, "figures", figures=[{"item": "A1", "numerator": 4}]))
        again = ok(await submit(school.head, report))
        assert again["versions"][1]["is_supplementary"] is True


class TestConsolidation:
    async def test_adds_up_accepted_reports_and_says_how_many(self, chain: Chain) -> None:
        first, second = chain.schools
        await submitted(first, chain.report(first), cases=3)
        await submitted(second, chain.report(second), cases=4)
        ok(await act(chain.bureau.officer, chain.report(first), "acceptance"))
        report = chain.report(chain.bureau)
        await begin(chain.bureau.officer, report)
        assert await total(chain.bureau.officer, report) == 3
        ok(await act(chain.bureau.officer, chain.report(second), "acceptance"))
        assert ok(await chain.bureau.officer.get(report))["is_stale"] is True
        ok(await act(chain.bureau.officer, report, "computation"))
        assert await total(chain.bureau.officer, report) == 7
        ok(await fill(chain.bureau.officer, report, "texts", narratives={"SITUATION": "Toàn huyện (bịa)"}))
        ok(await submit(chain.bureau.head, report))


async def total(client: Client, report: str) -> int:
    figures = ok(await client.get(f"{report}/sections/figures"))["figures"]
    return next(int(each["numerator"]) for each in figures if each["item"] == "A1" and each["cell"] == "")


class TestLineage:
    async def test_a_sum_names_the_versions_below_and_adds_up(self, chain: Chain) -> None:
        for school, cases in zip(chain.schools, (3, 4), strict=True):
            await submitted(school, chain.report(school), cases=cases)
            ok(await act(chain.bureau.officer, chain.report(school), "acceptance"))
        report = chain.report(chain.bureau)
        await begin(chain.bureau.officer, report)
        ok(await fill(chain.bureau.officer, report, "texts", narratives={"SITUATION": "Toàn huyện (bịa)"}))
        ok(await submit(chain.bureau.head, report))
        path = f"{report}/figures/A1/lineage"
        found = ok(await chain.bureau.officer.get(path))
        assert sorted(child["numerator"] for child in found["children"]) == [3, 4]
        assert (found["figure"]["numerator"], found["is_reproduced"], found["owed"], found["reported"]) == (
            7,
            True,
            2,
            2,
        )
        ok(await act(chain.bureau.officer, chain.report(chain.schools[0]), "return", RETURN))
        assert ok(await chain.bureau.officer.get(path))["digest"] == found["digest"]
        assert_problem(await chain.schools[0].head.get(path), 404, "not_found")


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 2**70])
async def test_a_version_of_no_possible_number_is_invalid(world: World, number: int) -> None:
    chain = await create_chain(world, 1)
    (school,) = chain.schools
    report = chain.report(school)
    await submitted(school, report)
    parts = ("documents/json", "figures/A1/lineage")
    asked = [school.head.get(f"{report}/{part}", params={"version": number}) for part in parts]
    for answer in [
        *asked,
        school.head.get(f"{report}/versions/{number}"),
        add_issued(school.head, report, number=number),
    ]:
        assert (await answer).json()["code"] == "invalid"
