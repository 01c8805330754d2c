"""Notices of a unit, and the jobs that deliver them."""

from typing import Any
from uuid import UUID

from app.jobs.handlers import HANDLERS
from app.jobs.worker import Worker
from app.models.notices.kinds import NOTICES
from app.models.notices.notices import Notice
from app.repositories.units import UnitRepository
from app.security.access.scope import ALL
from app.services.notices.notices import NoticeService
from app.services.platform.jobs import JobKind
from app.services.platform.unit_of_work import Runtime
from tests.factories.http import API, ok
from tests.factories.jobs import drain
from tests.world import Client, World

DELIVERY_JOBS = (JobKind.FAN_OUT, JobKind.DELIVER_WEBHOOK, JobKind.SEND_MAIL)


async def list_unread_notices(client: Client, kind: str) -> list[dict[str, Any]]:
    page = ok(await client.get(f"{API}/notices", params={"read": False, "limit": 500}))
    return [notice for notice in page["items"] if notice["kind"] == kind]


async def create_notice(world: World, unit_id: UUID, kind: str = "escalated", count: int = 1) -> None:
    async with world.runtime.work(ALL) as work:
        unit = await UnitRepository(work.session).get(unit_id)
        for _ in range(count):
            await NoticeService(work).notify(unit, NOTICES[kind], None, {})
        await work.commit()


async def list_notice_ids(world: World, unit_id: UUID) -> set[str]:
    async with world.runtime.work(ALL, write=False) as work:
        found = await work.session.scalars(NoticeService(work).notices.select().where(Notice.unit_id == unit_id))
        return {str(each.id) for each in found}


async def deliver_notices(runtime: Runtime) -> None:
    """Run the delivery jobs until nothing is due."""
    await drain(Worker(runtime, {kind: HANDLERS[kind] for kind in DELIVERY_JOBS}, side_by_side=True))
