"""Learners who came from another school, by upload: each row reads alike, and a revert asks nobody any longer."""

from typing import Any

import pytest

from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.transfers import Schools, create_schools, decide, departure_of, moet, settle_transfers
from tests.factories.uploads import UPLOADS_PATH, fates, revert_upload, table, upload
from tests.world import World


@pytest.fixture
async def schools(world: World) -> Schools:
    return await create_schools(world)


async def test_rows_of_known_and_unknown_children_read_alike(world: World, schools: Schools) -> None:
    known, unknown = moet(), moet()
    left = await schools.leave(known)
    sent = await upload_arrivals(schools, known, unknown)
    assert fates(sent) == {"created": 2}
    path = f"{UPLOADS_PATH}/{sent['id']}"
    for _ in range(2):
        changes = ok(await schools.new.officer.get(f"{path}/changes"))["items"]
        assert [each["transfer_state"] for each in changes] == ["awaiting_confirmation"] * 2
        await settle_transfers(world, in_days=1)
    assert await departure_of(schools.old.officer, left) is not None


async def test_a_revert_asks_nobody_any_longer(world: World, schools: Schools) -> None:
    code = moet()
    left = await schools.leave(code)
    sent = await upload_arrivals(schools, code)
    await settle_transfers(world, in_days=1)
    await revert(schools, sent)
    await settle_transfers(world, in_days=1)
    departure = await departure_of(schools.old.officer, left)
    assert departure is not None
    assert departure["state"] == "withdrawn"
    assert_problem(await decide(schools.old.officer, departure["id"], "confirmation"), 409, "wrong_state")
    states = [each["state"] for each in await list_items(schools.new.officer, "learner-transfers")]
    assert states == ["withdrawn"]


async def test_what_the_old_school_confirmed_is_kept(world: World, schools: Schools) -> None:
    code = moet()
    left = await schools.leave(code)
    sent = await upload_arrivals(schools, code)
    await settle_transfers(world, in_days=1)
    departure = await departure_of(schools.old.officer, left)
    assert departure is not None
    ok(await decide(schools.old.officer, departure["id"], "confirmation"))
    await settle_transfers(world, in_days=1)
    assert ok(await schools.new.head.get(f"{UPLOADS_PATH}/{sent['id']}/reversal"))["kept"] == 1
    await revert(schools, sent)
    assert [each["state"] for each in await list_items(schools.new.officer, "learner-transfers")] == ["confirmed"]


async def upload_arrivals(schools: Schools, *codes: dict[str, str]) -> dict[str, Any]:
    (school_class,) = ok(await schools.new.officer.get(f"{API}/classes"))["items"]
    head = "Mã lớp,Mã định danh,Họ và tên,Ngày sinh,Giới tính,Trạng thái"
    row = "{0},{1},Nguyễn Thị Bịa,03/02/2015,Nữ,Chuyển đến kỳ 1"
    rows = [row.format(school_class["code"], each["value"]) for each in codes]
    return await upload(schools.new.officer, table(head, *rows), "learners")


async def revert(schools: Schools, sent: dict[str, Any]) -> None:
    await revert_upload(schools.new.head, sent)
