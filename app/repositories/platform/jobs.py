"""The queue's statements, the same on both engines: SQLite's one writer stands in for SKIP LOCKED."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.ids import id_of_hour
from app.models.platform.jobs import Job
from app.repositories.base import Repository


class JobRepository(Repository[Job]):
    model = Job

    async def put(self, kind: str, key: str, payload: dict[str, object], run_at: datetime, now: datetime) -> None:
        """Add the job unless one of its key waits already."""
        insert = postgresql.insert if self.session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values = {"kind": kind, "key": key, "payload": payload, "run_at": run_at, "created_at": now}
        statement = (
            insert(Job).values(id=id_of_hour(now), attempts=0, **values).on_conflict_do_nothing(index_elements=["key"])
        )
        await self.session.execute(statement)

    async def next_due(self, kinds: Collection[str]) -> datetime | None:
        """When the next job is due, or its lease expires."""
        waiting = select(Job.run_at).where(Job.dead_at.is_(None), Job.kind.in_(kinds))
        return await self.session.scalar(waiting.order_by(Job.run_at).limit(1))

    async def lease(self, kinds: Collection[str], now: datetime, until: datetime, worker: str, limit: int) -> list[Job]:
        """The due jobs, leased exclusively to `worker` until a given time."""
        due = (
            self.select()
            .where(Job.run_at <= now, Job.dead_at.is_(None), Job.kind.in_(kinds))
            .order_by(Job.run_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        jobs = await self.rows(due)
        for job in jobs:
            job.run_at, job.leased_by, job.attempts = until, worker, job.attempts + 1
        return jobs

    async def leased(self, job_id: UUID, worker: str) -> Job | None:
        """The job, locked, if `worker` still has it."""
        query = self.select().where(Job.id == job_id, Job.leased_by == worker, Job.dead_at.is_(None))
        return await self.first(query.with_for_update())

    async def finish(self, job_id: UUID) -> None:
        await self.session.execute(delete(Job).where(Job.id == job_id))

    async def delete_waiting(self, prefix: str) -> None:
        """Delete the jobs whose keys begin with `prefix`, except those that another worker runs."""
        query = select(Job.id).where(Job.key.startswith(prefix, autoescape=True), Job.dead_at.is_(None))
        waiting = await self.rows(query.with_for_update(skip_locked=True))
        deletion = delete(Job).where(Job.id.in_(waiting))
        await self.session.execute(deletion.execution_options(synchronize_session=False))

    async def without_lease(self, prefix: str) -> list[Job]:
        """The jobs whose keys begin with `prefix`, locked: waiting or dead, and none that a worker takes just now."""
        query = self.select().where(Job.key.startswith(prefix, autoescape=True), Job.leased_by.is_(None))
        query = query.order_by(Job.id).with_for_update(skip_locked=True)
        return await self.rows(query.execution_options(populate_existing=True))

    async def is_running(self, prefix: str) -> bool:
        """Whether a worker has a job whose key begins with `prefix`."""
        leased = (Job.key.startswith(prefix, autoescape=True), Job.leased_by.is_not(None), Job.dead_at.is_(None))
        return await self.exists(select(Job.id).where(*leased))

    async def dead(self) -> list[Job]:
        return await self.rows(self.select().where(Job.dead_at.is_not(None)).order_by(Job.id))

    async def revive(self, kind: str | None, now: datetime) -> int:
        query = self.select().where(Job.dead_at.is_not(None))
        query = query if kind is None else query.where(Job.kind == kind)
        jobs = await self.rows(query.with_for_update())
        for job in jobs:
            job.dead_at, job.attempts, job.run_at, job.leased_by = None, 0, now, None
        return len(jobs)
