"""The acts that wrote a record are found by its subject, whether by hand or by upload. All invented."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from app.core.ids import new_id
from app.core.time import today
from app.security.access.flush import Changes, FlushSession, Rows
from app.security.audit.trail import trace_of
from tests.factories.http import API, ok
from tests.factories.learners import create_class, create_learner, create_pupil, guardian, write
from tests.factories.units import StaffedUnit
from tests.factories.uploads import UPLOADS_PATH, fates, run_uploads, table, upload
from tests.world import Client, World

CLASSES = table("Mã lớp,Tên lớp,Khối,Cấp học", "6A1,Lớp 6A1,6,THCS", "6A2,Lớp 6A2,6,THCS")
HEAD = "Mã lớp,Mã định danh,Số ĐDCN,Họ và tên,Ngày sinh,Giới tính,Trạng thái"
CHILD = "0000000041,012345678941,Lê Thị Ân (mẫu),01/02/2015,Nữ"
FILES = {
    "classes": CLASSES,
    "learners": table(HEAD, f"6A1,{CHILD},02"),
    "guardians": table("Mã định danh,Quan hệ,Họ tên phụ huynh,SĐT", "0000000041,Mẹ,Lê Thị Bịa,0912345678"),
    "staff": table("Mã giáo viên,Họ tên,Vị trí,Từ ngày", "GV41,Lê Văn Mẫu,Giáo viên,01/09/2026"),
}
BY_HAND = ["add_guardian", "add_identifier", "change_enrolment", "create_learner", "enrol_learner"]
Written = tuple[str, str]


class Spy:
    """The subject of each row that is written while the audit log names an upload alone: its learner or member of
    staff, else itself."""

    def __init__(self) -> None:
        self.found = set[Written]()

    def flushed(self, session: FlushSession, changes: Changes) -> None:
        if trace_of(session).is_listed_elsewhere:
            for row in (*changes.new, *changes.updated):
                self._note(type(row), {column.key: getattr(row, column.key) for column in row.__table__.columns})

    def inserted(self, _: FlushSession, rows: Rows) -> None:
        for model, some in rows.items():
            for row in some:
                self._note(model, row)

    def _note(self, model: Any, row: Mapping[str, Any]) -> None:
        if model.__audited__ and model.__tablename__ not in {"upload", "job"}:
            subject = row.get("learner_id") or row.get("staff_id") or row["id"]
            self.found.add((model.__tablename__, str(subject)))


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    made = Spy()
    monkeypatch.setattr(FlushSession, "watchers", [*FlushSession.watchers, made.flushed])
    monkeypatch.setattr(FlushSession, "rows_watchers", [*FlushSession.rows_watchers, made.inserted])
    return made


async def found(auditor: Client, record_id: object) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = ok(
        await auditor.get(f"{API}/audit/entries", params={"record_id": str(record_id), "limit": 100})
    )["items"]
    return items


async def test_acts_on_a_learner_are_found_by_the_learner(world: World, school: StaffedUnit) -> None:
    row = await create_class(school.officer)
    other = await create_pupil(school.officer, row["id"])
    learner = (await create_learner(school.officer))["id"]
    ok(await write(school.officer, learner, "identifiers", {"kind": "passport", "value": "B0000041"}), 201)
    ok(await write(school.officer, learner, "guardians", guardian()), 201)
    entered = {"class_id": row["id"], "entered_on": today().isoformat()}
    enrolled = ok(await write(school.officer, learner, "enrolments", entered), 201)
    left = {"status": "04", "valid_from": today().isoformat()}
    ok(await write(school.officer, learner, f"enrolments/{enrolled['id']}/statuses", left), 201)
    ok(await school.officer.get(f"{API}/learners/{learner}"))
    auditor = await world.client("so.auditor")
    acts = await found(auditor, learner)
    assert sorted(each["about"] for each in acts) == BY_HAND
    assert {each["actor_id"] for each in acts} == {str(school.officer.user_id)}
    assert not {each["id"] for each in acts} & {each["id"] for each in await found(auditor, other.id)}
    assert await found(auditor, new_id()) == []
    assert await found(await world.client("so2.auditor"), learner) == []


async def test_whatever_an_upload_wrote_is_found_by_its_subject(world: World, school: StaffedUnit, spy: Spy) -> None:
    auditor, tables = await world.client("so.auditor"), set[str]()
    for dataset, body in FILES.items():
        year = {"school_year": None} if dataset in {"guardians", "staff"} else {}
        done = await upload(school.officer, body, dataset, **year)
        assert fates(done) == {"created": body.count(b"\n") - 1}
        tables |= await assert_reached(auditor, done["id"], "upload_rows", spy)
    moved = await upload(school.officer, table(HEAD, f"6A2,{CHILD},02"), "learners")
    assert fates(moved) == {"updated": 1}
    await assert_reached(auditor, moved["id"], "upload_rows", spy)
    ok(await school.head.post(f"{UPLOADS_PATH}/{moved['id']}/revert", {"reason": "Nhầm tệp (mẫu)"}))
    await run_uploads(school.head)
    await assert_reached(auditor, moved["id"], "upload_reverted", spy)
    parts = {"learner_identifier", "enrolment", "enrolment_status", "learner_transfer", "guardian", "staff_post"}
    assert tables == {"learner", "school_class", "staff_member"} | parts


async def assert_reached(auditor: Client, upload_id: str, act: str, spy: Spy) -> set[str]:
    """The tables of what was written, each row of which leads to the entry of the upload."""
    written, spy.found = spy.found, set()
    assert written
    for name, subject in written:
        entries = [each["body"] for each in await found(auditor, UUID(subject))]
        assert any(act in body and upload_id in body for body in entries), name
    return {name for name, _ in written}
