"""Uploads as their callers see them: received once, checked, applied, explained. All invented."""

import json
from typing import Any

import pytest

from app.jobs.handlers import UPLOADS
from app.jobs.worker import Worker
from tests.factories.http import assert_problem, list_items, ok
from tests.factories.school_years import freeze_roster_count, pupils, put_roster_count, roster_path
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import (
    BOYS,
    DATASETS_PATH,
    GIRLS,
    ROSTER,
    ROSTER_HEAD,
    UPLOADS_PATH,
    fates,
    list_errors,
    read_error_document,
    run_uploads,
    send_file,
    table,
    upload,
)
from tests.world import World

COUNT = roster_path()


@pytest.fixture
async def primary(world: World) -> StaffedUnit:
    return await create_unit(world, levels=["primary"])


async def counts(unit: StaffedUnit) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(await unit.head.get(COUNT))["counts"]
    return found


async def test_a_file_becomes_records_once(primary: StaffedUnit) -> None:
    received = await send_file(primary.officer, ROSTER)
    assert received.status_code == 202
    made = received.json()
    assert received.headers["Location"].endswith(f"/uploads/{made['id']}")
    assert (made["state"], made["rows"]["read"]) == ("received", 0)
    await run_uploads(primary.officer)
    done = ok(await primary.head.get(f"{UPLOADS_PATH}/{made['id']}"))
    assert (done["state"], fates(done), done["progress"]) == ("applied", {"created": 2}, 1.0)
    assert done["columns"]["E"] == "pupils"
    assert await counts(primary) == sorted(pupils("primary", 220, 212), key=lambda each: each["sex"])
    again = await upload(primary.officer, ROSTER)
    assert again["id"] != made["id"]
    assert fates(again) == {"same": 2}


async def test_the_same_request_is_one_upload_until_it_ended(primary: StaffedUnit) -> None:
    first = ok(await send_file(primary.officer, ROSTER), 202)
    assert ok(await send_file(primary.head, ROSTER))["id"] == first["id"]
    other = ok(await send_file(primary.officer, ROSTER, dry_run=True), 202)
    assert other["id"] != first["id"]
    await run_uploads(primary.officer)


async def test_two_uploads_of_a_unit_at_most_are_under_way(primary: StaffedUnit, school: StaffedUnit) -> None:
    files = [table(ROSTER_HEAD, BOYS, f"#{number}") for number in range(3)]
    first = ok(await send_file(primary.officer, files[0]), 202)
    ok(await send_file(primary.officer, files[1]), 202)
    assert_problem(await send_file(primary.head, files[2]), 409, "uploads_running")
    ok(await send_file(school.officer, files[2]), 202)
    ok(await primary.head.post(f"{UPLOADS_PATH}/{first['id']}/cancel"))
    ok(await send_file(primary.head, files[2]), 202)
    await run_uploads(primary.officer)


async def test_a_dry_run_says_what_would_be_and_writes_nothing(primary: StaffedUnit) -> None:
    done = await upload(primary.officer, ROSTER, dry_run=True)
    assert (done["state"], fates(done)) == ("checked", {"created": 2})
    assert await counts(primary) == []


async def test_every_error_of_every_row_has_its_place_and_its_code(primary: StaffedUnit) -> None:
    wrong = "Giữa năm,31/02/2026,Đại học,khác,nhiều,"
    done = await upload(primary.officer, table("Trường mẫu", ROSTER_HEAD, BOYS, "", wrong, GIRLS))
    assert (done["state"], fates(done)) == ("applied", {"created": 2, "refused": 1, "blank": 1})
    assert await list_errors(primary.head, done) == [
        (5, "moment", "unknown_code"),
        (5, "counted_on", "not_a_date"),
        (5, "school_level", "unknown_code"),
        (5, "sex", "unknown_code"),
        (5, "pupils", "not_a_number"),
        (5, "source", "required"),
    ]


async def test_all_or_nothing_leaves_nothing_of_a_file_with_an_error(primary: StaffedUnit) -> None:
    body = table(ROSTER_HEAD, BOYS, GIRLS, BOYS.replace("Đầu", "Cuối").replace("220", "-1"))
    done = await upload(primary.officer, body, mode="all_or_nothing")
    assert (done["state"], done["fault"]["code"], fates(done)) == (
        "refused",
        "rows_refused",
        {"created": 2, "refused": 1},
    )
    assert await counts(primary) == []
    assert (await upload(primary.officer, ROSTER, mode="all_or_nothing"))["state"] == "applied"


