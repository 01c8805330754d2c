"""Workbooks that clerks get: templates to fill in, and their own rows with what is wrong. All invented."""

from datetime import date

import pytest

from app.services.uploads.datasets.all import DATASETS
from tests.factories.http import assert_problem
from tests.factories.school_years import YEAR
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import (
    DATASETS_PATH,
    ROSTER_HEAD,
    UPLOADS_PATH,
    fates,
    list_errors,
    read_error_workbook,
    table,
    upload,
)
from tests.factories.workbooks import members_of, rewritten, sheets_of, workbook
from tests.world import World

HEAD = ROSTER_HEAD.split(",")
DAY = date(2026, 9, 30)
BOYS = ["Đầu năm", DAY, "Tiểu học", "Nam", 220, "EMIS (mẫu)"]
GIRLS = ["Đầu năm", DAY, "Tiểu học", "Nữ", 212, "EMIS (mẫu)"]


@pytest.fixture
async def primary(world: World) -> StaffedUnit:
    return await create_unit(world, levels=["primary"])


async def template(unit: StaffedUnit, dataset: str) -> bytes:
    response = await unit.officer.get(f"{DATASETS_PATH}/{dataset}/template.xlsx")
    assert response.status_code == 200, response.text
    return response.content


def filled_in(content: bytes) -> bytes:
    """With the example as a row: the mark that makes a note of it is gone."""
    example = sheets_of(content)["Dữ liệu"][2][0]
    shown = example.removeprefix("# ")
    assert example != shown
    return rewritten(content, lambda text: text.replace(f">{example}<", f">{shown}<"), "xl/sharedStrings.xml")


class TestTemplates:
    async def test_it_has_every_column_and_comes_back_without_rows(self, primary: StaffedUnit) -> None:
        content = await template(primary, "roster_counts")
        heads = [head.removesuffix(" *") for head in sheets_of(content)["Dữ liệu"][0]]
        assert heads == [column.head.vi for column in DATASETS["roster_counts"].columns.all]
        done = await upload(primary.officer, content)
        assert (done["state"], fates(done)) == ("applied", {"skipped": 2})

    async def test_filled_in_it_comes_through_for_each_dataset(self, school: StaffedUnit) -> None:
        """In this order, as learners go into classes and guardians are those of learners."""
        for dataset in ("classes", "learners", "guardians"):
            year = YEAR if DATASETS[dataset].has_school_year else None
            done = await upload(school.officer, filled_in(await template(school, dataset)), dataset, school_year=year)
            assert fates(done) == {"created": 1, "skipped": 1}, await list_errors(school.officer, done)

    async def test_closed_lists_are_drop_downs_from_the_second_sheet(self, school: StaffedUnit) -> None:
        content = await template(school, "learners")
        lists = sheets_of(content)["Danh mục"]
        assert lists[0][:2] == ["Giới tính", "Dân tộc"]
        sheet = members_of(content)["xl/worksheets/sheet1.xml"]
        assert sheet.count("<dataValidation ") == len(lists[0])
        assert f"'Danh mục'!$A$2:$A${1 + sum(1 for row in lists[1:] if row[0])}" in sheet

    async def test_every_choice_of_a_list_is_taken(self, school: StaffedUnit) -> None:
        """One row for each ethnicity, with the other lists in turn."""
        lists = sheets_of(await template(school, "learners"))["Danh mục"]
        columns = {head: [row[at] for row in lists[1:] if row[at]] for at, head in enumerate(lists[0])}
        columns.pop("Trạng thái")
        rows = [
            [f"{number:010}", f"Ví Dụ {number}", date(2015, 1, 1)]
            + [choices[number % len(choices)] for choices in columns.values()]
            for number in range(max(map(len, columns.values())))
        ]
        body = workbook([["Mã định danh", "Họ và tên", "Ngày sinh", *columns], *rows])
        done = await upload(school.officer, body, "learners", dry_run=True)
        assert fates(done) == {"created": len(rows)}, await list_errors(school.officer, done)

    async def test_nothing_in_it_is_a_formula(self, school: StaffedUnit) -> None:
        for dataset in DATASETS:
            assert "<f>" not in members_of(await template(school, dataset))["xl/worksheets/sheet1.xml"]

    async def test_an_unknown_dataset_has_none(self, school: StaffedUnit) -> None:
        assert_problem(await school.officer.get(f"{DATASETS_PATH}/units/template.xlsx"), 404, "not_found")


