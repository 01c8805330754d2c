"""What is submitted, accepted and locked says what was counted, and nothing that contradicts it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.security.access.scope import ALL
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.reports import (
    COUNTED,
    ITEMS,
    YEAR,
    Chain,
    act,
    begin,
    create_chain,
    fill,
    fill_in,
    submit,
    submitted,
)
from tests.factories.units import StaffedUnit
from tests.world import Client, World

NIL: dict[str, Any] = ITEMS[0] | {"code": "NIL", "measure": "yes_no", "roll_up": "count_units", "breakdowns": []}
ABOVE: dict[str, Any] = ITEMS[0] | {"code": "UP", "only_above": True, "breakdowns": []}
SHARE: dict[str, Any] = ITEMS[1] | {"code": "S1", "denominator": "pupils_end", "breakdowns": [["school_level"]]}
ROSTER = f"{API}/roster-counts/{YEAR}/end"


@pytest.fixture
async def so_head(world: World) -> Client:
    return await world.client("so.head")


def section(code: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "label_vi": "Số liệu", "label_en": "Figures", "items": list(items)}


async def chain_of(world: World, *items: dict[str, Any], schools: int = 1, **more: Any) -> Chain:
    return await create_chain(world, schools, levels=["primary"], sections=[section("figures", *items)], **more)


async def drafted(school: StaffedUnit, report: str, *figures: dict[str, Any]) -> None:
    await begin(school.officer, report)
    ok(await fill(school.officer, report, "figures", figures=list(figures)))


async def count_pupils(head: Client, pupils: int) -> None:
    body = {
        "counted_on": "2026-11-01",
        "source": "Sổ đăng bộ (bịa)",
        "counts": [{"school_level": "primary", "sex": "male", "pupils": pupils}],
    }
    ok(await head.call("PUT", ROSTER, json=body, headers={"If-Match": await read_etag(head, ROSTER)}))


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert_problem(answer, status, code)
    problem: dict[str, Any] = answer.json()
    return problem


def codes_and_places(problem: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["code"], each["pointer"]) for each in problem["errors"]]


class TestStale:
    async def test_a_supplementary_version_is_counted_anew_before_it_is_submitted(
        self, world: World, so_head: Client
    ) -> None:
        chain = await create_chain(world, schools=2)
        first, second = chain.schools
        above, bureau = chain.report(chain.bureau), chain.bureau
        await submitted(first, chain.report(first), cases=3)
        ok(await act(bureau.head, chain.report(first), "acceptance"))
        await begin(bureau.officer, above)
        ok(await fill(bureau.officer, above, "texts", narratives={"SITUATION": "Toàn huyện (bịa)"}))
        ok(await submit(bureau.head, above))
        await submitted(second, chain.report(second), cases=4)
        ok(await act(bureau.head, chain.report(second), "acceptance"))
        ok(await act(so_head, above, "acceptance")), ok(await act(so_head, above, "lock"))
        ok(await act(so_head, above, "unlocking", {"reason": "Bổ sung (bịa)"}))
        shown = ok(await bureau.head.get(above))
        assert shown["is_stale"] is True
        assert "submit" not in {each["action"] for each in shown["next_actions"]}
        assert_problem(await submit(bureau.head, above), 409, "report_stale")
        assert ok(await bureau.head.get(above))["state"] == "draft"
        ok(await act(bureau.officer, above, "computation"))
        ok(await submit(bureau.head, above))
        found = ok(await so_head.get(f"{above}/figures/A1/lineage"))
        assert (found["figure"]["numerator"], found["is_reproduced"], len(found["children"])) == (7, True, 2)

    async def test_a_roster_that_changed_since_is_counted_before_the_submission(self, world: World) -> None:
        chain = await chain_of(world, SHARE)
        (school,) = chain.schools
        report = chain.report(school)
        await count_pupils(school.head, 640)
        await drafted(school, report, {"item": "S1", "numerator": 64})
        await count_pupils(school.head, 1040)
        assert ok(await school.officer.get(report))["is_stale"] is True
        assert_problem(await submit(school.head, report), 409, "report_stale")
        assert ok(await school.head.get(ROSTER))["is_frozen"] is False
        ok(await act(school.officer, report, "computation"))
        ok(await fill(school.officer, report, "figures", figures=[{"item": "S1", "numerator": 64}]))
        ok(await submit(school.head, report))
        figures = ok(await school.head.get(f"{report}/versions/1"))["figures"]
        assert next(each["denominator"] for each in figures if each["cell"] == "") == 1040
        assert ok(await school.head.get(ROSTER))["is_frozen"] is True

    async def test_a_roster_that_no_item_uses_leaves_the_draft_as_it_is(self, world: World) -> None:
        chain = await chain_of(world, ITEMS[0])
        (school,) = chain.schools
        await drafted(school, chain.report(school), {"item": "A1", "numerator": 1})
        await count_pupils(school.head, 640)
        assert ok(await school.officer.get(chain.report(school)))["is_stale"] is False

    async def test_the_answer_to_a_letter_freezes_no_roster(self, world: World) -> None:
        chain = await chain_of(world, SHARE)
        await plan(world, chain, kind="requested")
        (school,) = chain.schools
        await count_pupils(school.head, 640)
        await drafted(school, chain.report(school), {"item": "S1", "numerator": 64})
        ok(await submit(school.head, chain.report(school)))
        assert ok(await school.head.get(ROSTER))["is_frozen"] is False


async def plan(world: World, chain: Chain, *, kind: str = "yearly", due_in: int = 0) -> None:
    """Another kind of period, and another due day of its reports."""
    async with world.runtime.work(ALL) as work:
        period = await work.session.get_one(ReportPeriod, chain.period_id)
        period.kind = kind
        for report_id in chain.reports.values():
            report = await work.session.get_one(Report, report_id)
            report.due_on = work.today + timedelta(days=due_in)
        await work.commit()


class TestEarly:
    async def test_a_year_is_reported_when_it_is_over(self, world: World) -> None:
        chain = await create_chain(world, schools=1)
        await plan(world, chain, due_in=300)
        (school,) = chain.schools
        report = chain.report(school)
        await begin(school.officer, report)
        await fill_in(school.officer, report)
        assert_problem(await submit(school.head, report), 409, "period_not_over")
        shown = ok(await school.head.get(report))
        assert (shown["state"], shown["delivered_at"]) == ("draft", None)
        assert "submit" not in {each["action"] for each in shown["next_actions"]}

    async def test_a_letter_is_answered_at_any_time(self, world: World) -> None:
        chain = await create_chain(world, schools=1)
        await plan(world, chain, kind="requested", due_in=300)
        (school,) = chain.schools
        await submitted(school, chain.report(school))


class TestIncomplete:
    async def test_is_returned_and_never_accepted(self, world: World) -> None:
        chain = await create_chain(world, schools=1)
        (school,) = chain.schools
        report, bureau = chain.report(school), chain.bureau
        await drafted(school, report)
        ok(await submit(school.head, report, incomplete=True))
        offered = {each["action"] for each in ok(await bureau.head.get(report))["next_actions"]}
        assert {"return", "accept"} & offered == {"return"}
        assert_problem(await act(bureau.head, report, "acceptance"), 409, "version_incomplete")
        shown = ok(await bureau.head.get(report))
        many = await bureau.head.post(
            f"{API}/report-acceptances", {"reports": [{"id": shown["id"], "version": shown["version"]}]}
        )
        assert [each["fate"] for each in ok(many)] == ["incomplete"]
        items = [{"item": "texts", "reason": "missing"}]
        ok(await act(bureau.head, report, "return", {"items": items}))
        await fill_in(school.officer, report)
        ok(await submit(school.head, report))
        ok(await act(bureau.head, report, "acceptance"))


class TestNil:
    @pytest.mark.parametrize("declared", [0, 2])
    async def test_stands_beside_no_event_of_any_template(self, world: World, declared: int) -> None:
        chain = await chain_of(world, COUNTED, NIL, rules=[], nil_item="NIL")
        (school,) = chain.schools
        report = chain.report(school)
        figure = {"item": "A3", "numerator": declared, "reason": "Sổ trực (bịa)"}
        await drafted(school, report, figure, {"item": "NIL", "numerator": 1})
        answer = await submit(school.head, report)
        if not declared:
            assert ok(answer)["versions"][0]["is_nil"] is True
            return
        problem = refused(answer, 409, "report_incomplete")
        assert codes_and_places(problem) == [("rule_broken", "/sections/figures/rules/nil:NIL")]
        sent = ok(await submit(school.head, report, incomplete=True))
        assert sent["versions"][0]["is_nil"] is False

    async def test_one_of_two_below_is_no_nil_of_the_level_above(self, world: World) -> None:
        chain = await chain_of(world, NIL, schools=2, rules=[], nil_item="NIL")
        bureau, above = chain.bureau, chain.report(chain.bureau)
        for school, number in zip(chain.schools, (1, 0), strict=True):
            await drafted(school, chain.report(school), {"item": "NIL", "numerator": number})
            ok(await submit(school.head, chain.report(school)))
            ok(await act(bureau.head, chain.report(school), "acceptance"))
        await begin(bureau.officer, above)
        assert ok(await submit(bureau.head, above))["versions"][0]["is_nil"] is False


class TestAdjustment:
    @pytest.mark.parametrize(
        ("figure", "code"),
        [
            ({"item": "A3", "adjustment": -9}, "adjusted_below_zero"),
            ({"item": "A3", "adjustment": 2, "numerator": 4}, "adjustment_unused"),
            ({"item": "A1", "adjustment": 2, "numerator": 4}, "adjustment_unused"),
            ({"item": "A1", "adjustment": 2}, "adjustment_unused"),
            ({"item": "A3", "adjustment": 2, "not_applicable": True}, "adjustment_unused"),
        ],
    )
    async def test_is_of_a_counted_figure_and_leaves_it_possible(
        self, world: World, figure: dict[str, Any], code: str
    ) -> None:
        chain = await chain_of(world, ITEMS[0], COUNTED, rules=[])
        (school,) = chain.schools
        report = chain.report(school)
        await begin(school.officer, report)
        answer = await fill(school.officer, report, "figures", figures=[figure | {"reason": "Đối chiếu (bịa)"}])
        assert codes_and_places(refused(answer, 422, "invalid")) == [(code, "/figures/0/adjustment")]
        kept = {"item": "A3", "adjustment": 2, "reason": "Đối chiếu (bịa)"}
        found = ok(await fill(school.officer, report, "figures", figures=[kept]))["figures"]
        assert [each["numerator"] for each in found if each["item"] == "A3"] == [2]


class TestForm:
    async def test_what_is_asked_only_above_is_no_part_of_a_school_report(self, world: World) -> None:
        chain = await chain_of(world, ITEMS[0], ABOVE, rules=[])
        (school,) = chain.schools
        report = chain.report(school)
        await begin(school.officer, report)
        answer = await fill(school.officer, report, "figures", figures=[{"item": "UP", "numerator": 4}])
        problem = refused(answer, 422, "invalid")
        assert codes_and_places(problem) == [("unknown_item", "/figures/0/item")]
        shown = ok(await fill(school.officer, report, "figures", figures=[{"item": "A1", "numerator": 4}]))
        assert [each["code"] for each in shown["definition"]["items"]] == ["A1"]
        ok(await submit(school.head, report))
        printed = ok(await school.head.get(f"{report}/documents/json"))
        assert "UP" not in str(printed)
        await begin(chain.bureau.officer, chain.report(chain.bureau))
        asked = ok(await chain.bureau.officer.get(f"{chain.report(chain.bureau)}/sections/figures"))
        assert [each["code"] for each in asked["definition"]["items"]] == ["A1", "UP"]

    async def test_a_school_declares_nothing_of_a_level_that_it_has_not(self, world: World) -> None:
        chain = await chain_of(world, ITEMS[0], rules=[])
        (school,) = chain.schools
        report = chain.report(school)
        await begin(school.officer, report)
        cells = [
            {"item": "A1", "cell": f"school_level={level}", "numerator": 1} for level in ("primary", "lower_secondary")
        ]
        answer = await fill(school.officer, report, "figures", figures=cells)
        problem = refused(answer, 422, "invalid")
        assert codes_and_places(problem) == [("level_not_of_unit", "/figures/1/cell")]
        assert problem["errors"][0]["allowed"] == ["primary"]

    async def test_the_wholes_of_cells_are_the_whole_of_their_total(self, world: World) -> None:
        chain = await chain_of(world, SHARE, rules=[])
        (school,) = chain.schools
        report = chain.report(school)
        await count_pupils(school.head, 432)
        await begin(school.officer, report)
        typed = {"item": "S1", "numerator": 50, "denominator": 51, "reason": "Đếm lại (bịa)"}
        shown = ok(await fill(school.officer, report, "figures", figures=[typed]))
        assert [(each["code"], each["strength"]) for each in shown["broken_rules"]] == [
            ("total:S1:school_level", "warning")
        ]
        shown = ok(await fill(school.officer, report, "figures", figures=[{"item": "S1", "numerator": 50}]))
        assert shown["broken_rules"] == []


class TestSteps:
    async def test_a_refusal_names_no_step_that_the_report_never_has(self, world: World, so_head: Client) -> None:
        chain = await create_chain(world, schools=1)
        bureau, above = chain.bureau, chain.report(chain.bureau)
        await begin(bureau.officer, above)
        await fill_in(bureau.officer, above)
        ok(await submit(bureau.head, above))
        problem = refused(await submit(bureau.head, above), 409, "wrong_state")
        assert problem["open_steps"] == ["return", "accept"]
        await top(world, chain)
        problem = refused(await submit(bureau.head, above), 409, "wrong_state")
        assert problem["open_steps"] == ["lock"]
        assert "Duyệt" not in problem["detail"]
        ok(await act(so_head, above, "lock"))


async def top(world: World, chain: Chain) -> None:
    """The bureau's report has no unit above that reviews it."""
    async with world.runtime.work(ALL) as work:
        report = await work.session.get_one(Report, chain.reports[chain.bureau.id])
        report.recipient_id = None
        await work.commit()


