"""The worker: takes due jobs, one transaction each, and survives being killed at any point.

A job is leased in a transaction of its own, which counts the attempt, and then done in the one that takes it off the
queue: whatever dies in between is done again when the lease is over, and never twice. Any number may run at once.

The second transaction holds the job's row, or SQLite's one right to write, for as long as the worker lives: that is its
heartbeat, so a job that outlasts its lease is taken by nobody, and one whose worker dies is free at once. Only what is
sent outside (app/services/notices/deliveries.py) lets go in between, and ends well within the lease.
"""

import asyncio
import random
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

import structlog

from app.core.logging import where_raised
from app.core.settings import Settings
from app.jobs.handlers import HANDLERS, LOCAL, NETWORK, Handler
from app.models.platform.jobs import Job
from app.security.access.scope import ALL
from app.services.platform.jobs import JobQueue
from app.services.platform.unit_of_work import Runtime, UnitOfWork
from app.services.setup.start import check_database, open_runtime

LEASE = timedelta(seconds=60)
BATCH = 10
IDLE_S = 1.0
MOST_ATTEMPTS = 8
LONGEST_WAIT_S = 3600.0

log = structlog.get_logger()


class Worker:
    """Does the jobs of some kinds, one after another, or a batch side by side where they wait for other machines."""

    def __init__(
        self, runtime: Runtime, handlers: Mapping[str, Handler] = HANDLERS, *, side_by_side: bool = False
    ) -> None:
        self.runtime = runtime
        self.handlers = handlers
        self.side_by_side = side_by_side
        self.name = secrets.token_hex(8)

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until told to stop. A database that is away is waited for."""
        while not stopped.is_set():
            try:
                await self.schedule()
                idle = not await self.step()
            except Exception as error:  # noqa: BLE001 — a worker outlives whatever a database does
                log.warning("worker", error_type=type(error).__name__, where=where_raised(error))
                idle = True
            if idle:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopped.wait(), IDLE_S)

    async def schedule(self) -> None:
        """See that each job of the clock waits, once."""
        recurring = [kind for kind, handler in self.handlers.items() if handler.every is not None]
        if not recurring:
            return
        async with self.runtime.work(ALL) as work:
            await JobQueue(work).schedule(recurring)
            await work.commit()

    async def step(self) -> int:
        """Do what is due now; how many jobs that was."""
        async with self.runtime.work(ALL, write=False) as work:
            if not await JobQueue(work).any_due(self.handlers.keys()):
                return 0
        async with self.runtime.work(ALL) as work:
            queue = JobQueue(work)
            jobs = await queue.lease(self.handlers.keys(), self.name, LEASE, BATCH)
            for job in jobs:
                self._bury_if_deadly(job, queue)
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
            except Exception as error:  # noqa: BLE001 — any failure is kept with the job and tried again
                log.warning("job_failed", error_type=type(error).__name__, where=where_raised(error))
                await self._failed(job.id, error)

    async def _do_in(self, work: UnitOfWork, job_id: UUID) -> None:
        queue = JobQueue(work)
        job = await queue.leased(job_id, self.name)
        if job is None:
            return
        handler, work.operation = self.handlers[job.kind], job.kind
        await handler.run(work, job.payload)
        await queue.finish(job, handler.every)
        await work.commit()

    async def _failed(self, job_id: UUID, error: Exception) -> None:
        async with self.runtime.work(ALL) as work:
            queue = JobQueue(work)
            job = await queue.leased(job_id, self.name)
            if job is None:
                return
            queue.postpone(job, f"{type(error).__name__} {where_raised(error)}"[:200], _wait(job.attempts))
            await work.commit()

    def _bury_if_deadly(self, job: Job, queue: JobQueue) -> None:
        """A job that failed, or killed its worker, too often waits for a human. Those of the clock go on."""
        if job.attempts > MOST_ATTEMPTS and self.handlers[job.kind].every is None:
            queue.bury(job)
            log.error("job_dead", job_kind=job.kind, job_id=str(job.id))


@asynccontextmanager
async def working(runtime: Runtime) -> AsyncIterator[None]:
    """A worker beside whatever else the process does; what it has begun it ends before it goes."""
    stopped = asyncio.Event()
    task = asyncio.create_task(_run_lanes(runtime, stopped))
    try:
        yield
    finally:
        stopped.set()
        await task


async def run_worker(settings: Settings) -> None:
    """The process `athd worker`: until SIGTERM or SIGINT, and then to the end of what it has begun."""
    runtime = open_runtime(settings)
    await check_database(runtime)
    stopped = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stopped.set)
    await _run_lanes(runtime, stopped)
    await runtime.engine.dispose()


async def _run_lanes(runtime: Runtime, stopped: asyncio.Event) -> None:
    network = Worker(runtime, NETWORK, side_by_side=True)
    await asyncio.gather(Worker(runtime, LOCAL).run(stopped), network.run(stopped))


def _wait(attempts: int) -> timedelta:
    """Twice as long each time, with jitter, so that what failed together does not come back together."""
    longest = min(2.0**attempts, LONGEST_WAIT_S)
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311 — no secret
