"""Authenticated encryption of long contents in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015).

Chunks of 64 KiB under AES-256-GCM, each with the nonce prefix ‖ counter ‖ final flag and the content's associated data
(`aad`): an altered, dropped, reordered, repeated, appended or foreign chunk does not open.
"""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES
KEY_BYTES: Final = 32
PREFIX_BYTES: Final = 7
COUNTER_BYTES: Final = 4


class TamperedError(Exception):
    """The content does not match its key, position or associated data. Never quotes it."""


@dataclass(frozen=True, slots=True)
class StreamKey:
    """The key and nonce prefix of exactly one content."""

    key: bytes = field(repr=False)
    prefix: bytes

    @classmethod
    def new(cls) -> "StreamKey":
        return cls(os.urandom(KEY_BYTES), os.urandom(PREFIX_BYTES))

    @classmethod
    def read(cls, text: str) -> "StreamKey":
        raw = base64.b64decode(text, validate=True)
        return cls(raw[:KEY_BYTES], raw[KEY_BYTES:])

    def written(self) -> str:
        return base64.b64encode(self.key + self.prefix).decode()


class StreamSealer:
    """Seals one content sequentially; the concatenated results are the sealed content."""

    def __init__(self, key: StreamKey, aad: bytes) -> None:
        self._cipher = AESGCM(key.key)
        self._prefix = key.prefix
        self._aad = aad
        self._held = bytearray()
        self._index = 0

    def feed(self, data: bytes) -> bytes:
        """Seal the complete chunks. The last one waits in the buffer: only `finish` marks it as final."""
        self._held += data
        sealed = bytearray()
        while len(self._held) > CHUNK_BYTES:
            sealed += self._seal(bytes(self._held[:CHUNK_BYTES]), final=False)
            del self._held[:CHUNK_BYTES]
        return bytes(sealed)

    def finish(self) -> bytes:
        return self._seal(bytes(self._held), final=True)

    def _seal(self, chunk: bytes, *, final: bool) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self._prefix, self._index, final=final), chunk, self._aad)
        self._index += 1
        return sealed


class StreamOpener:
    """Opens single chunks of a content of `size` bytes, so that a range reads only its own chunks."""

    def __init__(self, key: StreamKey, aad: bytes, size: int) -> None:
        self._cipher = AESGCM(key.key)
        self._prefix = key.prefix
        self._aad = aad
        self.chunks = chunk_count(size)

    def open(self, index: int, sealed: bytes) -> bytes:
        """The chunk `index`; raises TamperedError for any other or altered chunk."""
        nonce = _nonce(self._prefix, index, final=index == self.chunks - 1)
        try:
            return self._cipher.decrypt(nonce, sealed, self._aad)
        except (InvalidTag, ValueError):
            raise TamperedError from None


@dataclass(frozen=True, slots=True)
class Slice:
    """The part `start` to `stop` of the opened chunk `index`."""

    index: int
    start: int
    stop: int


def slices(start: int, stop: int) -> Iterator[Slice]:
    """The chunks with the bytes from `start` up to and excluding `stop`."""
    for index in range(start // CHUNK_BYTES, -(-stop // CHUNK_BYTES)):
        first = index * CHUNK_BYTES
        yield Slice(index, max(start - first, 0), min(stop - first, CHUNK_BYTES))


def chunk_count(size: int) -> int:
    return max(1, -(-size // CHUNK_BYTES))


def sealed_size(size: int) -> int:
    return size + chunk_count(size) * TAG_BYTES


def _nonce(prefix: bytes, index: int, *, final: bool) -> bytes:
    return prefix + index.to_bytes(COUNTER_BYTES, "big") + bytes([final])
