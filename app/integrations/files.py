"""Files: contents are sealed chunk by chunk on their way into the object store, and opened on their way out.

An object is a sequence of segments of 64 chunks under one random name. Each segment is written in one request: an
interrupted upload leaves complete sealed segments that a listing shows, and needs memory for one segment only.
"""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final

from app.integrations.objects import MissingObjectError, ObjectStore
from app.security.crypto.streams import (
    SEALED_CHUNK_BYTES,
    StreamKey,
    StreamOpener,
    StreamSealer,
    TamperedError,
    slices,
)

SEGMENT_CHUNKS: Final = 64
BATCH_CHUNKS: Final = 16
SEGMENT_BYTES: Final = SEGMENT_CHUNKS * SEALED_CHUNK_BYTES
NAME_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Name and key of a stored content; `size` in bytes, unsealed."""

    name: str
    key: StreamKey = field(repr=False)
    size: int


class Deposit:
    """One content during its upload. Ends with `finish` or `abandon`."""

    def __init__(self, store: ObjectStore, aad: bytes) -> None:
        self.name = secrets.token_hex(NAME_BYTES)
        self._store = store
        self._key = StreamKey.new()
        self._sealer = StreamSealer(self._key, aad)
        self._sealed = bytearray()
        self._segments = 0
        self._size = 0

    async def write(self, data: bytes) -> None:
        """Raises StoreError."""
        self._size += len(data)
        self._sealed += self._sealer.feed(data)
        while len(self._sealed) >= SEGMENT_BYTES:
            await self._put(SEGMENT_BYTES)

    async def finish(self) -> StoredObject:
        """Raises StoreError."""
        self._sealed += self._sealer.finish()
        while self._sealed:
            await self._put(min(len(self._sealed), SEGMENT_BYTES))
        return StoredObject(self.name, self._key, self._size)

    async def abandon(self) -> None:
        """Remove the segments written so far. Raises StoreError."""
        for index in range(self._segments):
            await self._store.delete(_path(self.name, index))

    async def _put(self, length: int) -> None:
        segment = bytes(self._sealed[:length])
        del self._sealed[:length]
        # Count first: a failed request may still have stored the segment.
        self._segments += 1
        await self._store.put(_path(self.name, self._segments - 1), segment)


class FileStore:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def deposit(self, aad: bytes) -> Deposit:
        return Deposit(self._store, aad)

    async def store(self, content: bytes, aad: bytes) -> StoredObject:
        """Store a whole content. Raises StoreError and then leaves nothing behind."""
        deposit = self.deposit(aad)
        try:
            await deposit.write(content)
            return await deposit.finish()
        except BaseException:
            await deposit.abandon()
            raise

    async def read(self, stored: StoredObject, aad: bytes, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `stop`, chunk by chunk; fetches and opens no other chunk.

        Raises StoreError, and TamperedError if the content is not the stored one.
        """
        opener = StreamOpener(stored.key, aad, stored.size)
        for _, grouped in groupby(slices(start, stop), lambda each: each.index // BATCH_CHUNKS):
            wanted = list(grouped)
            sealed = await self._fetch(stored.name, wanted[0].index, wanted[-1].index + 1)
            for each in wanted:
                at = (each.index - wanted[0].index) * SEALED_CHUNK_BYTES
                yield opener.open(each.index, sealed[at : at + SEALED_CHUNK_BYTES])[each.start : each.stop]

    async def _fetch(self, name: str, first: int, stop: int) -> bytes:
        """Sealed chunks of one segment."""
        segment, at = divmod(first, SEGMENT_CHUNKS)
        start = at * SEALED_CHUNK_BYTES
        try:
            return await self._store.get(_path(name, segment), start, start + (stop - first) * SEALED_CHUNK_BYTES)
        except MissingObjectError:
            raise TamperedError from None

    async def destroy(self, name: str) -> None:
        """Raises StoreError."""
        async for page in self._store.list(_folder(name)):
            for found in page:
                await self._store.delete(found.path)

    async def names(self, before: datetime) -> AsyncIterator[set[str]]:
        """Page by page, the names of objects without a segment younger than `before` on that page."""
        async for page in self._store.list():
            young = {_name(found.path) for found in page if found.modified_at >= before}
            yield {_name(found.path) for found in page} - young


def _folder(name: str) -> str:
    return f"{name[:2]}/{name}"


def _path(name: str, index: int) -> str:
    return f"{_folder(name)}/{index:06d}"


def _name(path: str) -> str:
    return path.split("/")[1] if path.count("/") == 2 else ""  # noqa: PLR2004 — the format of `_path`
