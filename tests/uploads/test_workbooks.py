"""Workbooks by upload: read as a clerk sees them, within limits that no file exceeds. All invented."""

import re
from datetime import date

import pytest

from app.services.uploads import documents
from tests.factories.http import assert_problem
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import (
    ROSTER,
    ROSTER_HEAD,
    UPLOADS_PATH,
    fates,
    list_errors,
    read_error_document,
    send_file,
    upload,
)
from tests.factories.workbooks import old_workbook, rewritten, with_cell, with_dimension, workbook
from tests.world import World

HEAD = ROSTER_HEAD.split(",")
DAY = date(2026, 9, 30)
BOYS = ["Đầu năm", DAY, "Tiểu học", "Nam", 220, "EMIS (mẫu)"]
GIRLS = ["Đầu năm", DAY, "Tiểu học", "Nữ", 212.0, "EMIS (mẫu)"]
FAR = '<row r="1048576"><c r="OI1048576"><v>1</v></c></row>'
GOOD = workbook([["TRƯỜNG MẪU"], [], HEAD, BOYS, [], GIRLS])


@pytest.fixture
async def primary(world: World) -> StaffedUnit:
    return await create_unit(world, levels=["primary"])


async def test_a_workbook_is_read_as_its_csv_is(primary: StaffedUnit) -> None:
    done = await upload(primary.officer, GOOD)
    assert (done["state"], fates(done), done["format"]) == ("applied", {"created": 2, "blank": 1}, "xlsx")
    assert done["columns"]["E"] == "pupils"
    assert fates(await upload(primary.officer, ROSTER)) == {"same": 2}


@pytest.mark.parametrize("said", ["-1", "+1", "1e2", "&#45;1", "x"])
async def test_a_text_that_the_workbook_has_not_is_none_of_its_texts(primary: StaffedUnit, said: str) -> None:
    lying = rewritten(GOOD, lambda text: re.sub(r'(t="s"><v>)[0-9]+', rf"\g<1>{said}", text))
    answer = await send_file(primary.officer, lying)
    assert_problem(answer, 422, "workbook_refused")
    assert answer.json()["fault"] == "workbook_unreadable"


@pytest.mark.parametrize("limit", ["MOST_CELLS", "MOST_CHARACTERS"])
async def test_what_no_workbook_of_errors_can_have_is_left_to_the_csv(
    primary: StaffedUnit, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    done = await upload(primary.officer, ROSTER.replace(b"220", b"zqcellzq"))
    path = f"{UPLOADS_PATH}/{done['id']}"
    assert (await primary.officer.get(f"{path}/errors.xlsx")).status_code == 200
    monkeypatch.setattr(documents, limit, 1)
    assert_problem(await primary.officer.get(f"{path}/errors.xlsx"), 409, "error_workbook_too_large")
    assert "zqcellzq" in await read_error_document(primary.officer, done)


@pytest.mark.parametrize(
    "content",
    [
        workbook([HEAD, BOYS, GIRLS], first_row=7),
        workbook([HEAD, BOYS, GIRLS], hidden_first=True),
        with_dimension(workbook([HEAD, BOYS, GIRLS]), "A1:B2"),
        with_dimension(workbook([HEAD, BOYS, GIRLS]), "A1:XFD1048576"),
        workbook([HEAD, [*BOYS[:1], 46295, *BOYS[2:]], GIRLS]),
    ],
    ids=["head in row 8", "a hidden sheet before", "a small dimension", "a great dimension", "a serial for a day"],
)
async def test_odd_workbooks_are_read_right(primary: StaffedUnit, content: bytes) -> None:
    done = await upload(primary.officer, content)
    assert fates(done) == {"created": 2}, await list_errors(primary.officer, done)


async def test_the_old_workbooks_of_schools_are_read_too(primary: StaffedUnit) -> None:
    texts = [[*BOYS[:1], "30/09/2026", *BOYS[2:]], [*GIRLS[:1], 46295, *GIRLS[2:]]]
    done = await upload(primary.officer, old_workbook([["MẪU"], HEAD, *texts]))
    assert (done["format"], fates(done)) == ("xls", {"created": 2}), await list_errors(primary.officer, done)


async def test_errors_have_the_numbers_of_the_sheet(primary: StaffedUnit) -> None:
    done = await upload(primary.officer, workbook([["MẪU"], HEAD, [], [*BOYS[:4], "nhiều", BOYS[5]], GIRLS]))
    assert (4, "pupils", "not_a_number") in await list_errors(primary.officer, done)
    assert "nhiều" in await read_error_document(primary.officer, done)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (with_cell(GOOD, "XFD6"), "too_many_columns"),
        (with_cell(GOOD, "OK6"), "too_many_columns"),
        (rewritten(GOOD, lambda text: text[: len(text) // 2]), "workbook_unreadable"),
        (rewritten(GOOD, lambda text: text.replace("<sheetData>", f"<sheetData>{FAR}")), "workbook_too_large"),
    ],
    ids=["a cell in the last column", "a cell in the 401st column", "a sheet that ends early", "a cell far below"],
)
async def test_a_workbook_beyond_the_limits_kills_nobody(primary: StaffedUnit, content: bytes, fault: str) -> None:
    response = await send_file(primary.officer, content)
    assert_problem(response, 422, "workbook_refused")
    assert response.json()["fault"] == fault
    assert fates(await upload(primary.officer, GOOD)) == {"created": 2, "blank": 1}


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (GOOD[: len(GOOD) // 2], 422, "file_refused"),
        (b"<html><table><tr><td>1</td></tr></table></html>", 415, "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), 422, "file_refused"),
        (rewritten(GOOD, lambda text: '<!DOCTYPE x [<!ENTITY a "a">]>' + text), 422, "archive_unsafe"),
    ],
    ids=["half a file", "a web page named .xls", "a damaged .xls", "entities"],
)
async def test_what_only_looks_like_a_workbook_is_refused(
    primary: StaffedUnit, content: bytes, status: int, code: str
) -> None:
    assert_problem(await send_file(primary.officer, content), status, code)


async def test_the_stray_cell_is_named_by_its_row(primary: StaffedUnit) -> None:
    assert (await send_file(primary.officer, with_cell(GOOD, "XFD6"))).json()["row"] == 6


async def test_a_row_number_that_no_sheet_has_goes_into_no_answer(primary: StaffedUnit) -> None:
    number = "9" * 300
    response = await send_file(primary.officer, with_cell(GOOD, f"XFD{number}"))
    assert_problem(response, 422, "workbook_refused")
    assert number not in response.text


@pytest.mark.parametrize("said", ["1e999", "-1e999", "NaN"])
async def test_a_number_that_is_none_is_the_fault_of_its_row(primary: StaffedUnit, said: str) -> None:
    serials = workbook([HEAD, [*BOYS[:1], 46295, *BOYS[2:]], GIRLS])
    done = await upload(
        primary.officer, rewritten(serials, lambda text: text.replace("<v>46295</v>", f"<v>{said}</v>", 1))
    )
    assert done["state"] == "applied"
    assert (2, "counted_on", "not_a_date") in await list_errors(primary.officer, done)
    assert "not_a_date" not in await read_error_document(primary.officer, done)


async def test_a_workbook_without_a_cell_is_refused_as_a_file_without_a_head_is(primary: StaffedUnit) -> None:
    done = await upload(primary.officer, workbook([]))
    assert (done["state"], done["fault"]["code"], done["progress"]) == ("refused", "head_not_found", 1.0)
