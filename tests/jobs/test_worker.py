"""The worker: every job is done once, despite failures, kills and concurrent workers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import delete, event, func, select
from sqlalchemy.exc import OperationalError

from app.core import time
from app.jobs import worker as working
from app.jobs.handlers import HANDLERS, Handler
from app.jobs.worker import IDLE, LEASE, MOST_ATTEMPTS, Worker
from app.models.notices.notices import Notice
from app.models.platform.jobs import Job
from app.repositories.platform.jobs import JobRepository
from app.repositories.units import UnitRepository
from app.security.access.scope import ALL
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork
from app.services.setup.start import open_runtime
from tests.factories.http import API, ok
from tests.factories.intakes import create_public_intake
from tests.factories.jobs import drain
from tests.factories.statements import engines
from tests.factories.units import create_unit
from tests.world import World

KIND = "thu"


@pytest.fixture(autouse=True)
async def empty(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        await work.session.execute(delete(Job))
        await work.commit()


async def put(world: World, key: str, **payload: object) -> None:
    async with world.runtime.work(ALL) as work:
        await JobRepository(work.session).put(KIND, key, payload, work.now, work.now)
        await work.commit()


async def jobs(world: World) -> list[Job]:
    async with world.runtime.work(ALL, write=False) as work:
        return list(await work.session.scalars(select(Job).where(Job.kind != JobKind.FAN_OUT).order_by(Job.id)))


async def count(world: World, kind: str) -> int:
    async with world.runtime.work(ALL, write=False) as work:
        return await work.session.scalar(select(func.count()).select_from(Notice).where(Notice.kind == kind)) or 0


def leaves(kind: str) -> Handler:
    """An effect in the job's transaction."""

    async def act(work: UnitOfWork, payload: dict[str, Any]) -> None:
        unit = await UnitRepository(work.session).get(UUID(payload["unit_id"]))
        work.session.add(Notice(unit_id=unit.id, org_path=unit.org_path, kind=kind, created_at=work.now))

    return Handler(act)


async def fails(_: UnitOfWork, __: dict[str, Any]) -> None:
    raise LookupError("bịa")


async def test_many_workers_do_each_job_once(world: World) -> None:
    for number in range(40):
        await put(world, f"k{number}", unit_id=str(world.units["school_a1"]))
    workers = [Worker(world.runtime, {KIND: leaves("mot_lan")}) for _ in range(4)]

    await asyncio.gather(*(drain(worker) for worker in workers))
    assert await count(world, "mot_lan") == 40
    assert await jobs(world) == []


async def test_one_of_a_key_waits_at_a_time(world: World) -> None:
    for _ in range(3):
        await put(world, "same")
    assert len(await jobs(world)) == 1


