"""Reception of files: recognised by their content, checked, encrypted, and stored before their row exists."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from app.core.ids import new_id
from app.core.problems import UNAVAILABLE, body_too_large
from app.core.settings import Settings
from app.core.vocabulary import CopyState
from app.integrations.files import SEGMENT_BYTES, Deposit, FileStore, StoredObject
from app.integrations.images import ImageCleaner
from app.integrations.objects import StoreError, StoreFullError
from app.security.files.contents import Kind
from app.security.files.recognition import HEAD_BYTES, Watch, recognise, settle
from app.services.platform.problems import STORAGE_FULL
from app.services.platform.upload_places import RETRY, Arrival, UploadPlaces

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file belongs: its own table, and the record that owns it by table and id."""

    table: str
    owner: str
    owner_id: UUID

    def aad(self, file_id: UUID, variant: str) -> bytes:
        """Associated data: a content decrypts only for its own file, owner and variant."""
        return f"{self.table}:{file_id}|{self.owner}:{self.owner_id}|{variant}".encode()


@dataclass(frozen=True, slots=True)
class Received:
    """A file in the store without a row yet."""

    id: UUID
    place: Place
    kind: Kind
    original: StoredObject
    sha256: bytes
    copy_state: CopyState = CopyState.NOT_FOR_KIND
    shared: StoredObject | None = None

    @property
    def names(self) -> list[str]:
        return [stored.name for stored in (self.original, self.shared) if stored is not None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What files are taken, by their first bytes, and their greatest length."""

    recognise: Callable[[bytes], Kind]
    most_bytes: int


class Reception:
    """Receives files within the memory and the places that there are."""

    def __init__(self, settings: Settings, files: FileStore) -> None:
        self._settings = settings
        self._files = files
        self._images = ImageCleaner()
        self._places = UploadPlaces(settings)

    async def receive(
        self, account_id: UUID, place: Place, body: AsyncIterator[bytes], taken: Taken | None = None
    ) -> Received:
        """Check and store a file of an account; the sweep removes what a failure leaves behind.

        Without `taken` it may be any file that evidence may be.

        Raises `file_not_taken` (415), `file_refused`, `archive_unsafe`, `macros_refused` (422), `body_too_large`
        (413), `too_many_requests` (429) for too many uploads of the account at once, `unavailable` (503) without
        memory, a place or time for a copy, or for a failing store, and `storage_full` (507).
        """
        with self._places.arrival(account_id, SEGMENT_BYTES) as arrival, store_problems():
            taken = taken or Taken(recognise, self._settings.attachment_limit_bytes)
            arriving = _bounded(body, taken.most_bytes, arrival)
            head = await _head(arriving)
            kind = taken.recognise(head)
            pieces = _rejoined(head, arriving)
            if not kind.whole:
                return await self._store_stream(new_id(), place, kind, pieces)
            arrival.widen(self._settings.attachment_window_bytes)
            return await self._store_whole(new_id(), place, kind, pieces)

    async def discard(self, names: list[str]) -> None:
        """Delete objects without a row; the sweep deletes what fails now."""
        for name in names:
            try:
                await self._files.destroy(name)
            except StoreError as error:
                log.warning("object_left", error_type=type(error).__name__)

    async def _store_whole(self, file_id: UUID, place: Place, kind: Kind, body: AsyncIterator[bytes]) -> Received:
        content = bytearray()
        async for piece in body:
            content += piece
            if len(content) > self._settings.attachment_window_bytes:
                raise body_too_large(self._settings.attachment_window_bytes)
        whole = bytes(content)
        del content
        async with self._places.place():
            settled = await asyncio.to_thread(settle, kind, whole)
            original = await self._files.store(whole, place.aad(file_id, "original"))
            return Received(file_id, place, settled, original, hashlib.sha256(whole).digest())

    async def _store_stream(self, file_id: UUID, place: Place, kind: Kind, body: AsyncIterator[bytes]) -> Received:
        deposit = self._files.deposit(place.aad(file_id, "original"))
        digest, watch = hashlib.sha256(), Watch(kind)
        try:
            async for piece in body:
                watch.feed(piece)
                async with self._places.place():
                    digest.update(piece)
                    await deposit.write(piece)
            watch.feed(b"", is_last=True)
            async with self._places.place():
                original = await deposit.finish()
        except BaseException:
            await _abandon(deposit)
            raise
        received = Received(file_id, place, kind, original, digest.digest())
        return await self._with_copy(received) if kind.image else received

    async def _with_copy(self, received: Received) -> Received:
        """A picture with its shared copy, or with why there is none."""
        key, place, original = received.id, received.place, received.original
        try:
            pieces = self._files.read(original, place.aad(key, "original"), 0, original.size)
            copy = await self._images.clean(pieces, original.size, received.kind.name)
            if copy.content is None:
                return replace(received, copy_state=copy.state)
            async with self._places.place():
                shared = await self._files.store(copy.content, place.aad(key, "shared"))
        except BaseException:
            await self.discard(received.names)
            raise
        return replace(received, copy_state=copy.state, shared=shared)


@contextmanager
def store_problems() -> Iterator[None]:
    """Map a store failure to a problem: `storage_full` (507), `unavailable` (503)."""
    try:
        yield
    except StoreFullError:
        log.error("storage_full")  # noqa: TRY400 — its text may name an object
        raise STORAGE_FULL() from None
    except StoreError as error:
        log.warning("store", error_type=type(error.__cause__ or error).__name__)
        raise UNAVAILABLE(headers=RETRY) from None


async def _abandon(deposit: Deposit) -> None:
    with suppress(StoreError):
        await deposit.abandon()


async def _bounded(body: AsyncIterator[bytes], limit: int, arrival: Arrival) -> AsyncIterator[bytes]:
    size = 0
    async for piece in body:
        size += len(piece)
        if size > limit:
            raise body_too_large(limit)
        arrival.grow(len(piece))
        yield piece


async def _head(body: AsyncIterator[bytes]) -> bytes:
    """At least the first `HEAD_BYTES` that arrive, or all."""
    head = bytearray()
    while len(head) < HEAD_BYTES and (piece := await anext(body, None)) is not None:
        head += piece
    return bytes(head)


async def _rejoined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in rest:
        yield piece
