"""Exports: lists as documents, for whom the lists are open, recorded with a reason. All invented."""

import csv
import io
import json
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.models.audit import AuditEntry
from app.security.access.scope import ALL
from tests.factories.accounts import create_integration_client
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.learners import YEAR, create_class, create_pupil, guardian, write
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import fates, upload
from tests.world import Client, World

EXPORTS = f"{API}/exports"
REASON = "Lập danh sách lớp để in (bịa)"
FORMULA = "=HYPERLINK(1)"


async def export(client: Client, records: str, kind: str = "jsonl", **asked: Any) -> httpx.Response:
    year = {} if records in {"staff", "incidents", "referrals"} else {"school_year": YEAR}
    return await client.post(EXPORTS, {"exported": records, "format": kind, "reason": REASON, **year, **asked})


async def rows(client: Client, records: str, **asked: Any) -> list[dict[str, Any]]:
    answer = await export(client, records, **asked)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


# By engine: no test changes what is in it.
LINES: dict[str, tuple[StaffedUnit, StaffedUnit]] = {}


@pytest.fixture
async def line(world: World) -> tuple[StaffedUnit, StaffedUnit]:
    """A bureau, and a school below it."""
    if world.engine not in LINES:
        bureau = await create_unit(world, "bureau", "department")
        LINES[world.engine] = bureau, await _taught(world, bureau)
    return LINES[world.engine]


@pytest.fixture
def bureau(line: tuple[StaffedUnit, StaffedUnit]) -> StaffedUnit:
    return line[0]


@pytest.fixture
def taught(line: tuple[StaffedUnit, StaffedUnit]) -> StaffedUnit:
    return line[1]


async def _taught(world: World, bureau: StaffedUnit) -> StaffedUnit:
    """A school with a class of two learners, one with a mother, and a member of staff."""
    unit = await create_unit(world, under=bureau.id, levels=["lower_secondary"])
    row = await create_class(unit.officer, "6Q1")
    numbers = [{"kind": "moet", "value": "0000000071"}, {"kind": "personal_number", "value": "083215000071"}]
    first = await create_pupil(unit.officer, row["id"], "Nguyễn Thị Ý", identifiers=numbers, ethnicity="01")
    await create_pupil(unit.officer, row["id"], FORMULA, sex="male")
    ok(await write(unit.officer, first.id, "guardians", guardian()), 201)
    post = {"post": "clerk", "valid_from": "2024-09-05"}
    ok(await unit.officer.post(f"{API}/staff", {"full_name": "Lê Văn Bịa", "code": "NV-1", "posts": [post]}), 201)
    return unit


async def test_the_registry_goes_out_to_its_own_unit_and_to_nobody_else(
    taught: StaffedUnit, bureau: StaffedUnit, school: StaffedUnit
) -> None:
    own = {records: await rows(taught.officer, records) for records in ("learners", "guardians", "enrolments")}
    assert [(each["full_name"], each["class_code"], each["sex"]) for each in own["learners"]] == [
        (FORMULA, "6Q1", "male"),
        ("Nguyễn Thị Ý", "6Q1", "female"),
    ]
    assert own["learners"][1]["moet_code"] == "0000000071"
    assert "083215000071" not in str(own)
    assert [(each["relation"], each["full_name"]) for each in own["guardians"]] == [("mother", "Trần Thị Bịa")]
    assert [each["status"] for each in own["enrolments"]] == ["01", "01"]
    assert [each["code"] for each in await rows(taught.head, "classes")] == ["6Q1"]
    assert [(each["full_name"], each["post"]) for each in await rows(taught.head, "staff")] == [("Lê Văn Bịa", "clerk")]
    for other in (bureau.head, school.head):
        assert [await rows(other, records) for records in ("learners", "classes")] == [[], []]


async def test_facts_of_incidents_go_out_within_the_line_and_without_a_sealed_word(
    taught: StaffedUnit, bureau: StaffedUnit, school: StaffedUnit
) -> None:
    await taught.officer.create_intake(narrative="zqlờizq")
    for own in (taught.head, bureau.officer):
        [row] = await rows(own, "incidents")
        assert row["group"] == "school_violence"
        assert "zq" not in str(row)
    codes = {each["code"] for each in await rows(school.head, "incidents")}
    assert row["code"] not in codes
    assert await rows(taught.head, "incidents", last_day="2020-01-01") == []
    assert await rows(taught.head, "referrals") == []


