"""How many files arrive and are stored at a time: per account, in bytes of memory, and by places of work."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from uuid import UUID

from app.core.problems import TOO_MANY_REQUESTS, UNAVAILABLE
from app.core.settings import Settings

RETRY: Final = {"Retry-After": "5"}
CLOSE: Final = {"Connection": "close"}


class Arrival:
    """The memory that one arriving file uses, at most `most` bytes."""

    def __init__(self, places: "UploadPlaces", most: int) -> None:
        self._places = places
        self._most = most
        self.used = 0

    def widen(self, most: int) -> None:
        """For a file that is loaded whole."""
        self._most = max(self._most, most)

    def grow(self, size: int) -> None:
        """Count bytes that arrived; raises `unavailable` (503) where the process has no memory for them."""
        size = min(size, self._most - self.used)
        if self._places.used + size > self._places.room:
            raise UNAVAILABLE(headers=RETRY | CLOSE)
        self.used += size
        self._places.used += size


class UploadPlaces:
    """A slow sender uses the memory of what has arrived and none of the places, which are for whole bodies.

    Neither one account nor a slow line keeps others from uploading.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._working = asyncio.Semaphore(settings.attachments_at_once)
        self._arriving: Counter[UUID] = Counter()
        self.used = 0

    @property
    def room(self) -> int:
        """Bytes of memory for files that arrive."""
        return self._settings.attachments_at_once * self._settings.attachment_window_bytes

    @contextmanager
    def arrival(self, account_id: UUID, most: int) -> Iterator[Arrival]:
        """Raises `too_many_requests` (429) beyond the uploads that one account may have under way."""
        if self._arriving[account_id] >= self._settings.attachments_at_once_per_account:
            raise TOO_MANY_REQUESTS(headers=RETRY | CLOSE)
        self._arriving[account_id] += 1
        arriving = Arrival(self, most)
        try:
            yield arriving
        finally:
            self.used -= arriving.used
            self._arriving[account_id] -= 1
            if not self._arriving[account_id]:
                del self._arriving[account_id]

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place to check and store what has arrived; raises `unavailable` (503) if none becomes free in time."""
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                await self._working.acquire()
        except TimeoutError:
            raise UNAVAILABLE(headers=RETRY | CLOSE) from None
        try:
            yield
        finally:
            self._working.release()
