"""The holder of a case: its unit, or the level above a unit whose head or staff is accused.

Scope follows custody (`org_path`): the rule that hides other units' cases, in the ORM and in the database, also hides
the case from the accused's unit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.core.problems import INVALID
from app.models.cases.incidents import STAFF_KINDS
from app.models.units import Unit
from app.repositories.accounts import UserRepository
from app.repositories.units import UnitRepository
from app.security.access.elevation import ElevationReason
from app.security.access.roles import WORKING_LEVELS
from app.services.platform.problems import unknown_unit
from app.services.platform.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Accused:
    kind: str
    unit_id: UUID | None
    pointer: str = "/unit_id"


class Place(Protocol):
    """A unit's id and path, which a row of it carries."""

    @property
    def id(self) -> UUID: ...

    @property
    def org_path(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CustodyDecision:
    holder: Place
    above_accused: bool
    accused_units: tuple[Unit, ...] = ()


class Custody:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.units = UnitRepository(work.session)

    async def unit(self, unit_id: UUID, pointer: str) -> Unit:
        unit = await self.units.find(unit_id)
        if unit is None:
            raise unknown_unit(pointer)
        return unit

    async def check(self, named: Iterable[tuple[str, UUID | None]]) -> None:
        """Raises `invalid` (422) naming every place (a JSON pointer) whose unit is unknown."""
        wanted = [(pointer, unit_id) for pointer, unit_id in named if unit_id is not None]
        known = await self.units.known({unit_id for _, unit_id in wanted}) if wanted else set()
        if faults := [fault for p, u in wanted if u not in known for fault in unknown_unit(p).faults]:
            raise INVALID(faults=faults)

    async def department(self) -> Unit:
        """The unit of a case for which no unit was named."""
        for kind in ("department", "ministry"):
            if found := await self.units.by_kind(kind):
                return found[0]
        raise LookupError("no department: the installation has no units yet")

    async def receiving_unit(self, unit: Unit) -> Unit:
        """The unit that receives reports about a unit: the unit itself while it is open and works on cases, else its
        single successor, else the nearest such level above."""
        if self._works(unit):
            return unit
        after = [await self.units.get(unit_id) for unit_id in await self.units.successors([unit.id])]
        heirs = [heir for heir in after if self._works(heir)]
        if len(heirs) == 1:
            return heirs[0]
        above = await self.units.above(unit.org_path)
        return await self.receiving_unit(above) if above is not None else await self.department()

    def _works(self, unit: Unit) -> bool:
        return unit.kind in WORKING_LEVELS and not unit.is_closed(self.work.today)

    async def assign(self, unit: Unit, accused: Iterable[Accused]) -> CustodyDecision:
        """The holder of a case at `unit`, given who is accused (domain edge case 8)."""
        named = [await self.unit(a.unit_id or unit.id, a.pointer) for a in accused if a.kind in STAFF_KINDS]
        units = await self.with_successors(named)
        holder = unit
        for theirs in sorted(units, key=lambda u: len(u.org_path), reverse=True):
            if holder.org_path.startswith(theirs.org_path):
                holder = await self.level_above(theirs) or holder
        return CustodyDecision(holder, above_accused=holder is not unit, accused_units=tuple(units))

    async def with_successors(self, units: list[Unit]) -> list[Unit]:
        """The units and their successors, to which the accused moved.

        Without successors above a unit: they took over a duty, and their staff was not there. Staff who came from the
        unit are separated by name (repositories/cases/former_units.py).
        """
        known = {unit.id for unit in units}
        after = await self.units.successors(known) - known if units else set()
        heirs = await self.units.of_ids(after) if after else []
        return units + [heir for heir in heirs if not any(unit.org_path.startswith(heir.org_path) for unit in units)]

    async def level_above(self, unit: Unit) -> Unit | None:
        """The nearest level above with somebody who sees the case: further up it would be hidden from all."""
        for above in await self.units.superiors(unit.org_path):
            if await self._is_read_at(above):
                return above
        return None

    async def above_both(self, one: Unit, other: Unit) -> Unit | None:
        """The nearest level above one unit that is, or is above, the other, with somebody who sees the case."""
        for above in await self.units.superiors(one.org_path):
            if other.org_path.startswith(above.org_path) and await self._is_read_at(above):
                return above
        return None

    async def _is_read_at(self, unit: Unit) -> bool:
        if unit.is_closed(self.work.today) or self._works(unit):
            return self._works(unit)
        async with self.work.elevated(ElevationReason.ACCUSED_ROUTING):
            return await UserRepository(self.work.session).reads_cases(unit.id)
