"""Slow uploads: neither one account nor many slow lines keep others from attaching a file."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.factories.attachments import (
    MIB,
    create_attachment,
    list_attachments,
    stored_objects,
    upload_attachment,
)
from tests.factories.http import assert_problem
from tests.factories.units import StaffedUnit, create_unit
from tests.files.samples import MP4, TEXT
from tests.world import Client, World

Upload = tuple[Client, str]


@asynccontextmanager
async def slow_uploads(
    uploads: Sequence[Upload], first: bytes = TEXT, kind: str = "text/plain"
) -> AsyncIterator[list[asyncio.Task[httpx.Response]]]:
    """Uploads whose first bytes have arrived, or that were refused; the rest arrives afterwards."""
    decided, rest = asyncio.Queue[None](), asyncio.Event()

    async def body(number: int) -> AsyncIterator[bytes]:
        yield first
        decided.put_nowait(None)
        await rest.wait()
        yield str(number).encode()

    tasks = [
        asyncio.create_task(upload_attachment(client, incident, body(number), kind))  # type: ignore[arg-type]
        for number, (client, incident) in enumerate(uploads)
    ]
    for task in tasks:
        task.add_done_callback(lambda _: decided.put_nowait(None))
    for _ in tasks:
        await decided.get()
    try:
        yield tasks
    finally:
        rest.set()
        await asyncio.gather(*tasks)


async def incident_of(school: StaffedUnit) -> str:
    return str((await school.head.create_intake())["incident_id"])


@pytest.fixture
async def other(world: World) -> StaffedUnit:
    return await create_unit(world)


@pytest.mark.parametrize(("first", "kind"), [(TEXT, "text/plain"), (MP4, "video/mp4")])
async def test_eight_slow_uploads_of_one_account_leave_everybody_else_room(
    school: StaffedUnit, other: StaffedUnit, incident: str, first: bytes, kind: str
) -> None:
    elsewhere = await incident_of(other)
    async with slow_uploads([(school.head, incident)] * 8, first, kind) as tasks:
        await create_attachment(other.head, elsewhere, first, kind)
        await create_attachment(school.counsellor, incident, first, kind)
    answers = [task.result() for task in tasks]
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 5
    for answer in answers:
        if answer.status_code == 429:
            assert_problem(answer, 429, "too_many_requests")
            assert (answer.headers["Retry-After"], answer.headers["Connection"]) == ("5", "close")
            assert answer.headers["RateLimit-Policy"].startswith('"default"')
    assert len(await list_attachments(school.head, incident)) == 4
    await create_attachment(school.head, incident, b"again", "text/plain")


@pytest.mark.parametrize(("first", "kind"), [(TEXT, "text/plain"), (MP4, "video/mp4")])
async def test_slow_uploads_of_many_accounts_use_no_place(
    world: World, school: StaffedUnit, incident: str, first: bytes, kind: str
) -> None:
    slow: list[Upload] = []
    for _ in range(5):
        unit = await create_unit(world)
        known = await incident_of(unit)
        slow += [(unit.head, known), (unit.counsellor, known)]
    async with slow_uploads(slow, first, kind) as tasks:
        await create_attachment(school.head, incident, first, kind)
    assert [task.result().status_code for task in tasks] == [201] * 10


async def test_memory_for_arriving_files_is_bounded(
    world: World, school: StaffedUnit, other: StaffedUnit, incident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("attachments_at_once", 1), ("attachment_window_bytes", MIB)):
        monkeypatch.setitem(world.runtime.settings.__dict__, name, value)
    elsewhere, before = await incident_of(other), await stored_objects(world)
    async with slow_uploads([(school.head, incident)], b"a" * (MIB - 100)) as tasks:
        refused = await upload_attachment(other.head, elsewhere, b"b" * 200)
        assert_problem(refused, 503, "unavailable")
        assert refused.headers["Retry-After"] == "5"
        assert await stored_objects(world) == before
        await create_attachment(other.head, elsewhere, b"b" * 50)
    assert [task.result().status_code for task in tasks] == [201]
    await create_attachment(other.head, elsewhere, b"b" * 200)


async def test_without_a_place_in_time_an_upload_is_asked_to_come_again(
    world: World, school: StaffedUnit, incident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(world.runtime.settings.__dict__, "body_timeout_s", 0.05)
    monkeypatch.setattr(world.runtime.reception._places, "_working", asyncio.Semaphore(0))
    answer = await upload_attachment(school.head, incident)
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    monkeypatch.undo()
    await create_attachment(school.head, incident)
