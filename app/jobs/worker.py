"""The worker: runs due jobs, one transaction each, and survives a kill at any point.

A first transaction leases the job and counts the attempt; a second one runs it and removes it from the queue. After a
crash in between, the job runs again when the lease expires, and never twice. Any number of workers may run.

A handler that recorded its error (`Handler.recorded`) has the next attempt recorded in its own transaction.

The second transaction locks the job's row (on SQLite, the database) while the worker lives. That lock is the heartbeat:
no other worker starts a job that outlasts its lease, and a dead worker's job is free at once. Only deliveries to other
machines (app/services/notices/deliveries.py) release the lock in between; they end well within the lease.

A worker sleeps until the next job that it knows is due, five seconds at most, because another process may add one. A
job that its own process adds wakes it at once.
"""

import asyncio
import random
import secrets
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import structlog

from app.core.logging import where_raised
from app.core.settings import Settings
from app.jobs.handlers import HANDLERS, LOCAL, NETWORK, ROLLS, UPLOADS, Handler
from app.models.platform.jobs import Job
from app.security.access.scope import ALL
from app.services.platform.jobs import Bell, JobQueue
from app.services.platform.unit_of_work import Runtime, UnitOfWork
from app.services.setup.start import check_database, open_runtime

LEASE = timedelta(seconds=60)
BATCH = 10
IDLE = timedelta(seconds=5)
# After an error, or where all due jobs are another worker's.
PAUSE = timedelta(seconds=1)
# Recurring jobs stay queued; they are only missing in a new database, or in a restored one.
SCHEDULED_S = 600.0
NOW = timedelta(0)
MOST_ATTEMPTS = 8
LONGEST_WAIT_S = 3600.0

log = structlog.get_logger()


