"""Invented cases, accounts and units with canaries: words that occur nowhere else, each with who may read it.

What is planted lies in `estates`, by area.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import ClassVar
from uuid import UUID

from app.core.ids import new_id
from app.models.units import Unit
from app.repositories.reference import HotlineRepository
from app.repositories.units import UnitRepository
from app.schemas.units import UnitDescription
from app.security.access.scope import ALL
from app.services.platform.unit_of_work import UnitOfWork
from app.services.units import UnitService
from tests.isolation.estates import ACCOUNT_PARTS, CASE_PARTS
from tests.isolation.plot import AccountPlot, Plot, Reader
from tests.isolation.rule import Account, Case, Place, Shared, manages_accounts_of
from tests.world import World

CANARY = re.compile(r"zq\d{6}t\dzq|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
HELPED = frozenset({"bureau_a", "school_a1", "agency", "school_z"})
HELPED_USERS = frozenset({"a1.teacher", "thpt.teacher", "a2.head"})
SHARES = {
    "shared_facts": Shared(HELPED, tier=1),
    "shared_circumstances": Shared(HELPED, tier=2),
    "shared_identities": Shared(HELPED, tier=3),
    "shared_with_users": Shared(frozenset(), HELPED_USERS),
    "share_expired": Shared(HELPED, HELPED_USERS, live=False),
    "share_revoked": Shared(HELPED, HELPED_USERS, live=False),
}


@dataclass
class Estate:
    """What was planted, and by whom each canary may be read."""

    world: World
    users: dict[str, UUID]
    bystander: UUID = field(default_factory=new_id)
    hotline: UUID = field(default_factory=new_id)
    readers: dict[str, Reader] = field(default_factory=dict)
    numbers: ClassVar[Iterator[int]] = count(1)
    paths: dict[str, str] = field(default_factory=dict)

    async def open(self) -> None:
        """Read the paths, and found a unit to which nobody belongs."""
        async with self.world.runtime.work(ALL) as work:
            for key, unit_id in self.world.units.items():
                self.paths[key] = (await UnitRepository(work.session).get(unit_id)).org_path
            self.hotline = (await HotlineRepository(work.session).in_force(work.today))[0].id
            self.bystander = (await self._leaf(work, "ministry")).id
            await work.commit()

    async def case(self, key: str, holder: str, shared: Shared | None = None, unit: str = "") -> Case:
        """A case held by `holder`; `unit` is where it happened, if elsewhere."""
        case = Case(key, holder, shared, unit or holder)
        async with self.world.runtime.work(ALL) as work:
            plot = Plot(
                work,
                case,
                next(self.numbers),
                self.paths[holder],
                self.world.units,
                self.users,
                self.bystander,
                self.hotline,
                self.readers,
            )
            for plant in CASE_PARTS:
                plant(plot)
            await work.commit()
        return case

    async def account(self, unit: str) -> Account:
        """The accounts of a unit, whose names are canaries."""
        number = next(self.numbers)
        word = f"zq{number:06d}t1zq"
        self.readers[word] = lambda actor: manages_accounts_of(actor, unit)
        owned = {"unit_id": self.world.units[unit], "org_path": self.paths[unit]}
        async with self.world.runtime.work(ALL) as work:
            plot = AccountPlot(work, unit, number, word, owned)
            for plant in ACCOUNT_PARTS:
                plant(plot)
            await work.commit()
        for key in plot.ids.values():
            self.readers[str(key)] = self.readers[word]
        return Account(unit, plot.ids)

    async def place(self, unit: str) -> Place:
        async with self.world.runtime.work(ALL) as work:
            leaf = await self._leaf(work, unit)
            await work.commit()
        return Place(unit, {"unit_id": leaf.id})

    async def _leaf(self, work: UnitOfWork, under: str) -> Unit:
        parent = await UnitRepository(work.session).get(self.world.units[under])
        described = UnitDescription(
            name_vi=f"Cơ sở thử {next(self.numbers)}", effective_on=date(2021, 9, 1), decision_number="02/QĐ-MẪU"
        )
        return await UnitService(work).create_unchecked("school", parent, described)
