"""Learners who change school, over HTTP, and the worker that looks for the other side. All invented."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from app.core.time import today
from app.jobs.handlers import LOCAL
from app.jobs.worker import Worker
from app.security.access.scope import ALL
from app.services.platform.jobs import JobKind
from tests.factories.http import API, list_items, ok, read_etag
from tests.factories.jobs import drain
from tests.factories.learners import Pupil, create_class, create_learner, create_pupil, write
from tests.factories.units import StaffedUnit, create_unit
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


@dataclass(frozen=True)
class Schools:
    """The school that learners leave and the one they come to, each with a class."""

    old: StaffedUnit
    new: StaffedUnit
    old_class: str
    new_class: str

    async def leave(self, code: dict[str, str], **more: Any) -> Pupil:
        return await create_pupil(self.old.officer, self.old_class, identifiers=[code], **more)

    async def arrive(self, code: dict[str, str], **more: Any) -> Pupil:
        return await arrive(self.new.officer, self.new_class, code, **more)


async def create_schools(world: World) -> Schools:
    old, new = await create_unit(world), await create_unit(world)
    return Schools(old, new, (await create_class(old.officer))["id"], (await create_class(new.officer))["id"])


async def settle_transfers(world: World, *, in_days: int = 0, queued: bool = True) -> None:
    """Run the jobs that wait, then what the worker does every few minutes, as it would in some days."""
    handler = LOCAL[JobKind.SETTLE_TRANSFERS]
    worker = Worker(world.runtime, {JobKind.SETTLE_TRANSFERS: handler})
    if queued:
        await drain(worker)
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


async def departure_of(client: Client, pupil: Pupil) -> dict[str, Any] | None:
    return next((each for each in await departures(client) if each["learner_id"] == pupil.id), None)
