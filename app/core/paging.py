"""Keyset pagination: newest first by id (UUIDv7 ids sort by creation), with a signed, opaque cursor."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from app.core.problems import BAD_CURSOR

T = TypeVar("T")
MAC_BYTES = 16
CURSOR_BYTES = 16 + MAC_BYTES


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most `limit` rows with ids below `before`."""

    limit: int
    before: UUID | None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    more: bool


class Cursors:
    """Signed cursors, each valid for one caller and one set of filters."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, last: UUID, context: str) -> str:
        return base64.urlsafe_b64encode(last.bytes + self._mac(last.bytes, context)).decode()

    def read(self, cursor: str, context: str) -> UUID:
        """The id in `cursor`; raises `bad_cursor` (400) unless written for `context` with this key."""
        try:
            raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            raise BAD_CURSOR() from None
        if len(raw) != CURSOR_BYTES or not hmac.compare_digest(raw[16:], self._mac(raw[:16], context)):
            raise BAD_CURSOR()
        return UUID(bytes=raw[:16])

    def _mac(self, body: bytes, context: str) -> bytes:
        return hmac.digest(self._key, body + hashlib.sha256(context.encode()).digest(), "sha256")[:MAC_BYTES]
