"""A key that stands in two uploads of a unit at once is applied by one of them. All invented."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.integrations.tables.faults import Fault
from app.jobs.handlers import UPLOADS
from app.jobs.worker import Worker
from app.models.uploads.rows import UploadPart
from app.security.access.scope import ALL
from app.services.uploads import sources
from app.services.uploads.collisions import Collisions
from app.services.uploads.keys import KeyedRow
from tests.factories.http import list_items, ok
from tests.factories.jobs import drain
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import UPLOADS_PATH, fates, list_errors, send_file, table, upload
from tests.world import World

HEAD = "Mã lớp,Tên lớp,Khối,Cấp học"
OTHER_YEAR = "NĂM HỌC 2025 – 2026"


def rows_of(first: int, last: int, said: str) -> list[str]:
    return [f"6B{number},Lớp 6B{number} {said} (mẫu),6,THCS" for number in range(first, last)]


async def errors_of(unit: StaffedUnit, upload: dict[str, Any]) -> list[dict[str, Any]]:
    return await list_items(unit.officer, f"uploads/{upload['id']}/errors")


async def stored_keys(world: World, upload: dict[str, Any]) -> set[bytes]:
    async with world.runtime.work(ALL, write=False) as work:
        query = select(UploadPart.keys).where(UploadPart.upload_id == UUID(upload["id"]))
        return set(await work.session.scalars(query))


async def test_a_row_of_a_waiting_upload_is_refused_elsewhere_and_both_are_named(
    world: World, school: StaffedUnit
) -> None:
    held = await upload(school.officer, table(OTHER_YEAR, HEAD, *rows_of(1, 3, "a")), "classes")
    assert held["state"] == "held"
    file = table(HEAD, *rows_of(2, 4, "b"))
    tried = await upload(school.officer, file, "classes", dry_run=True)
    assert fates(tried) == {"created": 1, "refused": 1}
    done = await upload(school.head, file, "classes")
    [error] = await errors_of(school, done)
    assert (error["row"], error["code"], error["other_row"]) == (2, "key_in_other_upload", 4)
    assert error["other_upload_id"] == held["id"]
    assert fates(done) == {"created": 1, "refused": 1}
    other = await create_unit(world)
    assert fates(await upload(other.officer, file, "classes")) == {"created": 2}
    assert fates(await upload(school.officer, table("Mã lớp,Cấp học", "6B9,THCS"), "classes")) == {"created": 1}


async def test_an_upload_that_ended_has_no_claim_to_a_key(world: World, school: StaffedUnit) -> None:
    held = await upload(school.officer, table(OTHER_YEAR, HEAD, *rows_of(1, 3, "a")), "classes")
    assert await stored_keys(world, held) != {b""}
    ok(await school.head.post(f"{UPLOADS_PATH}/{held['id']}/cancel"))
    done = await upload(school.officer, table(HEAD, *rows_of(2, 4, "b")), "classes")
    assert fates(done) == {"created": 2}
    for each in (held, done):
        assert await stored_keys(world, each) == {b""}


async def test_a_row_that_is_refused_has_no_claim_to_its_key(school: StaffedUnit) -> None:
    twice = table(OTHER_YEAR, HEAD, *rows_of(1, 3, "a"), *rows_of(1, 2, "b"))
    assert (await upload(school.officer, twice, "classes"))["state"] == "held"
    assert fates(await upload(school.officer, table(HEAD, *rows_of(1, 2, "c")), "classes")) == {"created": 1}


def meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both uploads wait for each other before they are compared. SQLite has one writer, which waits in vain."""
    barrier, found = asyncio.Barrier(2), Collisions.found

    async def found_together(collisions: Collisions) -> list[tuple[KeyedRow, Fault]]:
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            await asyncio.wait_for(barrier.wait(), 0.5)
        return await found(collisions)

    monkeypatch.setattr(Collisions, "found", found_together)


@pytest.mark.parametrize(("part_bytes", "together"), [(200, False), (100_000, True)])
async def test_two_uploads_at_once_apply_each_key_once(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch, *, part_bytes: int, together: bool
) -> None:
    """The parts of both come in turns; or both are compared at the same moment, before either is stored."""
    monkeypatch.setattr(sources, "PART_BYTES", part_bytes)
    made = [
        ok(await send_file(school.officer, table(HEAD, *rows_of(first, last, said)), "classes"), 202)
        for first, last, said in ((0, 16, "a"), (6, 22, "b"))
    ]
    if together:
        meet(monkeypatch)
    await drain(Worker(world.runtime, UPLOADS, side_by_side=together))
    found = [ok(await school.officer.get(f"{UPLOADS_PATH}/{each['id']}")) for each in made]
    assert {(each["state"], each["rows"]["read"]) for each in found} == {("applied", 16)}
    refused = sum(each["rows"]["refused"] for each in found)
    assert sum(each["rows"]["created"] for each in found) + refused == 32
    assert sum(each["rows"]["updated"] for each in found) == 0
    codes = {code for each in found for _, _, code in await list_errors(school.officer, each)}
    classes = await list_items(school.officer, "classes")
    assert (refused, codes, len({each["code"] for each in classes}), len(classes)) == (
        10,
        {"key_in_other_upload"},
        22,
        22,
    )
