"""Figures of a report in draft by upload, by the rules of a section that is edited by hand. All invented."""

from typing import Any

import pytest

from tests.factories.http import assert_problem, ok
from tests.factories.reports import Chain, act, begin, create_chain, fill, submit
from tests.factories.units import StaffedUnit
from tests.factories.uploads import (
    UPLOADS_PATH,
    fates,
    list_errors,
    revert_upload,
    send_file,
    table,
    upload,
)
from tests.world import Client, World

HEAD = "Mã báo cáo,Mã chỉ tiêu,Phân tổ,Giá trị,Mẫu số,Lý do,Ghi chú"


@pytest.fixture
async def chain(world: World) -> Chain:
    """A school whose report is in draft, and one that has not begun."""
    made = await create_chain(world)
    await begin(made.schools[0].officer, made.report(made.schools[0]))
    return made


async def code_of(chain: Chain, school: StaffedUnit) -> str:
    return str(ok(await school.officer.get(chain.report(school)))["code"])


async def send(by: Client, code: str, *rows: str, **asked: Any) -> dict[str, Any]:
    return await upload(by, table(HEAD, *(f"{code},{row}" for row in rows)), "report_values", school_year=None, **asked)


async def figures(chain: Chain, school: StaffedUnit) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What is declared, with its texts."""
    section = ok(await school.officer.get(f"{chain.report(school)}/sections/figures"))
    return {
        (each["item"], each["cell"]): (each["numerator"], each["denominator"], each["reason"], each["comment"])
        for each in section["figures"]
        if each["status"] == "declared"
    }


async def revert(school: StaffedUnit, done: dict[str, Any]) -> dict[int, str]:
    await revert_upload(school.head, done)
    page = ok(await school.head.get(f"{UPLOADS_PATH}/{done['id']}/changes"))
    return {each["row"]: each["reversal"] for each in page["items"]}


async def test_rows_declare_figures_and_leave_the_others(chain: Chain) -> None:
    school = chain.schools[0]
    code = await code_of(chain, school)
    assert fates(await send(school.officer, code, "A1,,3,,,", dry_run=True)) == {"created": 1}
    assert await figures(chain, school) == {}
    rows = ("A1,,3,,,Theo sổ (mẫu)", "A1,sex=female,1,,,", "A2,,1,4,,", "A3,,9,,Sót (mẫu),")
    done = await send(school.officer, code.lower(), *rows)
    assert fates(done) == {"created": 4}, await list_errors(school.officer, done)
    expected = {
        ("A1", ""): (3, None, None, "Theo sổ (mẫu)"),
        ("A1", "sex=female"): (1, None, None, None),
        ("A2", ""): (1, 4, None, None),
        ("A3", ""): (9, None, "Sót (mẫu)", None),
    }
    assert await figures(chain, school) == expected
    assert fates(await send(school.officer, code, "A1,,3,,,", "A2,,2,,,")) == {"same": 1, "updated": 1}
    assert await figures(chain, school) == expected | {("A2", ""): (2, 4, None, None)}


async def test_what_was_typed_by_hand_is_kept_unless_asked_and_a_revert_gives_it_back(chain: Chain) -> None:
    school = chain.schools[0]
    code = await code_of(chain, school)
    ok(await fill(school.officer, chain.report(school), "figures", figures=[{"item": "A1", "numerator": 5}]))
    assert fates(await send(school.officer, code, "A1,,6,,,")) == {"kept": 1}
    done = await send(
        school.officer, code, "A1,,6,,,Mới (mẫu)", "A2,,1,4,,", "A3,,9,,Sót (mẫu),", overwrite_edited=True
    )
    assert fates(done) == {"created": 2, "updated": 1}
    edited = [
        {"item": "A1", "numerator": 6, "comment": "Mới (mẫu)"},
        {"item": "A2", "numerator": 2, "denominator": 4},
        {"item": "A3", "numerator": 9, "reason": "Sót (mẫu)"},
    ]
    ok(await fill(school.officer, chain.report(school), "figures", figures=edited))
    assert await revert(school, done) == {2: "reversed", 3: "kept", 4: "reversed"}
    assert await figures(chain, school) == {("A1", ""): (5, None, None, None), ("A2", ""): (2, 4, None, None)}
    # What came back was typed by hand.
    assert fates(await send(school.officer, code, "A1,,6,,,")) == {"kept": 1}


WRONG = {
    "Z9,,3,,,": ("item", "unknown_item"),
    "=A1,,3,,,": ("item", "formula"),
    "A1,<script>,3,,,": ("cell", "unknown_cell"),
    "A1,sex=ghost,3,,,": ("cell", "unknown_code"),
    "A1,,-1,,,": ("value", "number_too_small"),
    "A1,,3,9,,": ("denominator", "no_denominator"),
    "A2,,3,,,": ("value", "ratio_has_two_parts"),
    "A2,,3,2,,": ("value", "ratio_above_one"),
    "A2,,0,0,,": ("denominator", "denominator_is_zero"),
    "A3,,9,,,": ("reason", "reason_required"),
    "A1,,3,,,=HYPERLINK(1)": ("note", "formula"),
}


async def test_a_row_that_could_not_be_typed_is_refused(chain: Chain) -> None:
    school = chain.schools[0]
    done = await send(school.officer, await code_of(chain, school), *WRONG)
    found = await list_errors(school.officer, done)
    assert [(column, code) for _, column, code in found if code != "repeated_key"] == list(WRONG.values())


async def test_a_report_that_nobody_edits_now_refuses_each_row_with_its_state(chain: Chain) -> None:
    school, other = chain.schools
    report, row = chain.report(school), ("A1,,7,,,", "A2,,1,4,,")

    async def codes(of: StaffedUnit) -> list[str]:
        return [
            each for _, _, each in await list_errors(of.officer, await send(of.officer, await code_of(chain, of), *row))
        ]

    assert await codes(other) == ["report_owed"] * 2
    done = await send(school.officer, await code_of(chain, school), "A2,,1,4,,")
    await fill_in_rest(school, report)
    ok(await submit(school.head, report))
    assert await codes(school) == ["report_submitted"] * 2
    assert ok(await school.head.get(f"{UPLOADS_PATH}/{done['id']}/reversal"))["failed"] == 1
    assert await revert(school, done) == {2: "failed"}
    ok(await act(chain.bureau.officer, report, "acceptance"))
    assert await codes(school) == ["report_accepted"] * 2
    ok(await act(await chain.world.client("so.head"), report, "lock"))
    assert await codes(school) == ["report_locked"] * 2


async def fill_in_rest(school: StaffedUnit, report: str) -> None:
    figures = [{"item": "A1", "numerator": 3}, {"item": "A2", "numerator": 1, "denominator": 4}]
    ok(await fill(school.officer, report, "figures", figures=figures))
    ok(await fill(school.officer, report, "texts", narratives={"SITUATION": "Ổn định (bịa)"}))


async def test_nobody_types_into_the_report_of_another_unit(chain: Chain, school_a1: Client) -> None:
    school = chain.schools[0]
    code = await code_of(chain, school)
    for other in (school_a1, chain.schools[1].head, chain.bureau.head):
        done = await send(other, code, "A1,,3,,,")
        assert [each for _, _, each in await list_errors(other, done)] == ["unknown_report"]
    counsellor = await chain.world.client("a1.counsellor")
    assert_problem(await send_file(counsellor, table(HEAD), "report_values", school_year=None), 403, "forbidden")
    assert await figures(chain, school) == {}
