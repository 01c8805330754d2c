"""A revert keeps what people did since, also to the parts of a learner, and occupies the database briefly."""

from typing import Any

import pytest

from app.core.time import today
from app.jobs.handlers import UPLOADS
from app.jobs.worker import Worker
from app.services.uploads import reverts
from tests.factories.http import API, ok, read_etag
from tests.factories.learners import guardian, write
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit
from tests.factories.uploads import UPLOADS_PATH, fates, revert_upload, run_uploads, table, upload
from tests.world import World

CLASSES = table("Mã lớp,Tên lớp,Khối,Cấp học", "6A1,Lớp 6A1,6,THCS", "6A2,Lớp 6A2,6,THCS")
LEARNERS = table("Mã lớp,Mã định danh,Họ và tên,Ngày sinh,Giới tính", "6A1,0000000031,Lê Thị Ân (mẫu),01/02/2015,Nữ")
NUMBER = {"kind": "passport", "value": "B0000001"}


@pytest.fixture
async def made(school: StaffedUnit) -> dict[str, Any]:
    """An upload of one learner."""
    assert fates(await upload(school.officer, CLASSES, "classes")) == {"created": 2}
    return await upload(school.officer, LEARNERS, "learners")


async def the_learner(school: StaffedUnit) -> str:
    [found] = ok(await school.officer.get(f"{API}/learners"))["items"]
    return str(found["id"])


async def leave(school: StaffedUnit) -> None:
    learner = await the_learner(school)
    [enrolment] = ok(await school.officer.get(f"{API}/learners/{learner}/enrolments"))
    body = {"status": "04", "valid_from": today().isoformat()}
    ok(await write(school.officer, learner, f"enrolments/{enrolment['id']}/statuses", body), 201)


async def add_number(school: StaffedUnit) -> None:
    ok(await write(school.officer, await the_learner(school), "identifiers", NUMBER), 201)


async def bar(school: StaffedUnit) -> None:
    body = guardian(may_know_whereabouts=False)
    ok(await write(school.officer, await the_learner(school), "guardians", body), 201)


@pytest.mark.parametrize("act", [leave, add_number, bar])
async def test_a_learner_whose_parts_were_changed_by_hand_is_kept(
    school: StaffedUnit, made: dict[str, Any], act: Any
) -> None:
    await act(school)
    path, learner = f"{UPLOADS_PATH}/{made['id']}", await the_learner(school)
    assert ok(await school.head.get(f"{path}/reversal"))["kept"] == 1
    before = ok(await school.officer.get(f"{API}/learners/{learner}/enrolments"))
    ok(await school.head.post(f"{path}/revert", {"reason": "Nhầm tệp (mẫu)"}))
    await run_uploads(school.officer)
    assert await the_learner(school) == learner
    assert ok(await school.officer.get(f"{API}/learners/{learner}/enrolments")) == before


@pytest.mark.usefixtures("made")
async def test_a_revert_gives_back_what_the_upload_overwrote_and_that_it_was_edited(school: StaffedUnit) -> None:
    learner = f"{API}/learners/{await the_learner(school)}"
    ok(await school.officer.patch(learner, {"nationality": "LA"}, await read_etag(school.officer, learner)))
    body = table("Mã định danh,Quốc tịch", "0000000031,Việt Nam")
    asked = {"policy": "update_only", "overwrite_edited": True}
    over = await upload(school.officer, body, "learners", **asked)
    assert fates(over) == {"updated": 1}
    await revert_upload(school.head, over)
    assert ok(await school.head.get(f"{UPLOADS_PATH}/{over['id']}"))["state"] == "reverted"
    assert ok(await school.officer.get(learner))["nationality"] == "LA"
    assert fates(await upload(school.officer, body, "learners", policy="update_only")) == {"kept": 1}


async def test_a_revert_goes_in_steps_each_of_few_statements(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has one writer: a step ends after its first rows where these took long, and asks little for each."""
    monkeypatch.setattr(reverts, "LONGEST_S", 0.0)
    await upload(school.officer, CLASSES, "classes")
    rows = (f"6A1,0000001{n:03},Lê Thị Mẫu {n},01/02/2015,Nữ" for n in range(2 * reverts.BATCH + 1))
    made = await upload(school.officer, table("Mã lớp,Mã định danh,Họ và tên,Ngày sinh,Giới tính", *rows), "learners")
    path = f"{UPLOADS_PATH}/{made['id']}"
    with sent(world) as foreseeing:
        foreseen = ok(await school.head.get(f"{path}/reversal"))
    assert foreseen == {"reversed": 101, "kept": 0, "failed": 0, "is_whole": True}
    ok(await school.head.post(f"{path}/revert", {"reason": "Nhầm tệp (mẫu)"}))
    worker, found = Worker(world.runtime, UPLOADS), list[tuple[int, int]]()
    while True:
        with sent(world) as said:
            if not await worker.step():
                break
        left = ok(await school.head.get(f"{path}/changes", params={"limit": 200}))["items"]
        found.append((sum(each["reversal"] is None for each in left), len(said)))
    assert [left for left, _ in found] == [51, 1, 0, 0]
    assert ok(await school.head.get(path))["state"] == "reverted"
    assert len(foreseeing) < reverts.BATCH
    # An UPDATE of each row that changes, of which some go by themselves.
    assert max(number for _, number in found) < 6 * reverts.BATCH
