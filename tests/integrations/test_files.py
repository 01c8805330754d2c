"""The files: what comes out is what went in, a range costs its own chunks, and no exchange in the store goes unseen."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.clock import utc_now
from app.integrations.files import BATCH_CHUNKS, SEGMENT_BYTES, SEGMENT_CHUNKS, FileStore, Kept
from app.integrations.objects import DirectoryStore, StoreError
from app.security.streams import CHUNK_BYTES, SEALED_CHUNK_BYTES, TamperedError, sealed_size

PLACE = b"attachment:1|incident:1|original"
SEGMENT = SEGMENT_CHUNKS * CHUNK_BYTES
SIZES = [1, CHUNK_BYTES, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT + 3 * CHUNK_BYTES + 5]


class Counting(DirectoryStore):
    """Remembers how many bytes were asked for."""

    fetched = 0

    async def get(self, path: str, start: int, stop: int) -> bytes:
        self.fetched += stop - start
        return await super().get(path, start, stop)


@pytest.fixture
def store(tmp_path: Path) -> Counting:
    return Counting(tmp_path / "objects")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


def content(size: int) -> bytes:
    return (bytes(range(256)) * (size // 256 + 1))[:size]


async def whole(files: FileStore, kept: Kept, place: bytes = PLACE, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join([piece async for piece in files.read(kept, place, start, kept.size if stop is None else stop)])


def segments(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("size", SIZES)
async def test_what_was_kept_comes_back(store: Counting, root: Path, size: int) -> None:
    files = FileStore(store)
    kept = await files.keep(content(size), PLACE)
    assert await whole(files, kept) == content(size)
    assert sum(path.stat().st_size for path in segments(root)) == sealed_size(size)
    assert all(path.stat().st_size <= SEGMENT_BYTES for path in segments(root))


async def test_a_range_fetches_and_opens_its_own_chunks_alone(store: Counting) -> None:
    files, size = FileStore(store), SIZES[-1]
    kept = await files.keep(content(size), PLACE)
    ranges = [(0, 1), (size - 1, size), (SEGMENT - 10, SEGMENT + 10), (CHUNK_BYTES, 3 * CHUNK_BYTES), (100, SEGMENT)]
    for start, stop in ranges:
        store.fetched = 0
        assert await whole(files, kept, PLACE, start, stop) == content(size)[start:stop]
        assert store.fetched <= (stop - start) * SEALED_CHUNK_BYTES // CHUNK_BYTES + 2 * SEALED_CHUNK_BYTES


async def test_a_whole_file_is_fetched_in_pieces_of_a_megabyte(store: Counting) -> None:
    files, sizes = FileStore(store), []
    kept = await files.keep(content(SEGMENT), PLACE)
    get = store.get

    async def measured(path: str, start: int, stop: int) -> bytes:
        sizes.append(stop - start)
        return await get(path, start, stop)

    store.get = measured  # type: ignore[method-assign]
    await whole(files, kept)
    assert set(sizes) == {BATCH_CHUNKS * SEALED_CHUNK_BYTES}


@pytest.mark.usefixtures("store")
def test_nobody_else_may_look(root: Path) -> None:
    assert root.stat().st_mode & 0o077 == 0


async def test_names_and_objects_mean_nothing(store: Counting, root: Path) -> None:
    kept = await FileStore(store).keep(content(10), PLACE)
    assert len(kept.name) == 32
    assert content(10) not in segments(root)[0].read_bytes()


class TestTampering:
    @pytest.fixture
    async def kept(self, store: Counting) -> Kept:
        return await FileStore(store).keep(content(SIZES[-1]), PLACE)

    async def refused(self, store: Counting, kept: Kept, place: bytes = PLACE) -> None:
        with pytest.raises((TamperedError, StoreError)):
            await whole(FileStore(store), kept, place)

    async def test_a_changed_bit_is_seen(self, store: Counting, root: Path, kept: Kept) -> None:
        for path in segments(root):
            raw = path.read_bytes()
            path.write_bytes(raw[:1000] + bytes([raw[1000] ^ 1]) + raw[1001:])
            await self.refused(store, kept)
            path.write_bytes(raw)
        assert await whole(FileStore(store), kept) == content(kept.size)

    async def test_segments_that_were_exchanged_are_seen(self, store: Counting, root: Path, kept: Kept) -> None:
        first, second, _ = segments(root)
        one, other = first.read_bytes(), second.read_bytes()
        first.write_bytes(other)
        second.write_bytes(one)
        await self.refused(store, kept)

    async def test_a_segment_that_is_gone_or_short_is_seen(self, store: Counting, root: Path, kept: Kept) -> None:
        last = segments(root)[-1]
        raw = last.read_bytes()
        for left in (raw[:-1], raw[: 2 * SEALED_CHUNK_BYTES], b""):
            last.write_bytes(left)
            await self.refused(store, kept)
        last.unlink()
        await self.refused(store, kept)

    async def test_another_place_or_length_does_not_open_it(self, store: Counting, kept: Kept) -> None:
        await self.refused(store, kept, b"attachment:2|incident:1|original")
        await self.refused(store, Kept(kept.name, kept.key, kept.size - 3 * CHUNK_BYTES))
        await self.refused(store, Kept(kept.name, kept.key, kept.size + CHUNK_BYTES))

    async def test_the_object_of_another_does_not_open_in_its_stead(self, store: Counting, kept: Kept) -> None:
        other = await FileStore(store).keep(content(kept.size), PLACE)
        await self.refused(store, Kept(other.name, kept.key, kept.size))


async def test_nothing_is_put_over_another_object(store: Counting) -> None:
    await store.put("ab/abc/000000", b"one")
    with pytest.raises(StoreError):
        await store.put("ab/abc/000000", b"other")
    assert await store.get("ab/abc/000000", 0, 3) == b"one"


async def test_what_was_abandoned_or_destroyed_is_gone(store: Counting, root: Path) -> None:
    files = FileStore(store)
    deposit = files.deposit(PLACE)
    await deposit.write(content(2 * SEGMENT))
    assert segments(root)
    await deposit.abandon()
    kept = await files.keep(content(SIZES[-1]), PLACE)
    await files.destroy(kept.name)
    await files.destroy(kept.name)
    assert segments(root) == []


async def test_names_are_told_once_they_are_old(store: Counting) -> None:
    files = FileStore(store)
    kept = await files.keep(content(SEGMENT + 1), PLACE)

    async def told(before: timedelta) -> set[str]:
        pages: AsyncIterator[set[str]] = files.names(utc_now() + before)
        return {name async for page in pages for name in page}

    assert await told(timedelta(seconds=-5)) == set()
    assert await told(timedelta(seconds=5)) == {kept.name}


async def test_what_a_killed_write_left_half_done_is_listed_and_goes(store: Counting, root: Path) -> None:
    """The directory's driver writes under `000000#1` first, and hides such names from its own listing."""
    name = "ab" * 16
    half = root / "ab" / name / "000000#1"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"sealed")
    files = FileStore(store)
    assert [names async for names in files.names(utc_now() - timedelta(hours=1))] == [set()], "it may still be written"
    assert [names async for names in files.names(utc_now() + timedelta(hours=1))] == [{name}]
    await files.destroy(name)
    assert segments(root) == []
