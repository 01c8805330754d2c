"""A line to PostgreSQL that can be slow, silent or cut, also between a COMMIT and its answer."""

import asyncio
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from tests.engines.postgres import free_port

CHUNK = 65536


@dataclass
class Proxy:
    """Knobs may be turned from any thread."""

    target: int
    port: int = field(default_factory=free_port)
    delay_s: float = 0
    cut_at_commit: float = 0
    """The share of COMMITs that reach the server and whose answer does not come back."""
    cuts: int = 0
    _speaks: asyncio.Event = field(default_factory=asyncio.Event)
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """Reset every line."""
        asyncio.run_coroutine_threadsafe(self._reset(), self._loop).result(10)

    def silence(self, seconds: float) -> None:
        """Hold back everything, and close nothing, for a while."""
        self._loop.call_soon_threadsafe(self._speaks.clear)
        time.sleep(seconds)
        self._loop.call_soon_threadsafe(self._speaks.set)

    async def _reset(self) -> None:
        for line in list(self._lines):
            self.cuts += 1
            line.transport.abort()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._speaks.set()
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", self.port))
        self._loop.call_soon(ready.set)
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        with suppress(OSError):
            upstream, onward = await asyncio.open_connection("127.0.0.1", self.target)
            back = asyncio.create_task(self._copy(upstream, writer))
            with suppress(OSError):
                await self._copy_watching(reader, onward, writer)
            back.cancel()
            onward.transport.abort()
        self._lines.discard(writer)
        writer.transport.abort()

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self._wait()
                target.write(data)
                await target.drain()
        target.transport.abort()

    async def _copy_watching(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, asker: asyncio.StreamWriter
    ) -> None:
        while data := await source.read(CHUNK):
            await self._wait()
            commits = b"COMMIT" in data and random.random() < self.cut_at_commit
            if commits:
                self.cuts += 1
                asker.transport.abort()
            target.write(data)
            await target.drain()
            if commits:
                await asyncio.sleep(0.5)

    async def _wait(self) -> None:
        await asyncio.sleep(self.delay_s)
        await self._speaks.wait()