async def test_all_or_nothing_takes_back_what_a_late_refusal_leaves(world: World, primary: StaffedUnit) -> None:
    """Somebody freezes the count between the check and the application."""
    end = ROSTER.replace("Đầu năm".encode(), "Cuối năm".encode()).split(b"\n", 1)[1]
    ok(await put_roster_count(primary.head, COUNT, *pupils("primary", 1, 1)))
    made = ok(await send_file(primary.officer, ROSTER + end, mode="all_or_nothing"), 202)
    worker = Worker(world.runtime, UPLOADS)
    while ok(await primary.head.get(f"{UPLOADS_PATH}/{made['id']}"))["state"] != "applying":
        await worker.step()
    ok(await freeze_roster_count(primary.head, COUNT))
    await run_uploads(primary.officer)
    done = ok(await primary.head.get(f"{UPLOADS_PATH}/{made['id']}"))
    assert (done["state"], done["fault"]["code"]) == ("refused", "rows_refused")
    assert {code for _, _, code in await list_errors(primary.officer, done)} == {"count_frozen"}
    assert ok(await primary.head.get(roster_path(moment="end")))["counts"] == []


async def test_a_key_that_stands_twice_refuses_both_rows_and_names_them(primary: StaffedUnit) -> None:
    body = table(ROSTER_HEAD, BOYS, GIRLS, BOYS.replace("220", "221"))
    done = await upload(primary.officer, body, dry_run=True)
    page = ok(await primary.officer.get(f"{UPLOADS_PATH}/{done['id']}/errors"))
    found = [(each["row"], each["code"], each["other_row"]) for each in page["items"]]
    assert found == [(2, "repeated_key", 4), (4, "repeated_key", 2)]
    assert fates(done) == {"created": 1, "refused": 2}


async def test_the_mended_rows_of_the_error_document_come_through(primary: StaffedUnit) -> None:
    body = table("\ufeff" + ROSTER_HEAD, BOYS.replace("Tiểu học", "Tieu hocc"), GIRLS.replace("30/09/2026", "30/09/26"))
    done = await upload(primary.officer, body)
    assert fates(done) == {"refused": 2}
    document = await read_error_document(primary.officer, done)
    assert "Tieu hocc" in document
    mended = document.replace("Tieu hocc", "Tiểu học").replace("30/09/26,", "30/09/2026,")
    again = await upload(primary.officer, mended.encode())
    assert (again["state"], fates(again)) == ("applied", {"created": 2})


async def test_the_error_document_is_for_the_uploader_alone(primary: StaffedUnit, school: StaffedUnit) -> None:
    done = await upload(primary.officer, table(ROSTER_HEAD, BOYS.replace("220", "x")))
    path = f"{UPLOADS_PATH}/{done['id']}"
    refused = await primary.head.get(f"{path}/errors.csv")
    assert_problem(refused, 403, "forbidden")
    assert "tài khoản đã tải" in refused.json()["detail"]
    assert_problem(await school.officer.get(f"{path}/errors.csv"), 404, "not_found")
    for other in (school.officer, primary.teacher):
        assert (await other.get(path)).status_code == (404 if other is school.officer else 403)
    assert done["id"] not in {each["id"] for each in await list_items(school.head, "uploads")}
    assert done["id"] in {each["id"] for each in await list_items(primary.head, "uploads")}


async def test_no_cell_is_in_an_answer(primary: StaffedUnit) -> None:
    done = await upload(primary.officer, table(ROSTER_HEAD, BOYS.replace("220", "zqcellzq")))
    errors = (await primary.head.get(f"{UPLOADS_PATH}/{done['id']}/errors")).text
    assert "zqcellzq" not in errors + str(done)


@pytest.mark.parametrize(
    ("body", "code", "row", "columns"),
    [
        (b"a,b\nc,d\n", "head_not_found", None, []),
        (
            table("Cấp học,Giới tính", "Tiểu học,Nam"),
            "columns_missing",
            1,
            ["moment", "counted_on", "pupils", "source"],
        ),
        (table(ROSTER_HEAD), "no_rows", None, []),
        (table(ROSTER_HEAD, BOYS, '"' + GIRLS), "unclosed_quote", 3, []),
        (table(ROSTER_HEAD, BOYS) + b"\xff\xff", "mixed_encoding", 3, []),
        (table(ROSTER_HEAD, *[BOYS] * 501), "too_many_rows", None, []),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_as_a_whole(
    primary: StaffedUnit, body: bytes, code: str, row: int | None, columns: list[str]
) -> None:
    done = await upload(primary.officer, body)
    assert (done["state"], done["fault"]["code"], done["fault"]["row"]) == ("refused", code, row)
    assert done["fault"]["columns"] == columns
    assert await counts(primary) == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "file_refused"),
        (b"%PDF-1.7\n", 415, "not_a_table"),
        (b"PK\x03\x04zip", 422, "file_refused"),
        (b"MZ program", 415, "not_a_table"),
    ],
)
async def test_what_is_no_table_is_not_received(primary: StaffedUnit, body: bytes, status: int, code: str) -> None:
    assert_problem(await send_file(primary.officer, body), status, code)


