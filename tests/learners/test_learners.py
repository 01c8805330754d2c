"""Learners of a unit: entered, found in Vietnamese order, and never removed. All invented."""

from typing import Any

import pytest

from app.core.time import today
from tests.factories.http import API, assert_problem, list_items, ok, read_etag
from tests.factories.learners import (
    YEAR,
    change_enrolment,
    create_class,
    create_learner,
    create_pupil,
    guardian,
    learner,
    write,
)
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World

LEARNERS = f"{API}/learners"
MOET = {"kind": "moet", "value": "0000000017"}


@pytest.fixture
async def school(world: World) -> StaffedUnit:
    return await create_unit(world)


async def test_a_school_enters_a_learner_and_reads_it_back(school: StaffedUnit) -> None:
    made = await create_learner(school.officer, ethnicity="01", nationality="VN", disability="vision")
    read = ok(await school.head.get(f"{LEARNERS}/{made['id']}"))
    assert read == made
    assert (read["ethnicity"], read["nationality"], read["disability"], read["masked"]) == ("01", "VN", "vision", [])
    assert read["code"].startswith("HS-")


async def test_no_answer_holds_the_key_that_joins_records_of_a_child(school: StaffedUnit) -> None:
    made = await create_learner(school.head)
    listed = await list_items(school.head, "learners")
    assert {"person_id", "folded_name", "sort_name", "key_id"}.isdisjoint({*made, *listed[0]})


async def test_a_list_is_in_the_order_of_given_names_over_its_pages(school: StaffedUnit) -> None:
    names = ["Trần Đan", "Lê Án", "Lê An", "Bùi Dung", "Lê Anh", "Ngô An"]
    for name in names:
        await create_learner(school.officer, name)
    in_order = ["Lê An", "Ngô An", "Lê Án", "Lê Anh", "Bùi Dung", "Trần Đan"]
    assert [each["full_name"] for each in await list_items(school.head, "learners")] == in_order
    first = ok(await school.head.get(f"{LEARNERS}?limit=4"))
    rest = ok(await school.head.get(f"{LEARNERS}?limit=4&cursor={first['next_cursor']}"))
    assert [each["full_name"] for each in (*first["items"], *rest["items"])] == in_order
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("name", ["thị án", "thi an", "THI AN", "Thi\u0323 A\u0301n"])
async def test_a_name_is_found_with_and_without_diacritics(school: StaffedUnit, name: str) -> None:
    for full_name in ("Lê Thị Án", "Lê Thị Bông"):
        await create_learner(school.officer, full_name)
    found = ok(await school.counsellor.post(f"{LEARNERS}/search", {"name": name}))
    assert ([each["full_name"] for each in found["items"]], found["more"]) == (["Lê Thị Án"], False)


async def test_a_search_says_that_there_is_more(school: StaffedUnit) -> None:
    for number in range(3):
        await create_learner(school.officer, f"Lê Thị Số {number}")
    found = ok(await school.head.post(f"{LEARNERS}/search", {"name": "so", "limit": 2}))
    assert (len(found["items"]), found["more"]) == (2, True)


async def test_a_change_by_hand_is_noted_and_needs_the_tag(school: StaffedUnit) -> None:
    made = await create_learner(school.officer)
    path = f"{LEARNERS}/{made['id']}"
    tag = await read_etag(school.officer, path)
    changed = ok(await school.officer.patch(path, {"full_name": "Lê Thị Đổi", "ethnicity": "02"}, tag))
    assert (changed["full_name"], changed["ethnicity"], changed["version"]) == ("Lê Thị Đổi", "02", 2)
    assert changed["edited_at"] > made["edited_at"]
    assert_problem(await school.officer.patch(path, {"sex": "male"}, tag), 412, "stale")
    cleared = ok(await school.officer.patch(path, {"ethnicity": None}, await read_etag(school.officer, path)))
    assert cleared["ethnicity"] is None


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"sex": "both"}, "/sex", "unknown_code"),
        ({"ethnicity": "99"}, "/ethnicity", "unknown_code"),
        ({"full_name": " "}, "/full_name", "string_too_short"),
        ({"birth_date": "2099-01-01"}, "/birth_date", "in_the_future"),
        ({"nationality": "Vietnam"}, "/nationality", "string_pattern_mismatch"),
        ({"identifiers": [{"kind": "personal_number", "value": "12345"}]}, "/identifiers/0", "identifier_form"),
        ({"identifiers": [{"kind": "library", "value": "1"}]}, "/identifiers/0/kind", "unknown_code"),
    ],
)
async def test_what_cannot_be_is_refused(school: StaffedUnit, change: dict[str, Any], pointer: str, code: str) -> None:
    assert_problem(await school.officer.post(LEARNERS, learner() | change), 422, code, pointer)
    assert await list_items(school.head, "learners") == []


