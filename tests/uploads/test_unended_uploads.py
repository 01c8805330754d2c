"""Uploads that do not come to their end: nobody released them, or they stopped half-way. All invented."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import time
from app.jobs.handlers import UPLOADS
from app.jobs.worker import MOST_ATTEMPTS, Worker
from app.models.accounts import User
from app.models.uploads.uploads import Upload, UploadFile
from app.security.access.scope import ALL
from app.services.uploads import sources
from app.services.uploads.files import delete_upload_files
from app.services.uploads.runs import UploadRun
from tests.factories.http import assert_problem, ok
from tests.factories.units import StaffedUnit
from tests.factories.uploads import (
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

CLASSES = table("Mã lớp,Tên lớp,Khối,Cấp học", *(f"6A{number},Lớp 6A{number} (mẫu),6,THCS" for number in range(40)))


async def delete_files(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        await delete_upload_files(work, {})
        await work.commit()


async def days_pass(world: World, upload_id: str) -> None:
    async with world.runtime.work(ALL) as work:
        row = await work.session.get_one(Upload, UUID(upload_id))
        row.created_at -= timedelta(days=31)
        row.ended_at = row.ended_at and row.ended_at - timedelta(days=31)
        await work.commit()


async def test_a_file_that_nobody_releases_is_not_stored_for_ever(world: World, school: StaffedUnit) -> None:
    held = await upload(school.officer, table("NĂM HỌC 2025 – 2026", "Mã lớp,Cấp học", "6A1,THCS"), "classes")
    assert held["state"] == "held"
    path = f"{UPLOADS_PATH}/{held['id']}"
    await delete_files(world)
    assert ok(await school.head.get(path))["state"] == "held"
    await days_pass(world, held["id"])
    await delete_files(world)
    assert ok(await school.head.get(path))["state"] == "cancelled"
    await days_pass(world, held["id"])
    await delete_files(world)
    async with world.runtime.work(ALL, write=False) as work:
        file = await work.session.scalar(select(UploadFile).where(UploadFile.upload_id == UUID(held["id"])))
        assert file is not None
        assert file.destroyed_at is not None
    assert_problem(await school.officer.get(f"{path}/errors.csv"), 410, "upload_file_gone")


@pytest.mark.parametrize("end", ["cancelled", "not allowed"])
async def test_an_upload_that_ends_half_way_says_so_and_is_taken_back(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(sources, "PART_BYTES", 600)
    made = ok(await send_file(school.officer, CLASSES, "classes"), 202)
    path, worker = f"{UPLOADS_PATH}/{made['id']}", Worker(world.runtime, UPLOADS)
    while not ok(await school.head.get(f"{path}/changes"))["items"]:
        assert await worker.step()
    if end == "cancelled":
        ok(await school.head.post(f"{path}/cancel"))
    else:
        async with world.runtime.work(ALL) as work:
            account = await work.session.get_one(User, school.officer.user_id)
            account.role = "counsellor"
            await work.commit()
    await run_uploads(school.head)
    found = ok(await school.head.get(path))
    assert found["state"] == "cancelled"
    assert 0 < found["rows"]["created"] < 40
    ok(await school.head.post(f"{path}/revert", {"reason": "Dở dang (mẫu)"}))
    await run_uploads(school.head)
    assert ok(await school.head.get(path))["state"] == "reverted"
    changes = ok(await school.head.get(f"{path}/changes"))["items"]
    assert {each["reversal"] for each in changes} == {"reversed"}


async def test_a_row_that_is_longer_than_a_part_is_read_whole(
    school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the document of errors, which reads the same parts again."""
    monkeypatch.setattr(sources, "PART_BYTES", 600)
    rows = ("6A1,Lớp 6A1,6,THCS", f"6A2,{'Lớp 6A2 ' * 40},6,THCS", "6A3,Lớp 6A3,6,THCS", "6A4,Lớp 6A4,6,THPTT")
    done = await upload(school.officer, table("Mã lớp,Tên lớp,Khối,Cấp học", *rows), "classes")
    assert (done["state"], fates(done)) == ("applied", {"created": 2, "refused": 2})
    assert await list_errors(school.officer, done) == [
        (3, "name", "cell_too_long"),
        (5, "school_level", "unknown_code"),
    ]
    document = await read_error_document(school.officer, done)
    assert [line.split(",")[1] for line in document.splitlines()[1:]] == ["3", "5"]


async def test_an_upload_whose_next_step_fails_for_good_ends_and_makes_room(
    school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise LookupError

    with monkeypatch.context() as broken:
        broken.setattr(UploadRun, "_apply", fails)
        real, made = time.utc_now, await upload(school.officer, CLASSES, "classes")
        for days in range(MOST_ATTEMPTS + 1):
            broken.setattr(time, "utc_now", lambda days=days: real() + timedelta(days=days))
            await run_uploads(school.officer)
    assert made["state"] == "applying"
    ended = ok(await school.head.get(f"{UPLOADS_PATH}/{made['id']}"))
    assert (ended["state"], ended["fault"]["code"]) == ("refused", "not_finished")
    # What was asked again comes through.
    assert fates(await upload(school.officer, CLASSES, "classes")) == {"created": 40}
