"""Notices to the level above a holder about acts on a case."""

from typing import Any

from app.models.cases.incidents import Incident
from app.models.notices.kinds import NoticeSpec
from app.repositories.units import UnitRepository
from app.security.access.elevation import ElevationReason
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork


async def announce(work: UnitOfWork, incident: Incident, kind: NoticeSpec, data: dict[str, Any]) -> None:
    """Notify the level above the holder, or the holder where none works; and the holder of what another unit did.

    The caller's own unit is left out, unless no other unit would be notified.
    """
    units = UnitRepository(work.session)
    async with work.elevated(ElevationReason.NOTICE):
        holder = await units.at(incident.org_path)
        above = await units.working_level_above(incident.org_path)
        own = None if work.actor_id is None else work.actor.unit_id
        recipients = [above or holder] if holder.id == own else [above, holder]
        others = [unit for unit in recipients if unit is not None and unit.id != own]
        await NoticeService(work).notify_all(others or [holder], kind, incident.id, {"code": incident.code, **data})
        await work.flush()
