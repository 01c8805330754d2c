"""A small closed-loop HTTP/1.1 load: each connection sends its next request when it has read the last answer.

Loopback only, bounded by count and by seconds. Raw streams, because a full client costs more than the servers
measured here. It runs in a process of its own, on a core of its own, beside PostgreSQL.
"""

import asyncio
import ipaddress
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Final

from benchmarks.machine import pin

GRACE_S: Final = 15.0
WITHOUT_BODY: Final = 204
Headers = tuple[tuple[str, str], ...]


class LoadError(RuntimeError):
    """The server answered something other than what was expected, or not as HTTP/1.1 with a length."""


@dataclass(frozen=True, slots=True)
class Message:
    """What differs from request to request; without a path it is that of the job."""

    body: bytes = b""
    headers: Headers = ()
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One load. `make` gives the n-th message (n from 0) and must be picklable: a module's function or an
    instance of a module's class. Answers to requests begun in the first `warm_seconds` are not counted.
    """

    port: int
    method: str
    path: str
    expected_status: int
    headers: Headers = ()
    make: Callable[[int], Message] | None = None
    seconds: float = 8.0
    warm_seconds: float = 1.0
    max_requests: int = 200_000
    connections: int = 16
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Result:
    """Latencies in milliseconds, `bytes` the mean size of an answer's body, `busy` the load's own share of a core.

    `answered` also counts the requests of the warming up.
    """

    requests: int
    answered: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    bytes: float
    busy: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


@dataclass(slots=True)
class _Tally:
    began: float
    latencies: list[float] = field(default_factory=list)
    body_bytes: int = 0
    answered: int = 0
    ended: float = 0.0


@contextmanager
def load_process(core: int | None) -> Iterator[Callable[[Job], Result]]:
    """Runs jobs in one process of its own, pinned to `core`. Each raises `LoadError`."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=pin, initargs=(core,)) as executor:
        yield lambda job: executor.submit(run, job).result()


def run(job: Job) -> Result:
    """Raises `LoadError`; `ValueError` for an address that is not this machine's own."""
    if not ipaddress.ip_address(job.host).is_loopback:
        raise ValueError("load goes to loopback addresses only")
    return asyncio.run(_run(job))


async def _run(job: Job) -> Result:
    began = time.perf_counter()
    tally = _Tally(began + job.warm_seconds)
    deadline = tally.began + job.seconds
    numbers = iter(range(job.max_requests))
    cpu = time.process_time()
    async with asyncio.timeout(job.warm_seconds + job.seconds + GRACE_S), asyncio.TaskGroup() as group:
        for _ in range(job.connections):
            group.create_task(_converse(job, numbers, deadline, tally))
    busy = (time.process_time() - cpu) / (time.perf_counter() - began)
    return _summary(tally, busy)


async def _converse(job: Job, numbers: Iterator[int], deadline: float, tally: _Tally) -> None:
    shared, clock = _shared(job), time.perf_counter
    reader, writer = await asyncio.open_connection(job.host, job.port)
    try:
        for number in numbers:
            request = _render(job, shared, job.make(number) if job.make else Message())
            sent = clock()
            if sent >= deadline:
                return
            writer.write(request)
            length = await _read_answer(reader, job)
            answered = clock()
            tally.answered += 1
            if sent >= tally.began:
                tally.latencies.append(answered - sent)
                tally.body_bytes += length
                tally.ended = answered
    finally:
        writer.close()


def _shared(job: Job) -> bytes:
    """The header fields of each request."""
    lines = [f"Host: {job.host}:{job.port}", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in job.headers]
    return "\r\n".join(lines).encode() + b"\r\n"


def _render(job: Job, shared: bytes, message: Message) -> bytes:
    first = f"{job.method} {message.path or job.path} HTTP/1.1\r\n".encode()
    own = "".join(f"{name}: {value}\r\n" for name, value in message.headers).encode()
    if not message.body:
        return first + shared + own + b"\r\n"
    kind = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(message.body)
    return first + shared + own + kind + message.body


async def _read_answer(reader: asyncio.StreamReader, job: Job) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    fields = head.lower()
    status = int(head[9:12])
    _, found, rest = fields.partition(b"\r\ncontent-length:")
    if (not found and status != WITHOUT_BODY) or b"\r\nconnection: close" in fields:
        raise LoadError(f"{job.method} {job.path}: no length, or not kept alive")
    body = await reader.readexactly(int(rest[: rest.index(b"\r\n")])) if found else b""
    if status != job.expected_status:
        raise LoadError(f"{job.method} {job.path}: {head[9:12].decode()} {body[:500].decode(errors='replace')}")
    return len(body)


def _summary(tally: _Tally, busy: float) -> Result:
    count = len(tally.latencies)
    if count < 2:
        raise LoadError("fewer than two answers in the time given")
    cuts = statistics.quantiles(tally.latencies, n=100)
    return Result(
        requests=count,
        answered=tally.answered,
        seconds=tally.ended - tally.began,
        p50_ms=cuts[49] * 1000,
        p95_ms=cuts[94] * 1000,
        p99_ms=cuts[98] * 1000,
        bytes=tally.body_bytes / count,
        busy=busy,
    )
