"""The files: what comes out is what went in, a range costs its own chunks, and no exchange in the store goes unseen.

On both kinds of store, each as the settings open it: a directory, and a bucket of an S3 service on this machine.
"""

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import obstore
import pytest

from app.core.settings import Settings
from app.core.time import utc_now
from app.integrations.files import (
    BATCH_CHUNKS,
    SEGMENT_BYTES,
    SEGMENT_CHUNKS,
    FileStore,
    StoredObject,
)
from app.integrations.objects import (
    BucketStore,
    DirectoryStore,
    Found,
    MissingObjectError,
    StoreError,
    open_store,
)
from app.security.crypto.streams import CHUNK_BYTES, SEALED_CHUNK_BYTES, TamperedError, sealed_size
from tests.engines.postgres import free_port

AAD = b"attachment:1|incident:1|original"
SEGMENT = SEGMENT_CHUNKS * CHUNK_BYTES
SIZES = [1, CHUNK_BYTES, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT + 3 * CHUNK_BYTES + 5]


@dataclass
class Counting:
    """Any store; remembers how many bytes were asked for."""

    inner: BucketStore
    fetched: int = 0
    sizes: list[int] = field(default_factory=list)

    async def put(self, path: str, content: bytes) -> None:
        await self.inner.put(path, content)

    async def get(self, path: str, start: int, stop: int) -> bytes:
        self.fetched += stop - start
        self.sizes.append(stop - start)
        return await self.inner.get(path, start, stop)

    async def delete(self, path: str) -> None:
        await self.inner.delete(path)

    def list(self, prefix: str = "") -> AsyncIterator[Sequence[Found]]:
        return self.inner.list(prefix)

    async def segments(self) -> dict[str, bytes]:
        """The stored bytes, as the operator of the store sees them."""
        paths = sorted([found.path async for page in self.list() for found in page])
        return {path: bytes(await (await obstore.get_async(self.inner._store, path)).bytes_async()) for path in paths}

    async def overwrite(self, path: str, content: bytes) -> None:
        """As somebody who may write to the store past this code."""
        await obstore.put_async(self.inner._store, path, content, mode="overwrite")


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 service on this machine: moto's, which nobody of this project wrote."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as service:
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(300):
                with suppress(httpx.TransportError):
                    httpx.get(address)
                    break
                time.sleep(0.1)
            yield address
        finally:
            service.terminate()


@pytest.fixture
def in_a_bucket(s3: str, tmp_path: Path) -> Settings:
    """The settings of an installation whose attachments lie in a fresh bucket."""
    bucket, secret = f"athd-{secrets.token_hex(4)}", tmp_path / "objects-secret"
    secret.write_text("mat-khau-bia\n")
    assert httpx.put(f"{s3}/{bucket}").status_code == 200
    return Settings(
        data_dir=tmp_path,
        objects_bucket=bucket,
        objects_endpoint=s3,
        objects_access_key="khoa-bia",
        objects_secret_file=secret,
    )


