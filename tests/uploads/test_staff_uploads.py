"""Staff by upload: a row for each post, found by code or by name. All invented."""

from typing import Any

from tests.factories.http import API, ok
from tests.factories.units import StaffedUnit
from tests.factories.uploads import UPLOADS_PATH, fates, list_errors, revert_upload, table, upload
from tests.world import Client

HEAD = "Mã giáo viên,Họ và tên,Chức vụ,Từ ngày,Đến ngày"
TEACHER = "GV01,Lê Thị Mẫu,Giáo viên,15/08/2024,"
LEADER = "GV01,Lê Thị Mẫu,Tổng phụ trách Đội,2025-08-15,"
GUARD = ",Trần Văn Bịa,Bảo vệ,01/09/2020,31/05/2026"


async def send(unit: StaffedUnit, *rows: str, **asked: Any) -> dict[str, Any]:
    return await upload(unit.officer, table(HEAD, *rows), "staff", school_year=None, **asked)


async def staff(client: Client) -> dict[str, dict[str, Any]]:
    """The unit's staff by name, without those who are void."""
    page = ok(await client.get(f"{API}/staff"))
    return {each["full_name"]: each for each in page["items"] if each["voided_at"] is None}


def posts(member: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(each["post"], each["valid_to"]) for each in member["posts"]]


async def test_a_row_for_each_post_makes_each_person_once(school: StaffedUnit) -> None:
    checked = await send(school, TEACHER, LEADER, GUARD, dry_run=True)
    assert (fates(checked), await staff(school.head)) == ({"created": 3}, {})
    done = await send(school, TEACHER, LEADER, GUARD)
    assert fates(done) == {"created": 3}, await list_errors(school.officer, done)
    found = await staff(school.head)
    assert {name: posts(each) for name, each in found.items()} == {
        "Lê Thị Mẫu": [("teacher", None), ("team_leader", None)],
        "Trần Văn Bịa": [("guard", "2026-05-31")],
    }
    assert fates(await send(school, TEACHER, LEADER, GUARD)) == {"same": 3}


async def test_an_upload_ends_a_post_and_is_taken_back(school: StaffedUnit) -> None:
    await send(school, TEACHER)
    done = await send(school, f"{TEACHER}30/06/2026", LEADER.replace("Mẫu", "Mẫu Mới"))
    assert fates(done) == {"updated": 1, "created": 1}
    assert posts((await staff(school.head))["Lê Thị Mẫu Mới"]) == [("teacher", "2026-06-30"), ("team_leader", None)]
    await revert_upload(school.head, done)
    assert posts((await staff(school.head))["Lê Thị Mẫu"]) == [("teacher", None)]
    # What a revert left void comes back with the same row.
    assert fates(await send(school, LEADER)) == {"created": 1}
    assert posts((await staff(school.head))["Lê Thị Mẫu"]) == [("teacher", None), ("team_leader", None)]


async def test_a_person_whom_an_upload_made_is_void_after_a_revert_unless_somebody_changed_it(
    school: StaffedUnit,
) -> None:
    done = await send(school, TEACHER, LEADER, GUARD)
    guard = (await staff(school.head))["Trần Văn Bịa"]
    path, etag = f"{API}/staff/{guard['id']}/posts/{guard['posts'][0]['id']}", f'"{guard["version"]}"'
    ok(await school.head.patch(path, {"valid_to": "2026-06-30"}, etag))
    assert fates(await send(school, GUARD)) == {"kept": 1}
    await revert_upload(school.head, done)
    assert list(await staff(school.head)) == ["Trần Văn Bịa"]
    assert fates(await send(school, TEACHER)) == {"created": 1}
    assert sorted(await staff(school.head)) == ["Lê Thị Mẫu", "Trần Văn Bịa"]


WRONG = {
    "GV01,,Giáo viên,15/08/2024,": ("full_name", "required"),
    "GV01,Lê Thị Mẫu,Giáo viên,,": ("valid_from", "required"),
    "GV01,Lê Thị Mẫu,,15/08/2024,": ("post", "required"),
    "GV01,Lê Thị Mẫu,Thầy bói,15/08/2024,": ("post", "unknown_code"),
    "GV01,Lê Thị Mẫu,Giáo viên,15/08/2024,15/08/2024": ("valid_to", "ends_before_start"),
    "GV01,=HYPERLINK(1),Giáo viên,15/08/2024,": ("full_name", "formula"),
    "=1+1,Lê Thị Mẫu,Giáo viên,15/08/2024,": ("code", "formula"),
}


async def test_a_row_that_cannot_be_is_refused(school: StaffedUnit) -> None:
    found = await list_errors(school.officer, await send(school, *WRONG))
    assert [(column, code) for _, column, code in found] == list(WRONG.values())
    assert await staff(school.head) == {}


async def test_two_people_of_one_name_differ_by_their_codes(school: StaffedUnit) -> None:
    twins = (TEACHER, TEACHER.replace("GV01", "GV02"))
    assert fates(await send(school, *twins)) == {"created": 2}
    done = await send(school, TEACHER.replace("GV01", ""))
    assert [code for _, _, code in await list_errors(school.officer, done)] == ["two_staff"]
    assert fates(await send(school, *twins)) == {"same": 2}


async def test_nobody_reaches_the_staff_of_another_unit(
    school: StaffedUnit, school_a2: Client, bureau_a: Client
) -> None:
    done = await send(school, TEACHER)
    row = table(HEAD, TEACHER.replace("Mẫu", "Khác"))
    for other in (school_a2, bureau_a):
        assert fates(await upload(other, row, "staff", school_year=None, dry_run=True)) == {"created": 1}
        assert (await other.get(f"{UPLOADS_PATH}/{done['id']}")).status_code == 404
    assert list(await staff(school.head)) == ["Lê Thị Mẫu"]