async def test_an_export_is_recorded_with_its_reason_and_each_record_in_it(world: World, taught: StaffedUnit) -> None:
    answer = await export(taught.officer, "learners", "csv")
    recorded = (await list_items(taught.head, "exports"))[0]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{recorded["code"]}.csv"'
    assert (recorded["rows"], recorded["reason"], recorded["exported"]) == (2, REASON, "learners")
    assert ok(await taught.head.get(f"{EXPORTS}/{recorded['id']}")) == recorded
    async with world.runtime.work(ALL, write=False) as work:
        query = select(AuditEntry.body).where(AuditEntry.unit_id == taught.id)
        bodies = [each for each in await work.session.scalars(query) if "create_export" in each]
    [body] = [each for each in bodies if recorded["id"] in each]
    assert all(each["id"] in body for each in await list_items(taught.head, "learners"))


async def test_nobody_sees_the_exports_of_another_unit(taught: StaffedUnit, school: StaffedUnit) -> None:
    await export(taught.officer, "classes")
    recorded = (await list_items(taught.head, "exports"))[0]
    assert_problem(await school.head.get(f"{EXPORTS}/{recorded['id']}"), 404, "not_found")
    assert recorded["id"] not in {each["id"] for each in await list_items(school.head, "exports")}


async def test_teachers_counsellors_and_systems_export_nothing(world: World, taught: StaffedUnit) -> None:
    system = await create_integration_client(world, "school_a1", "learner:read", "incident:read")
    for other in (taught.teacher, await world.client("a1.counsellor"), await world.client("congan.partner"), system):
        assert_problem(await export(other, "learners"), 403, "forbidden")


async def test_what_goes_out_comes_in_again_and_is_no_formula(taught: StaffedUnit) -> None:
    text = (await export(taught.officer, "learners", "csv")).content
    table = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert [(row["Họ và tên"], row["Giới tính"]) for row in table] == [(f"'{FORMULA}", "Nam"), ("Nguyễn Thị Ý", "Nữ")]
    workbook = (await export(taught.officer, "learners", "xlsx")).content
    [head, *body] = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0).to_python()
    assert [dict(zip(head, row, strict=True))["Trạng thái"] for row in body] == ["Đang học", "Đang học"]
    mine = "".join(text.decode().splitlines(keepends=True)[::2]).encode()
    assert fates(await upload(taught.officer, mine, "learners", dry_run=True)) == {"same": 1}


async def test_the_level_above_hears_of_a_large_export(
    world: World, taught: StaffedUnit, bureau: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    await export(taught.officer, "learners")
    monkeypatch.setitem(world.runtime.settings.__dict__, "export_large_rows", 2)
    await export(taught.officer, "learners")
    found = [each["data"] for each in await list_items(bureau.head, "notices") if each["kind"] == "large_export_made"]
    assert [(each["exported"], each["rows"], each["unit_id"]) for each in found] == [("learners", 2, str(taught.id))]
    monkeypatch.setitem(world.runtime.settings.__dict__, "export_rows", 1)
    assert_problem(await export(taught.officer, "learners"), 422, "export_too_large")


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ({"records": "learners", "school_year": None}, "", "school_year_does_not_fit"),
        ({"records": "staff", "school_year": YEAR}, "", "school_year_does_not_fit"),
        ({"records": "learners", "school_year": "2098-2099"}, "/school_year", "unknown_school_year"),
        ({"records": "staff", "first_day": "2026-09-01"}, "", "days_do_not_fit"),
        ({"records": "incidents", "first_day": "2026-09-02", "last_day": "2026-09-01"}, "", "ends_before_start"),
    ],
)
async def test_what_does_not_fit_the_list_is_refused(
    school: StaffedUnit, asked: dict[str, Any], pointer: str, code: str
) -> None:
    assert_problem(await export(school.head, **asked), 422, code, pointer)
