"""Shared copies of images: decoded and re-encoded in a child process without keys, files or network."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from app.core.vocabulary import CopyState
from app.integrations.children import Room, busy, feed, running

log = structlog.get_logger()
CHILD: Final = Path(__file__).with_name("image_child.py")
FORMS: Final = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "heic": "HEIF",
    "avif": "AVIF",
    "gif": "GIF",
    "bmp": "BMP",
    "tiff": "TIFF",
}
AT_ONCE: Final = 2
WAIT_S: Final = 20.0
DEADLINE_S: Final = 45.0
# The child's memory holds the file beside its pixels.
MAX_BYTES: Final = 192 * 1024 * 1024
# The child's exit statuses, and the signals of its limits: the kernel's for time and memory, the library's for memory.
STATES: Final = {3: CopyState.TOO_LARGE, 4: CopyState.UNREADABLE, 5: CopyState.CUT}
NO_MEMORY: Final = 6
STOPPED: Final = frozenset({-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT, NO_MEMORY})


@dataclass(frozen=True, slots=True)
class Copy:
    """A JPEG of an image's pixels without metadata, or why there is none."""

    state: CopyState
    content: bytes | None = field(default=None, repr=False)


class ImageCleaner:
    """Opens at most two images at a time: each needs memory for its pixels."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._room = Room(at_once)

    async def clean(self, pieces: AsyncIterator[bytes], size: int, kind: str) -> Copy:
        """The copy of an image of `size` bytes. Raises `unavailable` (503) on overload: the image is not at fault."""
        if kind not in FORMS:
            return Copy(CopyState.UNREADABLE)
        if size > MAX_BYTES:
            return Copy(CopyState.TOO_LARGE)
        async with self._room.place(WAIT_S):
            status, made = await _run(pieces, FORMS[kind])
        if status in STOPPED:
            log.warning("image_stopped", status=status)
            raise busy()
        if status == 0 and made:
            return Copy(CopyState.MADE, made)
        log.info("image_not_copied", status=status)
        return Copy(STATES.get(status, CopyState.UNREADABLE))


async def _run(pieces: AsyncIterator[bytes], form: str) -> tuple[int, bytes]:
    """Exit status and output of a child. Raises `unavailable` (503) if it cannot begin or takes too long."""
    async with running(CHILD, form) as child:
        try:
            async with asyncio.timeout(DEADLINE_S):
                await feed(child, pieces)
                assert child.stdout is not None  # noqa: S101 — a pipe
                made = await child.stdout.read()
                return await child.wait(), made
        except TimeoutError:
            raise busy() from None
