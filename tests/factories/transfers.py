"""Learners who change school, over HTTP, and the worker that looks for the other side. All invented."""

from datetime import timedelta
from itertools import count
from typing import Any

from app.core.time import today
from app.jobs.handlers import LOCAL
from app.jobs.worker import Worker
from app.security.access.scope import ALL
from app.services.platform.jobs import JobKind
from tests.factories.http import API, list_items, ok, read_etag
from tests.factories.learners import Pupil, create_learner, write
from tests.world import Client, World

TRANSFERS = f"{API}/learner-transfers"
CODES = count(8_300_000_000)


def moet() -> dict[str, str]:
    return {"kind": "moet", "value": str(next(CODES))}


async def arrive(
    client: Client, class_id: str, code: dict[str, str], name: str = "Nguyễn Thị Bịa", **more: Any
) -> Pupil:
    """Enrol a learner who came from another school, without letting the worker look."""
    made = await create_learner(client, name, identifiers=[code], **more)
    body = {"class_id": class_id, "entered_on": today().isoformat(), "status": "02"}
    enrolled = ok(await write(client, made["id"], "enrolments", body), 201)
    return Pupil(made["id"], class_id, enrolled["id"])


async def settle_transfers(world: World, *, in_days: int = 0) -> None:
    """Run the jobs that are due, then what the worker does every few minutes, as it would in some days."""
    handler = LOCAL[JobKind.SETTLE_TRANSFERS]
    worker = Worker(world.runtime, {JobKind.SETTLE_TRANSFERS: handler})
    while await worker.step():
        pass
    async with world.runtime.work(ALL) as work:
        work.now += timedelta(days=in_days)
        await handler.run(work, {})
        await work.commit()


async def departures(client: Client) -> list[dict[str, Any]]:
    return await list_items(client, "learner-transfers", side="departure")


async def decide(client: Client, transfer_id: str, act: str, **body: str) -> Any:
    path = f"{TRANSFERS}/{transfer_id}"
    return await client.post(f"{path}/{act}", body or None, headers={"If-Match": await read_etag(client, path)})


async def transfer_of(client: Client, pupil: Pupil) -> dict[str, Any]:
    """What the enrolment says of the transfer."""
    (enrolment,) = ok(await client.get(f"{pupil.path}/enrolments"))
    found: dict[str, Any] = enrolment["transfer"]
    return found
