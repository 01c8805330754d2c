"""In-memory cache of where units stand, for the staff intake without an accused: its foreign keys check the path."""

import time
from dataclasses import dataclass, field
from uuid import UUID

from app.services.cases.custody import Custody
from app.services.platform.unit_of_work import UnitOfWork

FRESH_S = 60.0
# The memory of some megabytes; a province has fewer units.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class UnitPlace:
    id: UUID
    org_path: str


@dataclass(slots=True)
class UnitPlaces:
    places: dict[UUID, UnitPlace] = field(default_factory=dict)
    read_at: float = -FRESH_S

    def clear(self) -> None:
        self.places.clear()

    def freshen(self) -> None:
        now = time.monotonic()
        if now >= self.read_at + FRESH_S or len(self.places) >= MOST:
            self.places.clear()
            self.read_at = now


async def place_of(work: UnitOfWork, custody: Custody, unit_id: UUID, pointer: str) -> UnitPlace:
    """Where a unit stands, up to a minute ago; the use case runs again if it moved.

    Raises `invalid` (422) for an unknown unit.
    """
    cache = work.runtime.cache(UnitPlaces)
    cache.freshen()
    known = cache.places.get(unit_id)
    if known is None:
        unit = await custody.unit(unit_id, pointer)
        known = cache.places[unit_id] = UnitPlace(unit.id, unit.org_path)
    work.rests_on(cache.clear)
    return known