async def test_what_its_cause_undoes_is_never_done(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        await JobRepository(work.session).put(KIND, "k", {}, work.now, work.now)
    assert await jobs(world) == []


async def test_failed_job_is_rolled_back_delayed_and_reported_without_details(world: World) -> None:
    genuine = leaves("nua_chung")

    async def half(work: UnitOfWork, payload: dict[str, Any]) -> None:
        await genuine.run(work, payload)
        await work.flush()
        raise LookupError("Bé Bịa")

    await put(world, "k", unit_id=str(world.units["school_a1"]))
    await Worker(world.runtime, {KIND: Handler(half)}).step()
    (job,) = await jobs(world)
    assert await count(world, "nua_chung") == 0
    assert job.run_at > time.utc_now()
    assert job.failure is not None
    assert job.failure.startswith("LookupError ")
    assert "Bịa" not in job.failure


async def test_what_fails_too_often_waits_for_a_human_who_may_bring_it_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(world, "k")
    real, worker = time.utc_now, Worker(world.runtime, {KIND: Handler(fails)})
    for days in range(MOST_ATTEMPTS + 2):
        monkeypatch.setattr(time, "utc_now", lambda days=days: real() + timedelta(days=days))
        await worker.step()
    (job,) = await jobs(world)
    assert job.dead_at is not None
    assert await worker.step() == 0
    async with world.runtime.work(ALL) as work:
        assert await JobRepository(work.session).revive(KIND, work.now) == 1
        await work.commit()
    assert await worker.step() == 1


async def test_job_of_a_killed_worker_is_run_after_its_lease(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await put(world, "k", unit_id=str(world.units["school_a1"]))
    killed, other = (Worker(world.runtime, {KIND: leaves("song_sot")}) for _ in range(2))

    async def die(_: Job) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(killed, "_do", die)
        with pytest.raises(SystemExit):
            await killed.step()
    assert await other.step() == 0
    real = time.utc_now
    monkeypatch.setattr(time, "utc_now", lambda: real() + LEASE + timedelta(seconds=1))
    assert await other.step() == 1
    assert await count(world, "song_sot") == 1


async def test_running_job_beyond_its_lease_is_not_claimed_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real, effect, claims = time.utc_now, leaves("mot_minh"), []
    elsewhere = open_runtime(world.runtime.settings.model_copy(update={"database_lock_s": 1.0}))

    async def slow(work: UnitOfWork, payload: dict[str, Any]) -> None:
        await effect.run(work, payload)
        await work.flush()
        monkeypatch.setattr(time, "utc_now", lambda: real() + 2 * LEASE)
        with suppress(OperationalError):  # SQLite lets nobody else write at all
            claims.append(await Worker(elsewhere, {KIND: leaves("mot_minh")}).step())

    await put(world, "k", unit_id=str(world.units["school_a1"]))
    assert await Worker(world.runtime, {KIND: Handler(slow)}).step() == 1
    await elsewhere.close()
    assert sum(claims) == 0
    assert await count(world, "mot_minh") == 1
    assert await jobs(world) == []


async def test_unknown_job_kind_is_left_for_a_newer_release(world: World) -> None:
    await put(world, "k")
    assert await Worker(world.runtime, {"khac": Handler(fails)}).step() == 0
    assert len(await jobs(world)) == 1


async def test_jobs_of_the_clock_wait_once_and_come_again(world: World) -> None:
    # Without the jobs that these add, such as the delivery of a reminder.
    recurring = {kind: handler for kind, handler in HANDLERS.items() if handler.every}
    worker = Worker(world.runtime, recurring)

    async def waiting() -> list[Job]:
        return [job for job in await jobs(world) if job.kind in recurring]

    for _ in range(2):
        await worker.schedule()
    assert sorted(job.kind for job in await waiting()) == sorted(recurring)
    began = time.utc_now()
    # A step takes so many jobs at most, those that wait longest first.
    for _ in recurring:
        await worker.step()
    assert sorted(job.kind for job in await waiting()) == sorted(recurring)
    for job in await waiting():
        assert (job.run_at > began, job.leased_by, job.failure) == (True, None, None)


async def test_the_worker_inside_the_server_starts_and_ends_with_it(world: World) -> None:
    stopped = asyncio.Event()
    task = asyncio.create_task(Worker(world.runtime).run(stopped))
    async with asyncio.timeout(60):
        while not [job for job in await jobs(world) if job.run_at > time.utc_now()]:  # noqa: ASYNC110 — a database
            await asyncio.sleep(0.05)
        stopped.set()
        await task


async def test_a_flood_of_intakes_is_one_notice(world: World) -> None:
    school = await create_unit(world)
    form = {"unit_id": str(school.id), "narrative": "Bịa", "immediate_danger": False}
    for _ in range(12):
        await create_public_intake(world, **form)
    worker = Worker(world.runtime)
    with time_machine.travel(time.next_grid_line(time.utc_now())):
        await drain(worker)
        await create_public_intake(world, **form)
        await worker.step()
    (notice,) = ok(await school.head.get(f"{API}/notices"))["items"]
    assert (notice["kind"], notice["data"]) == ("intakes_waiting", {"unproven": 12})
    read = ok(await school.head.post(f"{API}/notices/{notice['id']}/read"))
    assert read["read_at"] is not None
    other = await create_unit(world)
    assert (await other.head.post(f"{API}/notices/{notice['id']}/read")).status_code == 404
    assert ok(await school.head.get(f"{API}/notices", params={"read": False}))["items"] == []


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """What this process sends to the database."""
    sent: list[str] = []

    def hear(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    for engine in engines(world):
        event.listen(engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        for engine in engines(world):
            event.remove(engine, "before_cursor_execute", hear)


@asynccontextmanager
async def asleep(world: World, handler: Handler) -> AsyncIterator[asyncio.Event]:
    """A worker of webhooks that has found nothing to do, and what is set each time that it falls asleep."""
    stopped, fell_asleep, wait = asyncio.Event(), asyncio.Event(), working._any_set

    async def noticed(*events: asyncio.Event, within: timedelta) -> None:
        if within > working.PAUSE:
            fell_asleep.set()
        await wait(*events, within=within)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working, "_any_set", noticed)
        task = asyncio.create_task(Worker(world.runtime, {JobKind.DELIVER_WEBHOOK: handler}).run(stopped))
        async with asyncio.timeout(60):
            await fell_asleep.wait()
        try:
            yield fell_asleep
        finally:
            stopped.set()
            await task


def remembers(done: asyncio.Event) -> Handler:
    async def act(_: UnitOfWork, __: dict[str, Any]) -> None:
        done.set()

    return Handler(act)


async def test_a_job_added_in_the_process_wakes_the_worker_at_once(world: World) -> None:
    done = asyncio.Event()
    async with asleep(world, remembers(done)):
        async with world.runtime.work(ALL) as work:
            await enqueue(work, JobKind.DELIVER_WEBHOOK, "k", {})
            await asyncio.sleep(0.1)
            assert not done.is_set()
            await work.commit()
        async with asyncio.timeout(IDLE.total_seconds() / 4):
            await done.wait()


async def test_a_worker_asleep_sends_nothing_until_the_next_job_is_due(world: World) -> None:
    done, due = asyncio.Event(), timedelta(seconds=5)
    async with asleep(world, remembers(done)) as fell_asleep:
        fell_asleep.clear()
        async with world.runtime.work(ALL) as work:
            await enqueue(work, JobKind.DELIVER_WEBHOOK, "k", {}, work.now + due)
            await work.commit()
        async with asyncio.timeout(60):
            await fell_asleep.wait()
        with statements(world) as sent:
            await asyncio.sleep(due.total_seconds() / 10)
            assert (sent, done.is_set()) == ([], False)
            async with asyncio.timeout(10 * due.total_seconds()):
                await done.wait()
        assert sent


async def test_a_job_of_another_lane_wakes_nobody(world: World) -> None:
    async with asleep(world, Handler(fails)):
        async with world.runtime.work(ALL) as work:
            await enqueue(work, JobKind.FAN_OUT, "k", {})
            await work.commit()
        with statements(world) as sent:
            await asyncio.sleep(0.3)
        assert sent == []


async def test_a_job_without_anything_to_do_is_not_run_until_there_is_something(world: World) -> None:
    """Sealing at rest writes nothing; an entry is sealed after a second, as it is under load."""
    done, stopped, needed = asyncio.Event(), asyncio.Event(), False

    async def is_needed(_: UnitOfWork) -> bool:
        return needed

    handler = Handler(remembers(done).run, timedelta(seconds=0.2), is_needed)
    task = asyncio.create_task(Worker(world.runtime, {JobKind.SEAL_AUDIT: handler}).run(stopped))
    await asyncio.sleep(1)
    assert not done.is_set()
    assert [job.attempts for job in await jobs(world)] == [0]
    needed = True
    async with asyncio.timeout(IDLE.total_seconds() / 2):
        await done.wait()
    stopped.set()
    await task
