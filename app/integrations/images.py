"""Shared copies of images: decoded and re-encoded in a child process without keys, files or network."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from app.core.problems import UNAVAILABLE, Problem
from app.core.vocabulary import CopyState

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
RETRY: Final = {"Retry-After": "30"}
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
        self._room = asyncio.Semaphore(at_once)

    async def clean(self, pieces: AsyncIterator[bytes], size: int, kind: str) -> Copy:
        """The copy of an image of `size` bytes. Raises `unavailable` (503) on overload: the image is not at fault."""
        if kind not in FORMS:
            return Copy(CopyState.UNREADABLE)
        if size > MAX_BYTES:
            return Copy(CopyState.TOO_LARGE)
        async with self._place():
            status, made = await _run(pieces, FORMS[kind])
        if status in STOPPED:
            log.warning("image_stopped", status=status)
            raise busy()
        if status == 0 and made:
            return Copy(CopyState.MADE, made)
        log.info("image_not_copied", status=status)
        return Copy(STATES.get(status, CopyState.UNREADABLE))

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(WAIT_S):
                await self._room.acquire()
        except TimeoutError:
            raise busy() from None
        try:
            yield
        finally:
            self._room.release()


def busy() -> Problem:
    return UNAVAILABLE(headers=RETRY)


async def _run(pieces: AsyncIterator[bytes], form: str) -> tuple[int, bytes]:
    """Exit status and output of a child. Raises `unavailable` (503) if it cannot begin or takes too long."""
    try:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", str(CHILD), form),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Each arena of a thread would count as memory that nobody uses.
            env={"MALLOC_ARENA_MAX": "1"},
        )
    except OSError:
        raise busy() from None
    try:
        async with asyncio.timeout(DEADLINE_S):
            made = await _exchange(child, pieces)
            return await child.wait(), made
    except TimeoutError:
        raise busy() from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _exchange(child: Process, pieces: AsyncIterator[bytes]) -> bytes:
    """The child answers after it has read everything, or ends before."""
    assert child.stdin is not None  # noqa: S101 — both are pipes
    assert child.stdout is not None  # noqa: S101
    with suppress(BrokenPipeError, ConnectionResetError):
        async for piece in pieces:
            child.stdin.write(piece)
            await child.stdin.drain()
    child.stdin.close()
    return await child.stdout.read()