class TestLineage:
    async def test_a_cell_has_no_rows_and_a_misspelt_one_is_named(self, world: World) -> None:
        chain = await create_chain(world, schools=1)
        (school,) = chain.schools
        report = chain.report(school)
        await drafted(
            school,
            report,
            {"item": "A1", "numerator": 3},
            {"item": "A1", "cell": "sex=female", "numerator": 1},
            {"item": "A1", "cell": "sex=male", "numerator": 2},
        )
        ok(await fill(school.officer, report, "texts", narratives={"SITUATION": "Ổn định (bịa)"}))
        ok(await submit(school.head, report))
        lineage = f"{report}/figures/A1/lineage"
        found = ok(await school.head.get(f"{lineage}?cell=sex=female"))
        assert (found["figure"]["numerator"], found["own_numerator"], found["own_rows"]) == (1, None, None)
        assert ok(await school.head.get(lineage))["own_rows"] == 0
        assert_problem(await school.head.get(f"{lineage}?cell=sex=unknown"), 404, "not_found")
        for cell, code in {"sex=femal": "unknown_code", "location=online": "unknown_cell"}.items():
            problem = refused(await school.head.get(f"{lineage}?cell={cell}"), 422, "invalid")
            assert codes_and_places(problem) == [(code, "cell")]
