"""Checks of a unit against the caller's scope."""

from uuid import UUID

from app.models.units import Unit
from app.repositories.units import UnitRepository
from app.security.access.scope import Range
from app.services.platform.problems import unknown_unit
from app.services.platform.unit_of_work import UnitOfWork


async def own_unit(units: UnitRepository, work: UnitOfWork, unit_id: UUID) -> Unit:
    """An open unit in the caller's scope. Raises `invalid` (422)."""
    unit = await units.find(unit_id)
    if unit is None or unit.is_closed(work.today) or not Range.under(work.actor.org_path).holds(unit.org_path):
        raise unknown_unit("/unit_id")
    return unit
