"""Campaigns that remind, over HTTP, at hours that a test chooses. All invented."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy import delete

from app.core.time import VIETNAM, today, utc_now
from app.jobs.handlers import ROLLS
from app.jobs.worker import Worker
from app.models.platform.jobs import Job
from app.security.access.scope import ALL
from app.services.commitments.reminders import plan_reminders
from tests.factories.accounts import register_integration_client
from tests.factories.clock import AdvanceClock
from tests.factories.commitments import Signing, adopt, create_campaign, secondary_template
from tests.factories.http import API, list_items, ok
from tests.factories.jobs import drain
from tests.factories.learners import Pupil, create_class, create_pupil, guardian, write
from tests.factories.units import StaffedUnit
from tests.world import Client, World

PHONES = count(2_000_001)
REMINDERS = f"{API}/commitment-reminders"
RULES = {"days_after": [1, 3]}


def next_phone() -> str:
    return f"090{next(PHONES)}"


def dialled(phone: str) -> str:
    return f"+84{phone[1:]}"


@dataclass(slots=True)
class Calendar:
    """Sets the clock to an hour in Việt Nam, some days after the real one."""

    advance: AdvanceClock
    real: Callable[[], datetime] = utc_now
    start: date = field(default_factory=today)

    def set(self, world: World, days: int, hour: int, *clients: Client) -> None:
        moment = datetime.combine(self.start + timedelta(days=days), time(hour), VIETNAM)
        self.advance(seconds=(moment - self.real()).total_seconds())
        for client in clients:
            world.renew(client, moment)


async def forget_rolls(world: World) -> None:
    """Without the jobs of other tests in the same world."""
    async with world.runtime.work(ALL) as work:
        await work.session.execute(delete(Job).where(Job.kind.in_(ROLLS)))
        await work.commit()


async def follow(world: World) -> None:
    """Run the jobs that follow the rolls, and those that plan reminders."""
    await drain(Worker(world.runtime, ROLLS))


async def plan(world: World, runtime: Any = None) -> None:
    """Plan the reminders of the day, as the worker does."""
    async with (runtime or world.runtime).work(ALL) as work:
        await plan_reminders(work, {})
        await work.commit()
    await drain(Worker(runtime or world.runtime, ROLLS))


async def create_reminding(school: StaffedUnit, *phones: str, campaign_id: str | None = None, **more: Any) -> Signing:
    """A class in a campaign that reminds, with a pupil whose mother has each telephone."""
    row = await create_class(school.officer)
    pupils = [await create_pupil(school.officer, row["id"], f"Lê Thị Bịa {at}") for at, _ in enumerate(phones)]
    for pupil, phone in zip(pupils, phones, strict=True):
        await add_guardian(school, pupil, phone=phone)
    if campaign_id is None:
        days = {"closes_on": (today() + timedelta(days=20)).isoformat(), "reminders": RULES}
        campaign_id = await create_campaign(school.head, [await secondary_template(school.head)], **days | more)
    await adopt(school.officer, campaign_id)
    listed = await list_items(school.officer, "commitment-classes", campaign_id=campaign_id)
    found = next(each["id"] for each in listed if each["class_id"] == row["id"])
    return Signing(school, campaign_id, row["id"], found, tuple(pupils))


async def add_guardian(school: StaffedUnit, pupil: Pupil, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = ok(await write(school.officer, pupil.id, "guardians", guardian(**more)), 201)
    return made


@dataclass(frozen=True, slots=True)
class Sender:
    """A system of a unit that sends reminders and may do nothing else with commitments. It signs in for each call."""

    world: World
    form: dict[str, str]

    async def post(self, path: str, body: object) -> Any:
        token = ok(await self.world.http.post("/oauth/token", data=self.form))["access_token"]
        return await Client(self.world.http, self.world, {"Authorization": f"Bearer {token}"}).post(path, body)


async def create_sender(world: World, unit_id: Any) -> Sender:
    made = await register_integration_client(world, unit_id, "commitment_reminder:update")
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
    return Sender(world, form)


async def fetch(sender: Sender, limit: int = 100) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(await sender.post(f"{REMINDERS}/batches", {"limit": limit}))["items"]
    return found


async def say(sender: Sender, messages: list[dict[str, Any]], outcome: str, **more: Any) -> Any:
    named = [{"reminder_id": each["id"], "outcome": outcome, **more} for each in messages]
    return await sender.post(f"{REMINDERS}/outcomes", {"outcomes": named})