class TestErrorWorkbooks:
    async def test_it_has_the_refused_rows_alone_with_marks_and_the_errors_first(self, primary: StaffedUnit) -> None:
        wrong = [*BOYS[:3], "khác", "nhiều", BOYS[5]]
        done = await upload(primary.officer, workbook([["MẪU"], [*HEAD, "Ghi chú"], [*wrong, "=1+1"], [], GIRLS]))
        content = await read_error_workbook(primary.officer, done)
        head, row = sheets_of(content)["Dữ liệu"]
        assert [each.removesuffix(" *") for each in head] == [
            "Lỗi (errors)", "Dòng (row)", "Gợi ý (proposal)", *HEAD, "Cột không đọc 1 (not read)",
        ]  # fmt: skip
        assert "Giới tính: " in row[0]
        assert "Số học sinh: " in row[0]
        assert row[1] == "3"
        assert row[3:9] == ["Đầu năm", DAY, "Tiểu học", "khác", "nhiều", "EMIS (mẫu)"]
        parts = members_of(content)
        assert parts["xl/comments1.xml"].count("<comment ") == 2
        assert 'ref="G2"' in parts["xl/comments1.xml"]
        assert "<f>" not in parts["xl/worksheets/sheet1.xml"]

    async def test_mended_in_place_it_comes_through(self, primary: StaffedUnit) -> None:
        done = await upload(primary.officer, workbook([HEAD, [*BOYS[:3], "khác", *BOYS[4:]], GIRLS[:4]]))
        sheet = sheets_of(await read_error_workbook(primary.officer, done))["Dữ liệu"]
        sheet[1][6], sheet[2][7], sheet[2][8] = "Nam", 212, "EMIS (mẫu)"
        again = await upload(primary.officer, workbook(sheet))
        assert fates(again) == {"created": 2}, await list_errors(primary.officer, again)
        assert again["unknown_columns"] == ["A", "B", "C"]

    async def test_a_text_file_has_one_too(self, primary: StaffedUnit) -> None:
        row = 'Đầu năm,30/09/2026,Tiểu học,Nam,nhiều,"=HYPERLINK(""x"")"'
        done = await upload(primary.officer, table(ROSTER_HEAD, row))
        content = await read_error_workbook(primary.officer, done)
        assert sheets_of(content)["Dữ liệu"][1][8] == '\'=HYPERLINK("x")'

    async def test_it_is_for_the_uploader_alone(self, primary: StaffedUnit, school: StaffedUnit) -> None:
        done = await upload(primary.officer, table(ROSTER_HEAD, "a,b,c,d,e,f"))
        path = f"{UPLOADS_PATH}/{done['id']}/errors.xlsx"
        assert (await primary.officer.get(path)).status_code == 200
        assert_problem(await primary.head.get(path), 403, "forbidden")
        assert_problem(await school.officer.get(path), 404, "not_found")

    async def test_a_cell_that_no_workbook_holds_is_left_to_the_csv(self, primary: StaffedUnit) -> None:
        done = await upload(primary.officer, table(ROSTER_HEAD + ",Ghi chú", f"a,b,c,d,e,f,{'g' * 40_000}"))
        content = await read_error_workbook(primary.officer, done)
        assert sheets_of(content)["Dữ liệu"][1][9:] in ([], [""])
        assert "errors.csv" in members_of(content)["xl/comments1.xml"]
