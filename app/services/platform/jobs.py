"""The job queue: a job is enqueued in the transaction of its cause; a worker (app/jobs) runs it after the commit."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.time import CoarseTime
from app.models.platform.jobs import Job
from app.repositories.platform.jobs import JobRepository
from app.services.platform.unit_of_work import UnitOfWork


class JobKind(StrEnum):
    ESCALATE = "escalate"
    SETTLE_UNITS = "settle_units"
    PRUNE = "prune"
    SWEEP_FILES = "sweep_files"
    REWRAP = "rewrap"
    SEAL_AUDIT = "seal_audit"
    FAN_OUT = "fan_out"
    DELIVER_WEBHOOK = "deliver_webhook"
    SEND_MAIL = "send_mail"
    REMIND = "remind"
    REMIND_OF_REPORTS = "remind_of_reports"
    ANNOUNCE_MESSAGES = "announce_messages"
    ANNOUNCE_DANGER = "announce_danger"
    DESTROY_DUE = "destroy_due"
    SUBJECT_REQUESTS = "subject_requests"
    ANNOUNCE_INTAKES = "announce_intakes"
    ANNOUNCE_SET_ASIDES = "announce_set_asides"
    UPLOAD = "upload"
    FOLLOW_ROLLS = "follow_rolls"
    FOLLOW_ALL_ROLLS = "follow_all_rolls"
    PLAN_REMINDERS = "plan_reminders"
    PLAN_SCHOOL_REMINDERS = "plan_school_reminders"
    MAIL_REMINDERS = "mail_reminders"
    DELETE_UPLOAD_FILES = "delete_upload_files"
    MAKE_EDITIONS = "make_editions"
    RECOUNT_COMMITMENTS = "recount_commitments"
    SETTLE_TRANSFERS = "settle_transfers"


class Bell:
    """Wakes the workers of this process, which otherwise sleep until a job that they know is due."""

    def __init__(self) -> None:
        self._sleepers: list[tuple[Collection[str], asyncio.Event]] = []

    @contextmanager
    def heard(self, kinds: Collection[str]) -> Iterator[asyncio.Event]:
        """An event that is set whenever a job of these kinds is queued."""
        sleeper = (kinds, asyncio.Event())
        self._sleepers.append(sleeper)
        try:
            yield sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    def ring(self, kind: str) -> None:
        for kinds, woken in self._sleepers:
            if kind in kinds:
                woken.set()


async def enqueue(
    work: UnitOfWork, kind: JobKind, key: str, payload: dict[str, object], at: datetime | None = None
) -> None:
    """Queue a job for a moment, or for now; jobs with the same key are combined while they wait."""
    await JobRepository(work.session).put(kind, f"{kind}:{key}", payload, at or work.now, work.now)
    bell = work.runtime.cache(Bell)
    work.after_commit(lambda: bell.ring(kind))


async def enqueue_for_reporter(
    work: UnitOfWork, kind: JobKind, key: str, payload: dict[str, object], at: CoarseTime
) -> None:
    """Queue a job that follows what an anonymous caller did; its row holds no time but those of `at`."""
    await JobRepository(work.session).put(kind, f"{kind}:{key}", payload, at.visible_from, at.hour)


async def combine(work: UnitOfWork, kind: JobKind, key: str) -> None:
    """Delete the waiting jobs whose keys begin with `key`: the running one does what they ask.

    Call it before the work, so that what such a job asks is committed and is not missed.
    """
    await JobRepository(work.session).delete_waiting(f"{kind}:{key}")


async def joins_waiting(
    work: UnitOfWork, kind: JobKind, key: str, asked: dict[str, object], *, at_once: bool = False
) -> bool:
    """Whether a job whose key begins with `key` waits already, which then also does what is `asked`.

    `at_once` brings it forward, as if it had never failed. Dead ones make way: the next job does what they ask.
    """
    jobs = JobRepository(work.session)
    found = await jobs.without_lease(f"{kind}:{key}")
    for dead in (job for job in found if job.dead_at is not None):
        await jobs.finish(dead.id)
    waiting = [job for job in found if job.dead_at is None]
    for job in waiting:
        job.payload = {**job.payload, **asked}
        if at_once:
            job.run_at, job.attempts = min(job.run_at, work.now), 0
    await work.flush()
    return bool(waiting)


async def is_running(work: UnitOfWork, kind: JobKind, key: str) -> bool:
    """Whether a worker has a job whose key begins with `key`."""
    return await JobRepository(work.session).is_running(f"{kind}:{key}")


class JobQueue:
    """The queue for workers and operators."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.jobs = JobRepository(work.session)

    async def schedule(self, kinds: Collection[str]) -> None:
        """Queue one job of each recurring kind that has none."""
        for kind in kinds:
            await self.jobs.put(kind, kind, {}, self.work.now, self.work.now)

    async def next_due(self, kinds: Collection[str]) -> timedelta | None:
        """The time until the next job; negative if it is late, None without one."""
        due = await self.jobs.next_due(kinds)
        return None if due is None else due - self.work.now

    async def lease(self, kinds: Collection[str], worker: str, lease: timedelta, limit: int) -> list[Job]:
        return await self.jobs.lease(kinds, self.work.now, self.work.now + lease, worker, limit)

    async def leased(self, job_id: UUID, worker: str) -> Job | None:
        """The job, locked, if the worker still has its lease."""
        return await self.jobs.leased(job_id, worker)

    async def finish(self, job: Job, every: timedelta | None) -> None:
        """Delete a finished job, or schedule its next run."""
        if every is None:
            await self.jobs.finish(job.id)
        else:
            job.run_at, job.leased_by, job.attempts, job.failure = self.work.now + every, None, 0, None

    def postpone(self, job: Job, failure: str, pause: timedelta) -> None:
        job.failure, job.leased_by, job.run_at = failure, None, self.work.now + pause

    def bury(self, job: Job) -> None:
        """Mark a job as dead: an operator decides."""
        job.dead_at, job.leased_by = self.work.now, None

    async def dead(self) -> list[Job]:
        return await self.jobs.dead()

    async def revive(self, kind: str | None) -> int:
        """Queue dead jobs of one kind or of all again and return the count."""
        return await self.jobs.revive(kind, self.work.now)
