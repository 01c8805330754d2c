"""Classes and learners by upload: found again by any number, enrolled, and left alone where a person changed them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.jobs.handlers import UPLOADS
from app.jobs.worker import Worker
from app.models.audit import AuditEntry
from app.models.learners.classes import SchoolClass
from app.models.learners.enrolments import Enrolment, EnrolmentStatus
from app.models.learners.learners import Learner, LearnerIdentifier
from app.models.units import Unit
from app.models.uploads.uploads import Upload
from app.repositories.units import UnitRepository
from app.security.access.scope import ALL
from app.services.uploads import sources
from app.services.uploads.runs import run_upload
from tests.factories.accounts import create_integration_client
from tests.factories.http import assert_problem, ok
from tests.factories.school_years import YEAR
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import (
    UPLOADS_PATH,
    fates,
    list_errors,
    revert_upload,
    run_uploads,
    send_file,
    table,
    upload,
)
from tests.factories.work import waiting_ids
from tests.world import World

CLASS_HEAD = "Mã lớp,Tên lớp,Khối,Cấp học"
CLASSES = table(CLASS_HEAD, "6A1,Lớp 6A1,6,THCS", "6A2,Lớp 6A2,6,THCS")
HEAD = "Mã lớp,Mã định danh Bộ GD&ĐT,Họ và tên,Ngày sinh,Giới tính,Dân tộc,Quốc tịch,Số ĐDCN,Trạng thái,Ngày trạng thái"
AN = "6A1,0000000011,Lê Thị Ân (mẫu),01/02/2015,Nữ,Kinh,Việt Nam,000000000011,Đang học,"
BINH = "6A2,0000000012,Trần Văn Bình (mẫu),03/04/2015,Nam,Khơ-me,Việt Nam,000000000012,Đang học,"


async def code_of_unit(world: World, unit_id: UUID) -> str:
    async with world.runtime.work(ALL, write=False) as work:
        version = await UnitRepository(work.session).open_version(unit_id)
        return str(version and version.code)


@pytest.fixture
async def classed(school: StaffedUnit) -> StaffedUnit:
    """A school with two classes."""
    done = await upload(school.officer, CLASSES, "classes")
    assert fates(done) == {"created": 2}, await list_errors(school.officer, done)
    return school


async def learners(world: World, unit_id: UUID) -> dict[str, Learner]:
    async with world.runtime.work(ALL, write=False) as work:
        rows = await work.session.scalars(select(Learner).where(Learner.unit_id == unit_id))
        return {str(each.full_name): each for each in rows}


async def placed(world: World, learner: Learner) -> list[tuple[str, str]]:
    """The class and the status of each dated status of a learner, in order."""
    async with world.runtime.work(ALL, write=False) as work:
        query = select(SchoolClass.code, EnrolmentStatus.status).join_from(
            EnrolmentStatus, SchoolClass, SchoolClass.id == EnrolmentStatus.class_id
        )
        query = query.join(Enrolment, Enrolment.id == EnrolmentStatus.enrolment_id)
        query = query.where(Enrolment.learner_id == learner.id).order_by(EnrolmentStatus.id)
        return [(code, status) for code, status in await work.session.execute(query)]


async def change(world: World, learner: Learner, **values: Any) -> None:
    """A change by hand."""
    async with world.runtime.work(ALL) as work:
        row = await work.session.get_one(Learner, learner.id)
        for name, value in {**values, "edited_at": work.now}.items():
            setattr(row, name, value)
        await work.commit()


class TestClasses:
    async def test_a_class_is_one_whatever_its_spelling(self, classed: StaffedUnit) -> None:
        again = table(CLASS_HEAD, "6a1,Lớp 6A1,Khối 6,THCS", "6 A2,Lớp 6A2 chọn,6,THCS")
        assert fates(await upload(classed.officer, again, "classes")) == {"same": 1, "updated": 1}

    async def test_two_spellings_of_one_class_in_a_file_are_refused(self, school: StaffedUnit) -> None:
        done = await upload(school.officer, table(CLASS_HEAD, "6A1,,6,THCS", "6a1,,6,THCS"), "classes")
        assert [code for _, _, code in await list_errors(school.officer, done)] == ["repeated_key"] * 2


class TestLearners:
    async def test_a_file_makes_learners_with_numbers_and_enrolments(self, world: World, classed: StaffedUnit) -> None:
        done = await upload(classed.officer, table(HEAD, AN, BINH), "learners")
        assert fates(done) == {"created": 2}, await list_errors(classed.officer, done)
        found = await learners(world, classed.id)
        assert {name: await placed(world, each) for name, each in found.items()} == {
            "Lê Thị Ân (mẫu)": [("6A1", "01")],
            "Trần Văn Bình (mẫu)": [("6A2", "01")],
        }
        assert all(each.edited_at is None and each.left_at is None for each in found.values())

    async def test_the_same_file_again_changes_nothing(self, world: World, classed: StaffedUnit) -> None:
        await upload(classed.officer, table(HEAD, AN, BINH), "learners")
        assert fates(await upload(classed.officer, table(HEAD, BINH, AN), "learners")) == {"same": 2}
        assert len(await learners(world, classed.id)) == 2

    async def test_personal_numbers_are_sealed(self, world: World, classed: StaffedUnit) -> None:
        await upload(classed.officer, table(HEAD, AN), "learners")
        async with world.runtime.work(ALL, write=False) as work:
            query = select(LearnerIdentifier).where(LearnerIdentifier.org_path == await path_of(work, classed.id))
            found = {each.kind: (each.value, each.sealed) for each in await work.session.scalars(query)}
        assert found["moet"] == ("0000000011", None)
        value, sealed = found["personal_number"]
        assert value is None
        assert sealed is not None
        assert "000000000011" not in sealed

    async def test_a_learner_is_found_by_any_number_or_by_name_and_birth(
        self, world: World, classed: StaffedUnit
    ) -> None:
        await upload(classed.officer, table(HEAD, AN), "learners")
        by_personal_number = AN.replace("0000000011,Lê", ",Lê").replace("Kinh", "Tày")
        by_name = AN.replace("0000000011,Lê", ",LÊ").replace(",000000000011,", ",,").replace("Thị Ân", "thị ân")
        assert fates(await upload(classed.officer, table(HEAD, by_personal_number), "learners")) == {"updated": 1}
        assert fates(await upload(classed.officer, table(HEAD, by_name), "learners")) == {"updated": 1}
        assert len(await learners(world, classed.id)) == 1

    async def test_a_row_that_meets_two_learners_is_refused_and_names_both(
        self, world: World, classed: StaffedUnit
    ) -> None:
        await upload(classed.officer, table(HEAD, AN, BINH), "learners")
        mixed = AN.replace("000000000011,Đang", "000000000012,Đang")
        done = await upload(classed.officer, table(HEAD, mixed), "learners")
        page = (await classed.officer.get(f"/api/v1/uploads/{done['id']}/errors")).json()
        codes = sorted(each.code for each in (await learners(world, classed.id)).values())
        assert [(each["code"], each["records"]) for each in page["items"]] == [("two_records", codes)]

    async def test_another_number_of_a_kind_is_refused(self, classed: StaffedUnit) -> None:
        await upload(classed.officer, table(HEAD, AN), "learners")
        done = await upload(
            classed.officer, table(HEAD, AN.replace("000000000011,Đang", "000000000099,Đang")), "learners"
        )
        assert await list_errors(classed.officer, done) == [(2, "personal_number", "other_number")]

    async def test_namesakes_with_numbers_of_their_own_are_two(self, world: World, classed: StaffedUnit) -> None:
        twin = AN.replace("0000000011,", "0000000021,").replace("000000000011,", "000000000021,")
        assert fates(await upload(classed.officer, table(HEAD, AN), "learners")) == {"created": 1}
        assert fates(await upload(classed.officer, table(HEAD, twin), "learners")) == {"created": 1}
        async with world.runtime.work(ALL, write=False) as work:
            rows = await work.session.scalars(select(Learner.id).where(Learner.unit_id == classed.id))
            assert len(rows.all()) == 2

    async def test_a_move_and_a_leaving_are_dated_statuses(self, world: World, classed: StaffedUnit) -> None:
        await upload(classed.officer, table(HEAD, AN), "learners")
        moved = AN.replace("6A1", "6A2")
        left = moved.replace("Đang học,", "Chuyển đi kỳ 1,27/11/2026")
        assert fates(await upload(classed.officer, table(HEAD, moved), "learners")) == {"updated": 1}
        before = (await learners(world, classed.id))["Lê Thị Ân (mẫu)"]
        done = await upload(classed.officer, table(HEAD, left), "learners")
        assert [code for _, _, code in await list_errors(classed.officer, done)] == ["status_earlier"]
        done = await upload(classed.officer, table(HEAD, left.replace("27/11/2026", "")), "learners")
        assert fates(done) == {"updated": 1}
        after = (await learners(world, classed.id))["Lê Thị Ân (mẫu)"]
        assert await placed(world, after) == [("6A1", "01"), ("6A2", "01"), ("6A2", "04")]
        assert (before.left_at, after.left_at is not None) == (None, True)

    async def test_what_a_person_changed_is_kept_unless_asked(self, world: World, classed: StaffedUnit) -> None:
        await upload(classed.officer, table(HEAD, AN), "learners")
        await change(world, (await learners(world, classed.id))["Lê Thị Ân (mẫu)"], sex="male")
        assert fates(await upload(classed.officer, table(HEAD, AN), "learners")) == {"kept": 1}
        asked = await upload(classed.officer, table(HEAD, AN), "learners", overwrite_edited=True)
        assert fates(asked) == {"updated": 1}
        assert (await learners(world, classed.id))["Lê Thị Ân (mẫu)"].sex == "female"

    async def test_a_class_of_no_such_code_is_an_error_of_its_cell(self, classed: StaffedUnit) -> None:
        done = await upload(classed.officer, table(HEAD, AN.replace("6A1", "9Z9")), "learners")
        assert await list_errors(classed.officer, done) == [(2, "class_code", "unknown_class")]

    async def test_the_audit_names_the_upload_and_no_row(self, world: World, classed: StaffedUnit) -> None:
        done = await upload(classed.officer, table(HEAD, AN), "learners")
        (learner,) = (await learners(world, classed.id)).values()
        async with world.runtime.work(ALL, write=False) as work:
            bodies = [each.body for each in await work.session.scalars(select(AuditEntry))]
        assert not any(str(learner.id) in body for body in bodies)
        assert any("upload_rows" in body and done["id"] in body for body in bodies)


async def path_of(work: Any, unit_id: UUID) -> str:
    found: str = (await work.session.get_one(Unit, unit_id)).org_path
    return found


def numbered(first: int, last: int, code: str = "6A1") -> list[str]:
    """Rows of invented learners with numbers of their own."""
    return [
        f"{code},00000001{n:02},Học Sinh Thử {n},{n % 28 + 1:02}/02/2015,Nam,Kinh,Việt Nam,,Đang học,"
        for n in range(first, last)
    ]


class TestHolds:
    async def test_a_file_of_another_school_waits_for_a_person(self, world: World, classed: StaffedUnit) -> None:
        first = await upload(classed.officer, table(HEAD, *numbered(0, 12)), "learners")
        assert (first["state"], first["held_because"]) == ("applied", [])
        held = await upload(classed.officer, table(HEAD, *numbered(50, 65)), "learners")
        assert (held["state"], held["held_because"], fates(held)) == ("held", ["few_known"], {"created": 15})
        assert len(await learners(world, classed.id)) == 12
        path = f"{UPLOADS_PATH}/{held['id']}/release"
        assert await waiting_ids(classed.head, "uploads_held") == [held["id"]]
        assert await waiting_ids(await world.client("phong_a.officer"), "uploads_held") == []
        system = await create_integration_client(world, "school_a1", "upload:create", "upload:read")
        assert_problem(await system.post(path, {"reason": "thử"}), 403, "forbidden")
        assert (await classed.head.post(path, {})).status_code == 422
        ok(await classed.head.post(path, {"reason": "Sáp nhập trường (mẫu)"}))
        await run_uploads(classed.officer)
        done = ok(await classed.head.get(f"{UPLOADS_PATH}/{held['id']}"))
        assert (done["state"], fates(done)) == ("applied", {"created": 15})
        assert_problem(await classed.head.post(path, {"reason": "lần nữa"}), 409, "wrong_state")
        assert await waiting_ids(classed.head, "uploads_held") == []

    async def test_a_file_by_which_many_change_class_waits(self, world: World, classed: StaffedUnit) -> None:
        await upload(classed.officer, table(HEAD, *numbered(0, 12)), "learners")
        held = await upload(classed.officer, table(HEAD, *numbered(0, 12, "6A2")), "learners")
        assert (held["state"], held["held_because"]) == ("held", ["many_moved"])
        ok(await classed.officer.post(f"{UPLOADS_PATH}/{held['id']}/cancel"))
        (one, *_) = (await learners(world, classed.id)).values()
        assert await placed(world, one) == [("6A1", "01")]

    @pytest.mark.parametrize(
        ("above", "column", "reason"),
        [
            ("Mã trường: {other}", None, "other_unit"),
            ("Đơn vị: {own}", None, None),
            (None, ("Mã trường", "{other}"), "other_unit"),
            (None, ("Mã trường", "{own}"), None),
            (None, ("Mã trường", "không ai có"), None),
            (None, ("Năm học", "2019"), "other_school_year"),
            (None, ("Năm học", "2019 - 2020"), "other_school_year"),
            (None, ("Năm học", YEAR), None),
        ],
    )
    async def test_a_file_that_names_another_unit_or_year_waits(
        self, world: World, classed: StaffedUnit, above: str | None, column: tuple[str, str] | None, reason: str | None
    ) -> None:
        other = await create_unit(world)
        codes = {"own": await code_of_unit(world, classed.id), "other": await code_of_unit(world, other.id)}
        lines = [HEAD, AN] if column is None else [f"{HEAD},{column[0]}", f"{AN},{column[1].format(**codes)}"]
        body = table(*([above.format(**codes)] if above else []), *lines)
        done = await upload(classed.officer, body, "learners")
        assert done["held_because"] == ([reason] if reason else [])
        assert done["state"] == ("held" if reason else "applied")

    async def test_a_file_of_another_school_year_waits(self, classed: StaffedUnit) -> None:
        title = "DANH SÁCH HỌC SINH NĂM HỌC 2025 – 2026"
        held = await upload(classed.officer, table(title, HEAD, AN), "learners")
        assert (held["state"], held["held_because"]) == ("held", ["other_school_year"])
        same = await upload(classed.officer, table(title.replace("2025 – 2026", "2026-2027"), HEAD, AN), "learners")
        assert same["state"] == "applied"


class TestReverts:
    async def test_a_revert_says_first_what_it_will_do_and_keeps_what_was_edited(
        self, world: World, classed: StaffedUnit
    ) -> None:
        done = await upload(classed.officer, table(HEAD, AN, BINH), "learners")
        path = f"{UPLOADS_PATH}/{done['id']}"
        await change(world, (await learners(world, classed.id))["Trần Văn Bình (mẫu)"], sex="female")
        foreseen = ok(await classed.head.get(f"{path}/reversal"))
        assert foreseen == {"reversed": 1, "kept": 1, "failed": 0, "is_whole": True}
        assert (await classed.head.post(f"{path}/revert", {})).status_code == 422
        ok(await classed.head.post(f"{path}/revert", {"reason": "Nhầm tệp (mẫu)"}))
        await run_uploads(classed.officer)
        assert ok(await classed.head.get(path))["state"] == "reverted"
        changes = ok(await classed.head.get(f"{path}/changes"))["items"]
        assert [(each["row"], each["reversal"]) for each in changes] == [(3, "kept"), (2, "reversed")]
        found = await learners(world, classed.id)
        void = {name: each.voided_at is not None for name, each in found.items()}
        assert void == {"Lê Thị Ân (mẫu)": True, "Trần Văn Bình (mẫu)": False}
        assert_problem(await classed.head.post(f"{path}/revert", {"reason": "lại"}), 409, "wrong_state")
        again = await upload(classed.officer, table(HEAD, AN), "learners")
        assert fates(again) == {"created": 1}
        assert len(await learners(world, classed.id)) == 2

    async def test_a_changed_learner_is_as_before(self, classed: StaffedUnit) -> None:
        await upload(classed.officer, table(HEAD, AN), "learners")
        moved = AN.replace("6A1", "6A2").replace("Kinh", "Tày").replace("01/02/2015", "02/02/2015")
        done = await upload(classed.officer, table(HEAD, moved), "learners")
        assert fates(done) == {"updated": 1}
        await revert_upload(classed.head, done)
        assert fates(await upload(classed.officer, table(HEAD, AN), "learners")) == {"same": 1}

    async def test_what_a_later_upload_changed_is_kept(self, classed: StaffedUnit) -> None:
        first = await upload(classed.officer, table(HEAD, AN), "learners")
        await upload(classed.officer, table(HEAD, AN.replace("Kinh", "Tày")), "learners")
        foreseen = ok(await classed.head.get(f"{UPLOADS_PATH}/{first['id']}/reversal"))
        assert (foreseen["reversed"], foreseen["kept"]) == (0, 1)

    async def test_a_class_with_learners_stays(self, school: StaffedUnit) -> None:
        made = await upload(school.officer, CLASSES, "classes")
        await upload(school.officer, table(HEAD, AN), "learners")
        await revert_upload(school.head, made)
        changes = ok(await school.head.get(f"{UPLOADS_PATH}/{made['id']}/changes"))["items"]
        assert [each["reversal"] for each in changes] == ["reversed", "failed"]

    async def test_after_its_days_nothing_is_reverted(self, world: World, classed: StaffedUnit) -> None:
        done = await upload(classed.officer, table(HEAD, AN), "learners")
        async with world.runtime.work(ALL) as work:
            row = await work.session.get_one(Upload, UUID(done["id"]))
            row.ended_at = work.now - timedelta(days=31)
            await work.commit()
        response = await classed.head.post(f"{UPLOADS_PATH}/{done['id']}/revert", {"reason": "muộn"})
        assert_problem(response, 409, "revert_too_late")


async def test_a_kill_at_any_step_loses_nothing_and_repeats_nothing(
    world: World, classed: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step runs once without its commit, as if the worker was killed, and then once more."""
    monkeypatch.setattr(sources, "PART_BYTES", 2000)
    made = ok(await send_file(classed.officer, table(HEAD, *numbered(0, 60)), "learners"), 202)
    worker, steps, left = Worker(world.runtime, UPLOADS), 0, True
    while left:
        async with world.runtime.work(ALL) as killed:
            await run_upload(killed, {"upload_id": made["id"]})
        left = bool(await worker.step())
        steps += left
    done = ok(await classed.officer.get(f"{UPLOADS_PATH}/{made['id']}"))
    assert (done["state"], fates(done)) == ("applied", {"created": 60})
    assert len(await learners(world, classed.id)) == 60
    assert steps > 6
