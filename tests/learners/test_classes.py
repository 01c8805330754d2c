"""Classes, homeroom teachers by date, campuses and staff. All invented."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.time import today
from tests.factories.accounts import transfer_user
from tests.factories.http import API, assert_problem, list_items, ok, read_etag
from tests.factories.learners import appoint, change_enrolment, create_class, create_pupil, guardian, write
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import fates, list_errors, table, upload
from tests.world import World

DAY = timedelta(days=1)


@pytest.fixture
async def school(world: World) -> StaffedUnit:
    return await create_unit(world)


async def test_a_class_is_entered_once_however_its_code_is_written(school: StaffedUnit) -> None:
    made = await create_class(school.officer, "6Đ 1")
    again = {"school_year": "2026-2027", "code": "6d1", "name": "Lớp khác", "school_level": "lower_secondary"}
    assert_problem(await school.officer.post(f"{API}/classes", again), 409, "code_in_use")
    ok(await school.officer.post(f"{API}/classes", again | {"school_year": "2025-2026"}), 201)
    path = f"{API}/classes/{made['id']}"
    changed = ok(await school.officer.patch(path, {"name": "Lớp 6Đ1"}, await read_etag(school.officer, path)))
    assert (changed["name"], changed["grade"]) == ("Lớp 6Đ1", "6")


async def test_a_class_of_no_year_or_another_units_campus_is_refused(world: World, school: StaffedUnit) -> None:
    other = await create_unit(world)
    campus = {"code": "CS1", "name": "Điểm trường (mẫu)", "valid_from": "2020-09-01"}
    foreign = ok(await other.officer.post(f"{API}/campuses", campus), 201)
    body = {"school_year": "2026-2027", "code": "7A", "name": "Lớp 7A", "school_level": "lower_secondary"}
    unknown = await school.officer.post(f"{API}/classes", body | {"school_year": "2098-2099"})
    assert_problem(unknown, 422, "unknown_school_year", "/school_year")
    refused = await school.officer.post(f"{API}/classes", body | {"campus_id": foreign["id"]})
    assert_problem(refused, 422, "unknown_record", "/campus_id")


async def test_a_class_suits_the_levels_of_its_school_and_the_grades_of_its_level(world: World) -> None:
    officer, path = (await create_unit(world, levels=["primary", "kindergarten"])).officer, f"{API}/classes"
    body = {"school_year": "2026-2027", "code": "6A", "name": "Lớp 6A", "school_level": "lower_secondary", "grade": "6"}
    above = await officer.post(path, body)
    assert_problem(above, 422, "level_not_of_unit", "/school_level")
    assert above.json()["errors"][0]["allowed"] == ["primary", "kindergarten"]
    wrong = await officer.post(path, body | {"school_level": "primary"})
    assert_problem(wrong, 422, "grade_not_of_level", "/grade")
    assert wrong.json()["errors"][0]["allowed"] == ["1", "2", "3", "4", "5"]
    made = await create_class(officer, "5A", grade="5", school_level="primary")
    tag = await read_etag(officer, f"{path}/{made['id']}")
    for change, code in (
        ({"grade": "6"}, "grade_not_of_level"),
        ({"school_level": "kindergarten"}, "grade_not_of_level"),
    ):
        assert_problem(await officer.patch(f"{path}/{made['id']}", change, tag), 422, code, "/grade")
    rows = ("1A,1,Tiểu học", "5A,5,Tiểu học", "6B,6,THCS", "1C,6,Tiểu học", "1a,6,Tiểu học")
    done = await upload(officer, table("Mã lớp,Khối,Cấp học", *rows[:4]), "classes")
    assert fates(done) == {"created": 1, "same": 1, "refused": 2}
    codes = [(column, code) for _, column, code in await list_errors(officer, done)]
    assert codes == [("school_level", "level_not_of_unit"), ("grade", "grade_not_of_level")]
    assert fates(await upload(officer, table("Mã lớp,Khối,Cấp học", rows[4]), "classes")) == {"refused": 1}


async def test_a_campus_has_a_code_and_days(school: StaffedUnit) -> None:
    body = {"code": "CS1", "name": "Điểm trường (mẫu)", "valid_from": "2020-09-01"}
    made = ok(await school.officer.post(f"{API}/campuses", body), 201)
    assert_problem(await school.officer.post(f"{API}/campuses", body | {"code": "cs1"}), 409, "code_in_use")
    path = f"{API}/campuses/{made['id']}"
    tag = await read_etag(school.officer, path)
    wrong = await school.officer.patch(path, {"valid_to": "2020-09-01"}, tag)
    assert_problem(wrong, 422, "wrong_period", "/valid_to")
    ok(await school.officer.patch(path, {"valid_to": "2026-09-01"}, tag))
    assert [each["valid_to"] for each in await list_items(school.head, "campuses")] == ["2026-09-01"]


async def test_staff_have_posts_by_date(school: StaffedUnit) -> None:
    for name in ("Lê Văn Út", "Lê Văn An"):
        body = {"full_name": name, "posts": [{"post": "teacher", "valid_from": "2026-08-15"}]}
        ok(await school.officer.post(f"{API}/staff", body), 201)
    listed = await list_items(school.head, "staff")
    assert [each["full_name"] for each in listed] == ["Lê Văn An", "Lê Văn Út"]
    path, post = f"{API}/staff/{listed[0]['id']}", listed[0]["posts"][0]["id"]
    tag = await read_etag(school.officer, path)
    ended = ok(await school.officer.patch(f"{path}/posts/{post}", {"valid_to": "2027-06-01"}, tag))
    assert ended["posts"][0]["valid_to"] == "2027-06-01"
    more = {"post": "counsellor", "valid_from": "2027-06-01"}
    added = await school.officer.post(f"{path}/posts", more, headers={"If-Match": await read_etag(school.head, path)})
    assert [each["post"] for each in ok(added, 201)["posts"]] == ["teacher", "counsellor"]


class TestHomeroomTeachers:
    async def test_a_teacher_sees_name_class_and_contact_and_nothing_else(self, school: StaffedUnit) -> None:
        own, other = await create_class(school.officer), await create_class(school.officer)
        numbers = [{"kind": "personal_number", "value": "083215000002"}]
        more: dict[str, Any] = {"ethnicity": "01", "nationality": "VN", "disability": "vision", "identifiers": numbers}
        mine = await create_pupil(school.officer, own["id"], "Lê Của Tôi", **more)
        theirs = await create_pupil(school.officer, other["id"], "Lê Của Họ")
        ok(await write(school.officer, mine.id, "guardians", guardian()), 201)
        await appoint(school.head, own["id"], school.teacher)
        assert [each["id"] for each in await list_items(school.teacher, "classes")] == [own["id"]]
        assert [each["id"] for each in await list_items(school.teacher, "learners")] == [mine.id]
        read = ok(await school.teacher.get(mine.path))
        assert (read["full_name"], read["ethnicity"], read["nationality"], read["disability"]) == (
            "Lê Của Tôi",
            None,
            None,
            None,
        )
        assert sorted(read["masked"]) == ["disability", "ethnicity", "nationality"]
        assert [each["phone"] for each in ok(await school.teacher.get(f"{mine.path}/guardians"))] == ["0912 345 678"]
        assert_problem(await school.teacher.get(f"{mine.path}/identifiers"), 403, "forbidden")
        assert_problem(await school.teacher.get(theirs.path), 404, "not_found")
        found = ok(await school.teacher.post(f"{API}/learners/search", {"name": "le cua"}))
        assert [each["id"] for each in found["items"]] == [mine.id]

    async def test_only_on_the_days_of_the_post(self, world: World, school: StaffedUnit) -> None:
        own = await create_class(school.officer)
        pupil = await create_pupil(school.officer, own["id"])
        tomorrow = (today() + DAY).isoformat()
        await appoint(school.head, own["id"], school.teacher, valid_from=tomorrow)
        assert_problem(await school.teacher.get(pupil.path), 404, "not_found")
        past = await create_class(school.officer)
        theirs = await create_pupil(school.officer, past["id"])
        days = {"valid_from": (today() - 9 * DAY).isoformat(), "valid_to": today().isoformat()}
        await appoint(school.head, past["id"], school.teacher, **days)
        assert_problem(await school.teacher.get(theirs.path), 404, "not_found")
        assert world.engine

    async def test_a_learner_who_moves_on_is_gone_and_is_named(self, school: StaffedUnit) -> None:
        own, other = await create_class(school.officer), await create_class(school.officer)
        goes, leaves = [await create_pupil(school.officer, own["id"], name) for name in ("Lê Đi", "Lê Rời")]
        await appoint(school.head, own["id"], school.teacher)
        since = ok(await school.teacher.get(leaves.path))["updated_at"]
        ok(await change_enrolment(school.officer, goes, class_id=other["id"]), 201)
        ok(await change_enrolment(school.officer, leaves, status="04"), 201)
        for each in (goes, leaves):
            assert_problem(await school.teacher.get(each.path), 404, "not_found")
        listed = ok(await school.teacher.get(f"{API}/learners", params={"updated_since": since}))
        assert (listed["items"], sorted(listed["left"])) == ([], sorted([goes.id, leaves.id]))

    async def test_a_successor_takes_the_place_from_a_day_on(self, world: World, school: StaffedUnit) -> None:
        own = await create_class(school.officer)
        pupil = await create_pupil(school.officer, own["id"])
        await appoint(school.head, own["id"], school.teacher, valid_from=(today() - DAY).isoformat())
        ok(await school.teacher.get(pupil.path))
        await appoint(school.head, own["id"], school.counsellor)
        assert_problem(await school.teacher.get(pupil.path), 404, "not_found")
        path = f"{API}/classes/{own['id']}"
        former, current = ok(await school.head.get(f"{path}/teachers"))
        assert (former["valid_to"], current["user_id"]) == (today().isoformat(), str(school.counsellor.user_id))
        early = {"user_id": str(school.teacher.user_id), "valid_from": (today() - 2 * DAY).isoformat()}
        tag = {"If-Match": await read_etag(school.head, path)}
        assert_problem(await school.head.post(f"{path}/teachers", early, headers=tag), 409, "teacher_overlaps")
        stranger = await create_unit(world)
        foreign = {"user_id": str(stranger.teacher.user_id), "valid_from": (today() + DAY).isoformat()}
        refused = await school.head.post(f"{path}/teachers", foreign, headers=tag)
        assert_problem(refused, 422, "unknown_record", "/user_id")

    async def test_a_post_is_never_prolonged_by_its_end(self, school: StaffedUnit) -> None:
        own = await create_class(school.officer)
        made = await appoint(school.head, own["id"], school.teacher)
        path = f"{API}/classes/{own['id']}"
        longer = {"valid_to": "2090-01-01"}
        one = f"{path}/teachers/{made['id']}"
        ok(await school.head.patch(one, longer, await read_etag(school.head, path)))
        assert ok(await school.head.get(f"{path}/teachers"))[0]["valid_to"] == made["valid_to"]

    async def test_who_moves_to_another_unit_leaves_the_class(self, world: World, school: StaffedUnit) -> None:
        own = await create_class(school.officer)
        pupil = await create_pupil(school.officer, own["id"])
        await appoint(school.head, own["id"], school.teacher)
        moved = await transfer_user(world, school.teacher, (await create_unit(world)).id, "homeroom_teacher")
        assert_problem(await moved.get(pupil.path), 404, "not_found")
        assert await list_items(moved, "classes") == []
        assert ok(await school.head.get(pupil.path))["id"] == pupil.id