@pytest.mark.parametrize(
    ("asked", "status", "code", "pointer"),
    [
        ({"school_year": "2098-2099"}, 422, "unknown_school_year", "school_year"),
        ({"school_year": None}, 422, "school_year_does_not_fit", "school_year"),
        ({"dataset": "units"}, 422, "unknown_dataset", "dataset"),
    ],
)
async def test_a_request_that_cannot_be_is_refused_at_once(
    primary: StaffedUnit, asked: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    assert_problem(await send_file(primary.officer, ROSTER, **asked), status, code, pointer)


async def test_policies_leave_rows_out(primary: StaffedUnit) -> None:
    assert fates(await upload(primary.officer, ROSTER, policy="update_only")) == {"skipped": 2}
    ok(await put_roster_count(primary.head, COUNT, *pupils("primary", 1, 212)))
    assert fates(await upload(primary.officer, ROSTER, policy="create_only")) == {"skipped": 2}
    assert fates(await upload(primary.officer, ROSTER, policy="update_only")) == {"updated": 1, "same": 1}


class TestRosterCounts:
    async def test_a_file_names_the_whole_count_of_a_moment(self, primary: StaffedUnit) -> None:
        ok(await put_roster_count(primary.head, COUNT, *pupils("primary", 220, 212)))
        done = await upload(primary.officer, table(ROSTER_HEAD, BOYS.replace("220", "221")))
        assert await list_errors(primary.officer, done) == [(2, None, "count_incomplete")]

    async def test_rows_of_one_count_have_one_day_and_one_source(self, primary: StaffedUnit) -> None:
        done = await upload(primary.officer, table(ROSTER_HEAD, BOYS, GIRLS.replace("EMIS", "Sổ")))
        assert (3, "source", "differs_within_count") in await list_errors(primary.officer, done)
        assert fates(done) == {"refused": 2}

    async def test_a_frozen_count_changes_no_more(self, primary: StaffedUnit) -> None:
        ok(await put_roster_count(primary.head, COUNT, *pupils("primary", 220, 212)))
        ok(await freeze_roster_count(primary.head, COUNT))
        done = await upload(primary.officer, table(ROSTER_HEAD, BOYS.replace("220", "1"), GIRLS))
        assert {code for _, _, code in await list_errors(primary.officer, done)} == {"count_frozen"}
        assert fates(await upload(primary.officer, ROSTER)) == {"same": 2}


class TestTemplates:
    async def test_a_template_comes_back_as_a_file_without_rows(self, primary: StaffedUnit) -> None:
        response = await primary.officer.get(f"{DATASETS_PATH}/roster_counts/template.csv")
        done = await upload(primary.officer, response.content)
        assert (done["state"], fates(done)) == ("applied", {"skipped": 2})

    async def test_the_example_of_a_template_is_a_right_row(self, primary: StaffedUnit) -> None:
        text = (await primary.officer.get(f"{DATASETS_PATH}/roster_counts/template.csv")).text
        head, note, example = text.splitlines()
        done = await upload(primary.officer, "\n".join([head, note, example.removeprefix("# ")]).encode(), dry_run=True)
        assert fates(done) == {"skipped": 1, "created": 1}

    async def test_a_dataset_names_its_columns_and_their_lists(self, primary: StaffedUnit) -> None:
        (roster,) = [each for each in ok(await primary.officer.get(DATASETS_PATH)) if each["code"] == "roster_counts"]
        lists = {each["name"]: each["code_list"] for each in roster["columns"]}
        assert (lists["school_level"], lists["pupils"], roster["keys"]) == (
            "school_level",
            None,
            [["moment", "school_level", "sex"]],
        )
        assert_problem(await primary.officer.get(f"{DATASETS_PATH}/units/template.csv"), 404, "not_found")


async def test_json_lines_are_taken_too(primary: StaffedUnit) -> None:
    rows = [
        {
            "moment": "start",
            "counted_on": "2026-09-30",
            "school_level": "primary",
            "sex": sex,
            "pupils": 5,
            "source": "EMIS (mẫu)",
        }
        for sex in ("male", "female")
    ]
    body = "\n".join(json.dumps(row) for row in rows).encode()
    done = await upload(primary.officer, body, format="jsonl")
    assert (fates(done), done["columns"]) == ({"created": 2}, None)
