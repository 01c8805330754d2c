"""What the tests of webhooks and mailboxes share: notices of a unit, and the worker's lane that carries them out."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core import time
from app.jobs.handlers import HANDLERS
from app.jobs.worker import Worker
from app.models.notices.kinds import NoticeKind
from app.models.notices.notices import Notice
from app.repositories.units import UnitRepository
from app.security.access.scope import ALL
from app.services.notices.notices import NoticeService
from app.services.platform.jobs import JobKind
from app.services.platform.unit_of_work import Runtime
from tests.world import World

CARRIED = (JobKind.FAN_OUT, JobKind.DELIVER_WEBHOOK, JobKind.SEND_MAIL)


async def notice(world: World, unit_id: UUID, kind: str = "escalated", count: int = 1) -> None:
    async with world.runtime.work(ALL) as work:
        unit = await UnitRepository(work.session).get(unit_id)
        for _ in range(count):
            await NoticeService(work).notify(unit, NoticeKind(kind), None, {})
        await work.commit()


async def notices_of(world: World, unit_id: UUID) -> set[str]:
    async with world.runtime.work(ALL, write=False) as work:
        found = await work.session.scalars(NoticeService(work).notices.select().where(Notice.unit_id == unit_id))
        return {str(each.id) for each in found}


async def carry(runtime: Runtime) -> None:
    """Everything that is due goes out."""
    worker = Worker(runtime, {kind: HANDLERS[kind] for kind in CARRIED}, side_by_side=True)
    while await worker.step():
        pass


def later(monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    real = time.utc_now
    monkeypatch.setattr(time, "utc_now", lambda: real() + timedelta(**span))
