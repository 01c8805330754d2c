"""One press for each process: documents are set one after another, in a thread of their own, and the queue is short."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from app.core.problems import UNAVAILABLE
from app.documents.handover import HandoverSheet, render_handover

WAITING_AT_MOST = 8
RETRY_AFTER_S = "10"


class Renderer:
    """Typesetting is bound by the processor: more at once would only be slower for everybody else."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="renderer")
        self._waiting = 0

    async def render(self, sheet: HandoverSheet) -> bytes:
        """The sheet as PDF. Raises `unavailable` (503, with Retry-After) where the queue is full."""
        if self._waiting >= WAITING_AT_MOST:
            raise UNAVAILABLE(headers={"Retry-After": RETRY_AFTER_S})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, render_handover, sheet)
        finally:
            self._waiting -= 1