async def test_nobody_is_removed(school: StaffedUnit) -> None:
    made = await create_learner(school.officer)
    assert (await school.head.delete(f"{LEARNERS}/{made['id']}")).status_code == 405


class TestIdentifiers:
    async def test_a_number_names_one_learner_of_a_unit_at_a_time(self, school: StaffedUnit) -> None:
        first = await create_learner(school.officer, identifiers=[MOET])
        assert_problem(await school.officer.post(LEARNERS, learner(identifiers=[MOET])), 409, "identifier_in_use")
        path = f"{LEARNERS}/{first['id']}"
        [held] = ok(await school.head.get(f"{path}/identifiers"))
        tag = await read_etag(school.head, path)
        ended = await school.head.patch(f"{path}/identifiers/{held['id']}", {"valid_to": today().isoformat()}, tag)
        assert ok(ended)["valid_to"] == today().isoformat()
        assert (await create_learner(school.officer, identifiers=[MOET]))["id"] != first["id"]

    async def test_two_units_may_have_records_of_one_child(self, world: World, school: StaffedUnit) -> None:
        other = await create_unit(world)
        for each in (school, other):
            await create_learner(each.officer, identifiers=[MOET])

    async def test_zeros_in_front_and_sealed_numbers_are_read_back(self, school: StaffedUnit) -> None:
        numbers = [MOET, {"kind": "personal_number", "value": "083215000001"}, {"kind": "passport", "value": "P000001"}]
        made = await create_learner(school.officer, identifiers=numbers)
        read = ok(await school.counsellor.get(f"{LEARNERS}/{made['id']}/identifiers"))
        assert sorted((each["kind"], each["value"]) for each in read) == sorted(
            (each["kind"], each["value"]) for each in numbers
        )


class TestGuardians:
    async def test_contacts_and_who_may_not_be_told(self, school: StaffedUnit) -> None:
        made = await create_learner(school.officer)
        barred = guardian("Lê Văn Bịa", relation="father", may_know_whereabouts=False, may_be_contacted=False)
        ok(await write(school.officer, made["id"], "guardians", guardian(preferred_channel="zalo")), 201)
        ok(await write(school.officer, made["id"], "guardians", barred), 201)
        father, mother = ok(await school.counsellor.get(f"{LEARNERS}/{made['id']}/guardians"))
        assert (mother["full_name"], mother["phone"], mother["preferred_channel"]) == (
            "Trần Thị Bịa",
            "0912 345 678",
            "zalo",
        )
        assert (father["may_be_contacted"], father["may_know_whereabouts"]) == (False, False)

    async def test_no_contact_details_is_a_state(self, school: StaffedUnit) -> None:
        made = await create_learner(school.officer)
        first = ok(await write(school.officer, made["id"], "guardians", guardian(phone=None)), 201)
        assert first["has_contact_details"] is False
        path = f"{LEARNERS}/{made['id']}"
        tag = await read_etag(school.officer, path)
        changed = await school.officer.patch(f"{path}/guardians/{first['id']}", {"email": "me@example.org"}, tag)
        assert ok(changed)["has_contact_details"] is True

    async def test_one_person_is_entered_once_in_a_relation(self, school: StaffedUnit) -> None:
        made = await create_learner(school.officer)
        ok(await write(school.officer, made["id"], "guardians", guardian()), 201)
        again = await write(school.officer, made["id"], "guardians", guardian("TRAN THI BIA"))
        assert_problem(again, 409, "duplicate")
        ok(await write(school.officer, made["id"], "guardians", guardian(relation="guardian")), 201)


