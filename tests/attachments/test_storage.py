"""Where contents of attachments lie: uploads that fail, the sweep, and what the disk holds."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import ClientDisconnect

from app.integrations.objects import StoreError, StoreFullError
from tests.factories.attachments import (
    JPEG,
    MIB,
    create_attachment,
    create_link,
    fetch_link,
    list_attachments,
    stored_objects,
    sweep_attachments,
    upload_attachment,
)
from tests.factories.http import API, assert_problem, ok
from tests.factories.units import StaffedUnit
from tests.files.samples import MP4
from tests.world import Client, World


class TestAnUploadThatFails:
    async def test_broken_off_it_leaves_nothing_listed_and_no_object(
        self, world: World, school: StaffedUnit, incident: str
    ) -> None:
        async def torn() -> AsyncIterator[bytes]:
            yield MP4 + b"\0" * (9 * MIB)
            raise ClientDisconnect

        before = await stored_objects(world)
        assert_problem(await upload_attachment(school.head, incident, torn(), "video/mp4"), 400, "bad_request")  # type: ignore[arg-type]
        assert (await list_attachments(school.head, incident), await stored_objects(world)) == ([], before)

    @pytest.mark.parametrize(
        ("error", "status", "code"), [(StoreFullError, 507, "storage_full"), (StoreError, 503, "unavailable")]
    )
    @pytest.mark.parametrize("after", [0, 1, 2])
    async def test_where_the_store_is_full_or_down_nothing_is_half_written(
        self,
        world: World,
        school: StaffedUnit,
        incident: str,
        monkeypatch: pytest.MonkeyPatch,
        error: type[StoreError],
        status: int,
        code: str,
        after: int,
    ) -> None:
        store, before, left = world.runtime.files._store, await stored_objects(world), after
        put = store.put

        async def failing(path: str, content: bytes) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise error
            await put(path, content)

        monkeypatch.setattr(store, "put", failing)
        assert_problem(
            await upload_attachment(school.head, incident, MP4 + b"\0" * (12 * MIB), "video/mp4"), status, code
        )
        if after < 2:
            left = after
            assert_problem(await upload_attachment(school.head, incident, JPEG, "image/jpeg"), status, code)
        monkeypatch.undo()
        assert (await list_attachments(school.head, incident), await stored_objects(world)) == ([], before)

    async def test_a_slow_one_is_given_up(
        self, world: World, school: StaffedUnit, incident: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def stalled() -> AsyncIterator[bytes]:
            yield MP4
            await asyncio.sleep(2)
            yield MP4

        for name, value in (("body_timeout_s", 0.05), ("attachment_timeout_s", 0.05)):
            monkeypatch.setitem(world.runtime.settings.__dict__, name, value)
            answer = await upload_attachment(school.head, incident, stalled(), "video/mp4")  # type: ignore[arg-type]
            assert_problem(answer, 408, "body_timeout")
            monkeypatch.undo()
        assert await list_attachments(school.head, incident) == []

    async def test_sign_out_during_the_upload_stores_nothing(
        self, world: World, school: StaffedUnit, incident: str
    ) -> None:
        async def outlasting() -> AsyncIterator[bytes]:
            yield MP4
            ok(await school.counsellor.post(f"{API}/auth/sign-out"), 204)
            yield MP4

        before = await stored_objects(world)
        answer = await upload_attachment(school.counsellor, incident, outlasting(), "video/mp4")  # type: ignore[arg-type]
        assert_problem(answer, 401, "bad_token")
        assert (await list_attachments(school.head, incident), await stored_objects(world)) == ([], before)

    async def test_losing_the_case_during_the_upload_stores_nothing(
        self, world: World, school: StaffedUnit, incident: str, bureau_a: Client
    ) -> None:
        accused = {"role": "perpetrator", "kind": "staff", "name": "Người Bịa"}

        async def outlasting() -> AsyncIterator[bytes]:
            yield MP4
            ok(await school.counsellor.post(f"{API}/incidents/{incident}/persons", accused), 201)
            yield MP4

        before = await stored_objects(world)
        assert_problem(await upload_attachment(school.head, incident, outlasting(), "video/mp4"), 404, "not_found")  # type: ignore[arg-type]
        assert (await list_attachments(bureau_a, incident), await stored_objects(world)) == ([], before)


class TestTheSweep:
    async def test_it_removes_unreferenced_objects_after_a_day(
        self, world: World, school: StaffedUnit, incident: str
    ) -> None:
        attachment = await create_attachment(school.head, incident, JPEG, "image/jpeg")
        await sweep_attachments(world, timedelta(hours=25))
        before = await stored_objects(world)
        orphan = await world.runtime.files.store(b"orphan", b"nowhere")
        assert await sweep_attachments(world, timedelta(hours=23)) == 0
        assert await stored_objects(world) > before
        assert await sweep_attachments(world, timedelta(hours=25)) == 1
        assert await stored_objects(world) == before
        assert not any(orphan.name in path for path in await stored_objects(world))
        assert (await fetch_link(school.head, await create_link(school.head, attachment["id"]))).content == JPEG


class TestTheDisk:
    async def test_no_plaintext_ever_touches_it(self, world: World, school: StaffedUnit, incident: str) -> None:
        canary, found = secrets.token_hex(16).encode(), list[str]()
        kinds: dict[str, bytes] = {
            "text/plain": canary * 50_000,
            "video/mp4": MP4 + canary * 160_000,
            "image/jpeg": JPEG + canary * 30_000,
        }

        async def watched(content: bytes) -> AsyncIterator[bytes]:
            for at in range(0, len(content), 256 * 1024):
                yield content[at : at + 256 * 1024]
                found.extend(await asyncio.to_thread(_holding, world, canary))

        with tempfile.TemporaryFile() as spooled:
            spooled.write(canary * 1000)
            spooled.flush()
            assert len(_holding(world, canary)) == 1, "the search would find what was spooled"
        for kind, content in kinds.items():
            await create_attachment(school.head, incident, watched(content), kind)
        found.extend(await asyncio.to_thread(_holding, world, canary))
        assert found == []


def _holding(world: World, canary: bytes) -> list[str]:
    """Files that hold a canary: in the data directory, among the temporary ones, or open without a name."""
    places = (Path(place) for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/proc/self/fd"))  # noqa: S108
    files = [*world.runtime.settings.data_dir.rglob("*"), *(file for place in places for file in place.glob("*"))]
    return [str(file) for file in files if canary in _read(file)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""
