"""Renderers: each renders one document at a time in a process, in a thread of its own, with a short queue."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from app.core.problems import UNAVAILABLE

WAITING_AT_MOST = 8
RETRY_AFTER_S = "10"


class Renderer:
    """Rendering is CPU-bound: more threads would only slow down the requests."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="renderer")
        self._waiting = 0

    async def render(self, document: Callable[[], bytes]) -> bytes:
        """What `document` returns. Raises `unavailable` (503, with Retry-After) if the queue is full."""
        if self._waiting >= WAITING_AT_MOST:
            raise UNAVAILABLE(headers={"Retry-After": RETRY_AFTER_S})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, document)
        finally:
            self._waiting -= 1