class Worker:
    """Runs the jobs of some kinds, sequentially, or a batch concurrently if they wait for other machines."""

    def __init__(
        self, runtime: Runtime, handlers: Mapping[str, Handler] = HANDLERS, *, side_by_side: bool = False
    ) -> None:
        self.runtime = runtime
        self.handlers = handlers
        self.side_by_side = side_by_side
        self.name = secrets.token_hex(8)
        self._scheduled_at = -SCHEDULED_S

    async def run(self, stopped: asyncio.Event) -> None:
        """Run until `stopped` is set. Retries while the database is unavailable."""
        with self.runtime.cache(Bell).heard(self.handlers.keys()) as woken:
            while not stopped.is_set():
                woken.clear()
                try:
                    pause = await self._turn()
                except Exception as error:  # noqa: BLE001 — a worker survives any database error
                    log.warning("worker", error_type=type(error).__name__, where=where_raised(error))
                    pause, self._scheduled_at = PAUSE, -SCHEDULED_S
                if pause > NOW:
                    await _any_set(stopped, woken, within=min(pause, IDLE))

    async def _turn(self) -> timedelta:
        """Run the due jobs, if there are any; the time until the next turn."""
        if time.monotonic() - self._scheduled_at >= SCHEDULED_S:
            await self.schedule()
            self._scheduled_at = time.monotonic()
        due = await self._next_due()
        if due > NOW:
            return due
        return NOW if await self._run_due() else PAUSE

    async def schedule(self) -> None:
        """Enqueue each recurring job unless it is already queued."""
        recurring = [kind for kind, handler in self.handlers.items() if handler.every is not None]
        if not recurring:
            return
        async with self.runtime.work(ALL) as work:
            await JobQueue(work).schedule(recurring)
            await work.commit()

    async def step(self) -> int:
        """Run the due jobs; returns how many."""
        return 0 if await self._next_due() > NOW else await self._run_due()

    async def _next_due(self) -> timedelta:
        """The time until the next job, without the lock of a writer."""
        async with self.runtime.work(ALL, write=False) as work:
            idle = [
                kind for kind, handler in self.handlers.items() if handler.needed and not await handler.needed(work)
            ]
            due = await JobQueue(work).next_due(self.handlers.keys() - idle)
        looks = (self.handlers[kind].every or IDLE for kind in idle)
        return min(IDLE if due is None else due, *looks, IDLE)

    async def _run_due(self) -> int:
        async with self.runtime.work(ALL) as work:
            queue = JobQueue(work)
            jobs = await queue.lease(self.handlers.keys(), self.name, LEASE, BATCH)
            for job in jobs:
                await self._bury_if_deadly(job, work)
            await work.commit()
        alive = [job for job in jobs if job.dead_at is None]
        if self.side_by_side:
            await asyncio.gather(*(self._do(job) for job in alive))
        else:
            for job in alive:
                await self._do(job)
        return len(jobs)

    async def _do(self, job: Job) -> None:
        with structlog.contextvars.bound_contextvars(job_id=str(job.id), job_kind=job.kind):
            try:
                async with self.runtime.work(ALL) as work:
                    await self._do_in(work, job.id)
            except Exception as error:  # noqa: BLE001 — every failure is recorded with the job and retried
                _log_failure(error)
                await self._failed(job.id, error)

    async def _do_in(self, work: UnitOfWork, job_id: UUID) -> None:
        queue = JobQueue(work)
        job = await queue.leased(job_id, self.name)
        if job is None:
            return
        handler, work.operation = self.handlers[job.kind], job.kind
        try:
            await handler.run(work, job.payload)
        except handler.recorded as error:
            _log_failure(error)
            await self._postpone(job, work, error)
        else:
            await queue.finish(job, handler.every)
        await work.commit()

    async def _failed(self, job_id: UUID, error: Exception) -> None:
        async with self.runtime.work(ALL) as work:
            queue = JobQueue(work)
            job = await queue.leased(job_id, self.name)
            if job is None:
                return
            await self._postpone(job, work, error)
            await work.commit()

    async def _postpone(self, job: Job, work: UnitOfWork, error: Exception) -> None:
        """Record the failure and the next attempt; a job that no attempt helps is dead."""
        handler = self.handlers[job.kind]
        failure = f"{type(error).__name__} {where_raised(error)}"[:200]
        JobQueue(work).postpone(job, failure, _wait(handler, job.attempts))
        if isinstance(error, handler.hopeless) or (handler.pauses and job.attempts > len(handler.pauses)):
            await self._bury(job, work)

    async def _bury_if_deadly(self, job: Job, work: UnitOfWork) -> None:
        """A job that failed, or crashed its worker, too often waits for an operator. Recurring jobs continue."""
        handler = self.handlers[job.kind]
        most = len(handler.pauses) + 1 if handler.pauses else MOST_ATTEMPTS
        if job.attempts > most and handler.every is None:
            await self._bury(job, work)

    async def _bury(self, job: Job, work: UnitOfWork) -> None:
        JobQueue(work).bury(job)
        log.error("job_dead", job_kind=job.kind, job_id=str(job.id))
        if given_up := self.handlers[job.kind].given_up:
            await given_up(work, job.payload)


@asynccontextmanager
async def working(runtime: Runtime) -> AsyncIterator[None]:
    """A worker in the server process; on exit it finishes the jobs it started."""
    stopped = asyncio.Event()
    task = asyncio.create_task(_run_lanes(runtime, stopped))
    try:
        yield
    finally:
        stopped.set()
        await task


async def run_worker(settings: Settings) -> None:
    """The process `athd worker`: runs until SIGTERM or SIGINT, then finishes the jobs it started."""
    runtime = open_runtime(settings)
    await check_database(runtime)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await _run_lanes(runtime, stopped)
    await runtime.close()


async def _run_lanes(runtime: Runtime, stopped: asyncio.Event) -> None:
    network = Worker(runtime, NETWORK, side_by_side=True)
    lanes = (*(Worker(runtime, kinds) for kinds in (LOCAL, UPLOADS, ROLLS)), network)
    await asyncio.gather(*(lane.run(stopped) for lane in lanes))


async def _any_set(*events: asyncio.Event, within: timedelta) -> None:
    """Return when one of the events is set, or the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=within.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _log_failure(error: Exception) -> None:
    log.warning("job_failed", error_type=type(error).__name__, where=where_raised(error))


def _wait(handler: Handler, attempts: int) -> timedelta:
    """Growing pauses with jitter, so that jobs that failed together do not retry together."""
    if handler.pauses:
        return handler.pauses[min(attempts, len(handler.pauses)) - 1] * random.uniform(0.9, 1.1)  # noqa: S311 — no secret
    longest = min(2.0**attempts, LONGEST_WAIT_S)
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311 — no secret
