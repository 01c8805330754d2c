"""Child processes that open what may be hostile, such as an image or a workbook: without keys, files or network."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from app.core.problems import UNAVAILABLE, Problem

RETRY: Final = {"Retry-After": "30"}


def busy() -> Problem:
    return UNAVAILABLE(headers=RETRY)


class Room:
    """How many children run at a time: each needs memory for what it opens."""

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def place(self, wait_s: float) -> AsyncIterator[None]:
        """A place for one child. Raises `unavailable` (503) if none becomes free within `wait_s` seconds."""
        try:
            async with asyncio.timeout(wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise busy() from None
        try:
            yield
        finally:
            self._free.release()


@asynccontextmanager
async def running(program: Path, kind: str) -> AsyncIterator[Process]:
    """A child that is killed with the block, if it has not ended. Raises `unavailable` (503) if it cannot begin."""
    try:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", str(program), kind),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Each arena of a thread would count as memory that nobody uses.
            env={"MALLOC_ARENA_MAX": "1"},
        )
    except OSError:
        raise busy() from None
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def feed(child: Process, pieces: AsyncIterator[bytes]) -> None:
    """All of its input. A child may end before it has read everything."""
    assert child.stdin is not None  # noqa: S101 — a pipe
    with suppress(BrokenPipeError, ConnectionResetError):
        async for piece in pieces:
            child.stdin.write(piece)
            await child.stdin.drain()
    child.stdin.close()
