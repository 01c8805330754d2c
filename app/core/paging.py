"""Keyset pagination with a signed, opaque cursor: newest first by id (UUIDv7 ids sort by creation), or by a time."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from app.core.problems import BAD_CURSOR

T = TypeVar("T")
ID_BYTES = MAC_BYTES = 16
TIME_BYTES = 8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most `limit` rows after the row with the id `before`, which has the time `at` in a list by a time."""

    limit: int
    before: UUID | None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`time_of` is by what the list is ordered, where it is not by ids alone."""

    items: Sequence[T]
    more: bool
    time_of: Callable[[T], datetime] | None = None

    @property
    def last_time(self) -> datetime | None:
        return None if self.time_of is None else self.time_of(self.items[-1])


class Cursors:
    """Signed cursors, each valid for one caller, one list with its order, and one set of filters."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, last: UUID, context: str, at: datetime | None = None) -> str:
        time = b"" if at is None else ((at - EPOCH) // MICROSECOND).to_bytes(TIME_BYTES, signed=True)
        body = last.bytes + time
        return base64.urlsafe_b64encode(body + self._mac(body, context)).decode()

    def read(self, cursor: str, context: str) -> tuple[UUID, datetime | None]:
        """The id and the time in `cursor`; raises `bad_cursor` (400) unless written for `context` with this key."""
        try:
            raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            raise BAD_CURSOR() from None
        body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        if len(body) not in {ID_BYTES, ID_BYTES + TIME_BYTES} or not hmac.compare_digest(mac, self._mac(body, context)):
            raise BAD_CURSOR()
        at = body[ID_BYTES:]
        return UUID(bytes=body[:ID_BYTES]), EPOCH + int.from_bytes(at, signed=True) * MICROSECOND if at else None

    def _mac(self, body: bytes, context: str) -> bytes:
        return hmac.digest(self._key, body + hashlib.sha256(context.encode()).digest(), "sha256")[:MAC_BYTES]
