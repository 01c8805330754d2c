"""Ingest of files: checked in memory, encrypted, and stored before their row exists."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.core.ids import new_id
from app.core.problems import UNAVAILABLE, body_too_large
from app.core.settings import Settings
from app.integrations.files import SEGMENT_BYTES, Deposit, FileStore, StoredObject
from app.integrations.images import ImageCleaner
from app.integrations.objects import StoreError, StoreFullError
from app.security.files.contents import HEAD_BYTES, Kind, check_head, check_whole
from app.services.platform.problems import STORAGE_FULL
from app.services.platform.upload_places import RETRY, Arrival, UploadPlaces

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Received:
    """A file in the store without a row yet."""

    id: UUID
    incident_id: UUID
    kind: Kind
    original: StoredObject
    shared: StoredObject | None
    sha256: bytes

    @property
    def names(self) -> list[str]:
        return [stored.name for stored in (self.original, self.shared) if stored is not None]


def content_aad(attachment_id: UUID, incident_id: UUID, variant: str) -> bytes:
    """Associated data: a content decrypts only for its own attachment, incident and variant."""
    return f"attachment:{attachment_id}|incident:{incident_id}|{variant}".encode()


class Reception:
    """Receives files within the memory and the places that there are."""

    def __init__(self, settings: Settings, files: FileStore) -> None:
        self._settings = settings
        self._files = files
        self._images = ImageCleaner()
        self._places = UploadPlaces(settings)

    def limit(self, kind: Kind) -> int:
        """Maximum size in bytes of a file of this kind."""
        whole = self._settings.attachment_window_bytes if kind.whole else self._settings.attachment_limit_bytes
        return min(whole, self._settings.attachment_limit_bytes)

    async def receive(self, account_id: UUID, incident_id: UUID, kind: Kind, body: AsyncIterator[bytes]) -> Received:
        """Check and store a file of an account; the sweep removes what a failure leaves behind.

        Raises `content_mismatch`, `file_refused`, `archive_unsafe`, `macros_refused` (422), `body_too_large` (413),
        `too_many_requests` (429) for too many uploads of the account at once, `unavailable` (503) without memory or a
        place, or for a failing store, and `storage_full` (507).
        """
        most = self.limit(kind) if kind.whole else SEGMENT_BYTES
        with self._places.arrival(account_id, most) as arrival, store_problems():
            bounded = _bounded(body, self.limit(kind), arrival)
            store = self._store_whole if kind.whole else self._store_stream
            return await store(new_id(), incident_id, kind, bounded)

    async def discard(self, names: list[str]) -> None:
        """Delete objects without a row; the sweep deletes what fails now."""
        for name in names:
            try:
                await self._files.destroy(name)
            except StoreError as error:
                log.warning("object_left", error_type=type(error).__name__)

    async def _store_whole(
        self, attachment_id: UUID, incident_id: UUID, kind: Kind, body: AsyncIterator[bytes]
    ) -> Received:
        content = bytearray()
        async for piece in body:
            content += piece
        whole = bytes(content)
        del content
        async with self._places.place():
            return await self._store_checked(attachment_id, incident_id, kind, whole)

    async def _store_checked(self, attachment_id: UUID, incident_id: UUID, kind: Kind, whole: bytes) -> Received:
        check_head(kind, whole[:HEAD_BYTES])
        await asyncio.to_thread(check_whole, kind, whole)
        clean = await self._images.clean(whole, kind.name) if kind.image else None
        original = await self._files.store(whole, content_aad(attachment_id, incident_id, "original"))
        shared = None
        if clean is not None:
            try:
                shared = await self._files.store(clean, content_aad(attachment_id, incident_id, "shared"))
            except BaseException:
                await self.discard([original.name])
                raise
        return Received(attachment_id, incident_id, kind, original, shared, hashlib.sha256(whole).digest())

    async def _store_stream(
        self, attachment_id: UUID, incident_id: UUID, kind: Kind, body: AsyncIterator[bytes]
    ) -> Received:
        deposit = self._files.deposit(content_aad(attachment_id, incident_id, "original"))
        digest = hashlib.sha256()
        try:
            async for piece in _headed(kind, body):
                async with self._places.place():
                    digest.update(piece)
                    await deposit.write(piece)
            async with self._places.place():
                original = await deposit.finish()
        except BaseException:
            await _abandon(deposit)
            raise
        return Received(attachment_id, incident_id, kind, original, None, digest.digest())


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


async def _headed(kind: Kind, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes, withheld until the head matches the kind."""
    head: bytes | None = b""
    async for piece in body:
        if head is None:
            yield piece
        elif len(head := head + piece) >= HEAD_BYTES:
            check_head(kind, head[:HEAD_BYTES])
            yield head
            head = None
    if head is not None:
        check_head(kind, head)
        yield head
