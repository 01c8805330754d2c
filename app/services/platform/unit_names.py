"""In-memory cache of the names of units, which stand beside their ids in answers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from app.repositories.units import UnitRepository
from app.services.platform.unit_of_work import UnitOfWork

# A new name appears within a minute; in the process that gives it, at once.
FRESH_S = 60.0
# The memory of some megabytes; a province has fewer units.
MOST = 20_000


class UnitName(NamedTuple):
    """The name today; of a closed unit its last, of one yet to be founded its first."""

    name_vi: str
    name_en: str | None


@dataclass(slots=True)
class UnitNames:
    names: dict[UUID, UnitName] = field(default_factory=dict)
    day: date = date.min
    read_at: float = -FRESH_S

    def clear(self) -> None:
        self.names.clear()

    def freshen(self, day: date) -> None:
        now = time.monotonic()
        if day != self.day or now >= self.read_at + FRESH_S or len(self.names) >= MOST:
            self.names.clear()
            self.day, self.read_at = day, now


async def names_of(work: UnitOfWork, unit_ids: set[UUID]) -> Mapping[UUID, UnitName]:
    """The names of the units that there are, in one statement for all that are not remembered."""
    cache = work.runtime.cache(UnitNames)
    cache.freshen(work.today)
    if missing := unit_ids - cache.names.keys():
        found = await UnitRepository(work.session).last_names(missing, work.today)
        cache.names.update({key: UnitName(version.name_vi, version.name_en) for key, version in found.items()})
    return cache.names


def forget_names(work: UnitOfWork) -> None:
    """Read the names anew after the commit."""
    work.after_commit(work.runtime.cache(UnitNames).clear)