@pytest.fixture(params=["directory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Counting:
    """What the settings open: a directory by default, an S3 bucket where they name one."""
    named = request.param == "bucket"
    settings = request.getfixturevalue("in_a_bucket") if named else Settings(data_dir=tmp_path)
    opened = open_store(settings)
    assert isinstance(opened, BucketStore)
    assert isinstance(opened, DirectoryStore) is not named
    return Counting(opened)


def content(size: int) -> bytes:
    return (bytes(range(256)) * (size // 256 + 1))[:size]


async def whole(
    files: FileStore, stored: StoredObject, aad: bytes = AAD, start: int = 0, stop: int | None = None
) -> bytes:
    return b"".join([piece async for piece in files.read(stored, aad, start, stored.size if stop is None else stop)])


@pytest.mark.parametrize("size", SIZES)
async def test_stored_content_is_read_back_unchanged(store: Counting, size: int) -> None:
    files = FileStore(store)
    stored = await files.store(content(size), AAD)
    assert await whole(files, stored) == content(size)
    lengths = [len(sealed) for sealed in (await store.segments()).values()]
    assert sum(lengths) == sealed_size(size)
    assert max(lengths) <= SEGMENT_BYTES


async def test_a_range_fetches_and_opens_its_own_chunks_alone(store: Counting) -> None:
    files, size = FileStore(store), SIZES[-1]
    stored = await files.store(content(size), AAD)
    ranges = [(0, 1), (size - 1, size), (SEGMENT - 10, SEGMENT + 10), (CHUNK_BYTES, 3 * CHUNK_BYTES), (100, SEGMENT)]
    for start, stop in ranges:
        store.fetched = 0
        assert await whole(files, stored, AAD, start, stop) == content(size)[start:stop]
        assert store.fetched <= (stop - start) * SEALED_CHUNK_BYTES // CHUNK_BYTES + 2 * SEALED_CHUNK_BYTES


async def test_a_whole_file_is_fetched_in_pieces_of_a_megabyte(store: Counting) -> None:
    files = FileStore(store)
    await whole(files, await files.store(content(SEGMENT), AAD))
    assert set(store.sizes) == {BATCH_CHUNKS * SEALED_CHUNK_BYTES}


def test_nobody_else_may_look_into_the_directory(tmp_path: Path) -> None:
    open_store(Settings(data_dir=tmp_path))
    assert (tmp_path / "objects").stat().st_mode & 0o077 == 0


async def test_names_and_objects_mean_nothing(store: Counting) -> None:
    stored = await FileStore(store).store(content(10), AAD)
    ((path, sealed),) = (await store.segments()).items()
    assert len(stored.name) == 32
    assert path.split("/")[1] == stored.name
    assert content(10) not in sealed


class TestTampering:
    @pytest.fixture
    async def stored(self, store: Counting) -> StoredObject:
        return await FileStore(store).store(content(SIZES[-1]), AAD)

    async def refused(self, store: Counting, stored: StoredObject, aad: bytes = AAD) -> None:
        with pytest.raises((TamperedError, StoreError)):
            await whole(FileStore(store), stored, aad)

    async def test_a_changed_bit_is_seen(self, store: Counting, stored: StoredObject) -> None:
        for path, raw in (await store.segments()).items():
            await store.overwrite(path, raw[:1000] + bytes([raw[1000] ^ 1]) + raw[1001:])
            await self.refused(store, stored)
            await store.overwrite(path, raw)
        assert await whole(FileStore(store), stored) == content(stored.size)

    async def test_segments_that_were_exchanged_are_seen(self, store: Counting, stored: StoredObject) -> None:
        (first, one), (second, other), _ = (await store.segments()).items()
        await store.overwrite(first, other)
        await store.overwrite(second, one)
        await self.refused(store, stored)

    async def test_a_segment_that_is_gone_or_short_is_seen(self, store: Counting, stored: StoredObject) -> None:
        last, raw = list((await store.segments()).items())[-1]
        for left in (raw[:-1], raw[: 2 * SEALED_CHUNK_BYTES], b""):
            await store.overwrite(last, left)
            await self.refused(store, stored)
        await store.delete(last)
        await self.refused(store, stored)

    async def test_another_place_or_length_does_not_open_it(self, store: Counting, stored: StoredObject) -> None:
        await self.refused(store, stored, b"attachment:2|incident:1|original")
        await self.refused(store, StoredObject(stored.name, stored.key, stored.size - 3 * CHUNK_BYTES))
        await self.refused(store, StoredObject(stored.name, stored.key, stored.size + CHUNK_BYTES))

    async def test_the_object_of_another_does_not_open_in_its_stead(
        self, store: Counting, stored: StoredObject
    ) -> None:
        other = await FileStore(store).store(content(stored.size), AAD)
        await self.refused(store, StoredObject(other.name, stored.key, stored.size))


async def test_nothing_is_put_over_another_object(store: Counting) -> None:
    await store.put("ab/abc/000000", b"one")
    with pytest.raises(StoreError):
        await store.put("ab/abc/000000", b"other")
    assert await store.get("ab/abc/000000", 0, 3) == b"one"


async def test_what_is_not_there_is_missing_and_may_be_removed_again(store: Counting) -> None:
    with pytest.raises(MissingObjectError):
        await store.get("ab/abc/000000", 0, 3)
    await store.delete("ab/abc/000000")


async def test_what_was_abandoned_or_destroyed_is_gone(store: Counting) -> None:
    files = FileStore(store)
    deposit = files.deposit(AAD)
    await deposit.write(content(2 * SEGMENT))
    assert await store.segments()
    await deposit.abandon()
    stored = await files.store(content(SIZES[-1]), AAD)
    await files.destroy(stored.name)
    await files.destroy(stored.name)
    assert await store.segments() == {}


async def test_only_old_object_names_are_listed(store: Counting) -> None:
    files = FileStore(store)
    stored = await files.store(content(SEGMENT + 1), AAD)

    async def told(before: timedelta) -> set[str]:
        pages: AsyncIterator[set[str]] = files.names(utc_now() + before)
        return {name async for page in pages for name in page}

    assert await told(timedelta(seconds=-5)) == set()
    assert await told(timedelta(seconds=5)) == {stored.name}


async def test_what_a_killed_write_left_half_done_is_listed_and_goes(tmp_path: Path) -> None:
    """The directory's driver writes under `000000#1` first, and hides such names from its own listing."""
    name = "ab" * 16
    files = FileStore(open_store(Settings(data_dir=tmp_path)))
    half = tmp_path / "objects" / "ab" / name / "000000#1"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"sealed")
    assert [names async for names in files.names(utc_now() - timedelta(hours=1))] == [set()], "it may still be written"
    assert [names async for names in files.names(utc_now() + timedelta(hours=1))] == [{name}]
    await files.destroy(name)
    assert not half.exists()


async def test_a_bucket_out_of_reach_is_a_store_error_and_names_nothing(in_a_bucket: Settings) -> None:
    gone = in_a_bucket.model_copy(update={"objects_endpoint": f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(StoreError) as refusal:
        await asyncio.wait_for(open_store(gone).put("ab/abc/000000", b"one"), 60)
    assert "mat-khau-bia" not in str(refusal.value)


async def test_the_data_directory_holds_nothing_of_what_lies_in_a_bucket(in_a_bucket: Settings) -> None:
    await FileStore(open_store(in_a_bucket)).store(content(10), AAD)
    assert not (in_a_bucket.data_dir / "objects").exists()


def test_a_secret_file_that_is_gone_opens_no_store(in_a_bucket: Settings, tmp_path: Path) -> None:
    gone = in_a_bucket.model_copy(update={"objects_secret_file": tmp_path / "khong-co"})
    with pytest.raises(FileNotFoundError):
        open_store(gone)
