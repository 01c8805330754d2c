"""A revert keeps what people did since, also to the parts of a learner. All invented."""

from typing import Any

import pytest

from app.core.time import today
from tests.factories.http import API, ok, read_etag
from tests.factories.learners import guardian, write
from tests.factories.units import StaffedUnit
from tests.factories.uploads import UPLOADS_PATH, fates, run_uploads, table, upload

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
    ok(await school.head.post(f"{UPLOADS_PATH}/{over['id']}/revert", {"reason": "Nhầm tệp (mẫu)"}))
    await run_uploads(school.officer)
    assert ok(await school.head.get(f"{UPLOADS_PATH}/{over['id']}"))["state"] == "reverted"
    assert ok(await school.officer.get(learner))["nationality"] == "LA"
    assert fates(await upload(school.officer, body, "learners", policy="update_only")) == {"kept": 1}
