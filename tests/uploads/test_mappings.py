"""Heads that a clerk maps by hand: shown, remembered for the unit, dropped. All invented."""

from typing import Any

import pytest

from tests.factories.accounts import create_integration_client
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import fates, run_uploads, send_file, table, upload
from tests.factories.workbooks import workbook
from tests.world import World

AMBIGUOUS = table("Mã lớp,Lớp,Cấp học", "1,6C1,THCS", "2,6C2,THCS")
TWIN_HEADS = table("Mã lớp,Mã lớp,Cấp học", "1,6C3,THCS")
MAPPINGS = "upload-mappings"
WRITING = ("upload:create", "upload:read", "learner:create", "learner:update")


async def classes(unit: StaffedUnit, body: bytes, *mapping: str, **asked: Any) -> dict[str, Any]:
    return await upload(unit.officer, body, "classes", mapping=list(mapping), **asked)


async def test_an_ambiguous_head_names_the_choices_and_a_mapping_decides(school: StaffedUnit) -> None:
    refused = await classes(school, AMBIGUOUS)
    assert (refused["state"], refused["mapped"]) == ("refused", None)
    fault = refused["fault"]
    assert (fault["code"], fault["row"], fault["choices"]) == ("column_twice", 1, {"code": ["A", "B"]})
    done = await classes(school, AMBIGUOUS, "code:B", dry_run=True)
    assert (done["state"], done["columns"]) == ("checked", {"B": "code", "C": "school_level"})
    assert (done["mapped"], done["unknown_columns"]) == ({"B": "request"}, ["A"])


async def test_what_a_clerk_mapped_is_remembered_for_the_unit_until_it_is_dropped(
    world: World, school: StaffedUnit
) -> None:
    other = await create_unit(world)
    first = await classes(school, AMBIGUOUS, "code:B", dry_run=True)
    moved = table("Cấp học,Lớp,Mã lớp", "THCS,6C1,1")
    again = await upload(school.head, moved, "classes", dry_run=True)
    assert (fates(again), again["mapped"]) == ({"created": 1}, {"B": "remembered"})
    assert (await classes(other, moved))["fault"]["code"] == "column_twice"
    [mapping] = await list_items(school.head, MAPPINGS, dataset="classes")
    assert (mapping["column"], mapping["place"], mapping["upload_id"]) == ("code", "B", first["id"])
    assert await list_items(other.head, MAPPINGS) == await list_items(school.head, MAPPINGS, dataset="learners") == []
    path = f"{API}/{MAPPINGS}/{mapping['id']}"
    assert_problem(await other.officer.delete(path), 404, "not_found")
    assert_problem(await school.teacher.delete(path), 403, "forbidden")
    assert (await school.officer.delete(path)).status_code == 204
    assert (await classes(school, moved))["fault"]["code"] == "column_twice"


async def test_a_later_choice_replaces_the_remembered_one(school: StaffedUnit) -> None:
    for column in ("code:B", "name:B"):
        await classes(school, AMBIGUOUS, column, dry_run=True)
    done = await classes(school, AMBIGUOUS, dry_run=True)
    assert (done["columns"], done["mapped"]) == ({"A": "code", "B": "name", "C": "school_level"}, {"B": "remembered"})
    assert len(await list_items(school.officer, MAPPINGS)) == 1


async def test_heads_that_nobody_knows_are_mapped_and_known_again_in_a_workbook(school: StaffedUnit) -> None:
    rows = "TRƯỜNG MẪU,,,", "zqheadzq,NS,GT,Ghi chú", "Lê Thị Ân (mẫu),01/02/2015,Nữ,"
    unknown = await upload(school.officer, table(*rows), "learners", dry_run=True)
    assert unknown["fault"]["code"] == "head_not_found"
    mapping = ["full_name:A", "birth_date:B", "sex:C"]
    done = await upload(school.officer, table(*rows), "learners", dry_run=True, mapping=mapping)
    assert (fates(done), done["mapped"]) == ({"created": 1}, dict.fromkeys("ABC", "request"))
    content = workbook([["GT", "zqheadzq", "NS"], ["Nữ", "Lê Thị Ân (mẫu)", "01/02/2015"]])
    again = await upload(school.officer, content, "learners", dry_run=True)
    assert (fates(again), again["mapped"]) == ({"created": 1}, dict.fromkeys("ABC", "remembered"))
    part = await upload(school.officer, table("Họ và tên,Ngày sinh,GTT", "A,B,C"), "learners", dry_run=True)
    assert (part["fault"]["code"], part["fault"]["choices"]) == ("columns_missing", {"sex": ["C"]})
    assert "zqheadzq" not in str(done) + str(await list_items(school.officer, MAPPINGS))


async def test_two_heads_that_read_alike_are_not_remembered(school: StaffedUnit) -> None:
    done = await classes(school, TWIN_HEADS, "code:B", dry_run=True)
    assert (fates(done), done["mapped"]) == ({"created": 1}, {"B": "request"})
    assert (await classes(school, TWIN_HEADS))["fault"]["choices"] == {"code": ["A", "B"]}


async def test_a_head_of_the_template_is_mapped_to_another_column_for_one_file_alone(school: StaffedUnit) -> None:
    done = await classes(school, AMBIGUOUS, "name:A", dry_run=True)
    assert (done["columns"], done["mapped"]) == ({"A": "name", "B": "code", "C": "school_level"}, {"A": "request"})
    assert await list_items(school.officer, MAPPINGS) == []


async def test_what_a_system_maps_holds_for_its_file_alone(world: World) -> None:
    system = await create_integration_client(world, "school_a1", *WRITING)
    before = await list_items(system, MAPPINGS)
    done = await upload(system, AMBIGUOUS, "classes", mapping=["code:B"], dry_run=True)
    assert done["mapped"] == {"B": "request"}
    assert await list_items(system, MAPPINGS) == before


@pytest.mark.parametrize(
    ("mapping", "asked", "code"),
    [
        (["moment:A"], {}, "unknown_column"),
        (["code:A", "code:B"], {}, "mapped_twice"),
        (["code:A", "name:A"], {}, "mapped_twice"),
        (["code:A"], {"format": "jsonl"}, "mapping_does_not_fit"),
    ],
)
async def test_a_mapping_that_cannot_be_is_refused_at_once(
    school: StaffedUnit, mapping: list[str], asked: dict[str, Any], code: str
) -> None:
    assert_problem(
        await send_file(school.officer, AMBIGUOUS, "classes", mapping=mapping, **asked), 422, code, "mapping"
    )


async def test_a_mapping_names_a_place_with_a_head(school: StaffedUnit) -> None:
    assert (await send_file(school.officer, AMBIGUOUS, "classes", mapping="code=B")).status_code == 422
    done = await classes(school, AMBIGUOUS, "code:E")
    assert (done["fault"]["code"], done["fault"]["columns"]) == ("mapped_place_empty", ["code"])
    other = await send_file(school.officer, AMBIGUOUS, "classes", mapping=["code:B"], dry_run=True)
    assert ok(other, 202)["id"] != ok(await send_file(school.officer, AMBIGUOUS, "classes"), 202)["id"]
    await run_uploads(school.officer)
