"""A file that creates nobody may say by a number alone who is meant. All invented."""

from tests.factories.http import API, list_items, ok
from tests.factories.units import StaffedUnit
from tests.factories.uploads import fates, list_errors, table, upload

LEARNERS = table("Mã định danh,Họ và tên,Ngày sinh,Giới tính", "0000000071,Lê Thị Ân (mẫu),01/02/2015,Nữ")
NAMELESS = table("Mã định danh,Dân tộc", "0000000071,Kinh", "0000000072,Kinh", ",Kinh")


async def test_a_row_without_a_name_updates_whom_its_number_names(school: StaffedUnit) -> None:
    await upload(school.officer, LEARNERS, "learners")
    done = await upload(school.officer, NAMELESS, "learners", policy="update_only")
    assert fates(done) == {"updated": 1, "refused": 2}
    assert await list_errors(school.officer, done) == [
        (3, "moet_code", "unknown_learner"),
        (4, None, "learner_unnamed"),
    ]
    [learner] = await list_items(school.officer, "learners")
    found = ok(await school.officer.get(f"{API}/learners/{learner['id']}"))
    assert (found["full_name"], found["ethnicity"]) == ("Lê Thị Ân (mẫu)", "01")


async def test_an_empty_name_in_a_file_that_only_updates_stays_as_it_is(school: StaffedUnit) -> None:
    await upload(school.officer, LEARNERS, "learners")
    unnamed = LEARNERS.replace("Lê Thị Ân (mẫu)".encode(), b"")
    assert fates(await upload(school.officer, unnamed, "learners", policy="update_only")) == {"same": 1}
    assert fates(await upload(school.officer, unnamed, "learners")) == {"refused": 1}


async def test_a_file_that_may_create_needs_its_columns(school: StaffedUnit) -> None:
    fault = (await upload(school.officer, NAMELESS, "learners"))["fault"]
    assert (fault["code"], fault["columns"]) == ("columns_missing", ["full_name", "birth_date", "sex"])