class TestEnrolments:
    async def test_leaving_is_a_dated_status(self, school: StaffedUnit) -> None:
        row = await create_class(school.officer)
        pupil = await create_pupil(school.officer, row["id"])
        left = ok(await change_enrolment(school.officer, pupil, status="04"), 201)
        assert (left["status"], left["left_on"] is None, left["class_id"]) == ("04", False, row["id"])
        assert [each["status"] for each in left["statuses"]] == ["01", "04"]
        back = ok(await change_enrolment(school.officer, pupil, status="06"), 201)
        assert (back["status"], back["left_on"]) == ("06", None)

    async def test_a_move_keeps_the_class_of_the_start(self, school: StaffedUnit) -> None:
        first, second = [await create_class(school.officer) for _ in range(2)]
        pupil = await create_pupil(school.officer, first["id"])
        moved = ok(await change_enrolment(school.officer, pupil, class_id=second["id"]), 201)
        assert (moved["start_class_id"], moved["class_id"], moved["status"]) == (first["id"], second["id"], "01")

    async def test_a_year_has_one_enrolment(self, school: StaffedUnit) -> None:
        row = await create_class(school.officer)
        pupil = await create_pupil(school.officer, row["id"])
        body = {"class_id": row["id"], "entered_on": "2026-09-07"}
        assert_problem(await write(school.officer, pupil.id, "enrolments", body), 409, "already_enrolled")

    async def test_days_go_forward_and_something_changes(self, school: StaffedUnit) -> None:
        row, former = await create_class(school.officer), await create_class(school.officer, school_year="2025-2026")
        pupil = await create_pupil(school.officer, row["id"])
        early = await change_enrolment(school.officer, pupil, status="04", valid_from="2026-09-01")
        assert_problem(early, 409, "earlier_status")
        assert_problem(await change_enrolment(school.officer, pupil), 422, "no_change", "/status")
        other = await change_enrolment(school.officer, pupil, class_id=former["id"])
        assert_problem(other, 422, "other_year", "/class_id")

    async def test_the_twelve_statuses_say_who_is_present(self, school: StaffedUnit) -> None:
        listed = ok(await school.teacher.get(f"{API}/enrolment-statuses"))
        assert {each["code"] for each in listed if each["is_present"]} == {"01", "02", "03", "06", "07", "10"}
        assert len(listed) == 12
        assert not any(each["is_confirmed"] for each in listed)


class TestLists:
    async def test_filters_are_of_one_enrolment(self, school: StaffedUnit) -> None:
        first, second = [await create_class(school.officer) for _ in range(2)]
        one = await create_pupil(school.officer, first["id"], "Lê Một")
        two = await create_pupil(school.officer, second["id"], "Lê Hai")
        await create_learner(school.officer, "Lê Ba")
        ok(await change_enrolment(school.officer, two, status="05"), 201)

        async def names(**asked: Any) -> list[str]:
            return [each["full_name"] for each in await list_items(school.head, "learners", **asked)]

        assert await names(class_id=first["id"]) == ["Lê Một"]
        assert await names(school_year=YEAR) == ["Lê Hai", "Lê Một"]
        assert await names(school_year=YEAR, status="05") == ["Lê Hai"]
        assert await names(class_id=first["id"], status="05") == []
        assert one.id != two.id

    async def test_what_changed_and_is_no_longer_asked_for_is_named(self, school: StaffedUnit) -> None:
        first, second = [await create_class(school.officer) for _ in range(2)]
        stays = await create_pupil(school.officer, first["id"], "Lê Ở")
        goes = await create_pupil(school.officer, first["id"], "Lê Đi")
        since = ok(await school.head.get(f"{LEARNERS}/{goes.id}"))["updated_at"]
        ok(await change_enrolment(school.officer, goes, class_id=second["id"]), 201)
        asked = {"class_id": first["id"], "updated_since": since}
        found = ok(await school.head.get(LEARNERS, params=asked))
        assert stays.id not in found["left"]
        assert goes.id in found["left"]
        assert goes.id not in {each["id"] for each in found["items"]}
