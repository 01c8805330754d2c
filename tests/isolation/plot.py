"""What the areas get to plant their rows with: one case, or one account, and the words that its rows hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.services.platform.unit_of_work import UnitOfWork
from tests.isolation.rule import Actor, Case, reaches, sees

Reader = Callable[[Actor], bool]


@dataclass
class Plot:
    """One case to be planted. Each area adds its rows, and records the ids that paths and bodies name."""

    work: UnitOfWork
    case: Case
    number: int
    path: str
    """The `org_path` of the holder."""
    units: dict[str, UUID]
    users: dict[str, UUID]
    bystander: UUID
    hotline: UUID
    readers: dict[str, Reader]
    incident_id: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.facts, self.circumstances, self.identities = (self._canary(tier) for tier in (1, 2, 3))
        self.row = self._row_canary()
        self.cipher = self.work.new_cipher()

    @property
    def now(self) -> datetime:
        return self.work.now

    @property
    def holder(self) -> UUID:
        return self.units[self.case.holder]

    @property
    def held(self) -> dict[str, Any]:
        """The columns of a row that a unit holds."""
        return {"holder_id": self.holder, "org_path": self.path, "unit_id": self.units[self.case.unit]}

    @property
    def part(self) -> dict[str, Any]:
        """The columns of a part of the incident."""
        return {"incident_id": self.incident_id, "org_path": self.path}

    @property
    def sealed(self) -> dict[str, Any]:
        """The columns of a part of the incident with encrypted words."""
        return self.part | {"cipher": self.cipher}

    def add(self, *rows: object) -> None:
        self.work.session.add_all(rows)

    def record(self, name: str, key: UUID, reader: Reader | None = None) -> None:
        """Name an id of the case; with a `reader`, only those may ever see it."""
        self.case.ids[name] = key
        if reader is not None:
            self.readers[str(key)] = reader

    def sees(self, actor: Actor) -> bool:
        """Who reads the facts of the case."""
        return sees(actor, self.case, 1)

    def is_in_line(self, actor: Actor) -> bool:
        """Who stands in the line of the holder: no grant reaches as far."""
        return reaches(actor, self.case, 9)

    def _canary(self, tier: int) -> str:
        word = f"zq{self.number:06d}t{tier}zq"
        self.readers[word] = lambda actor: sees(actor, self.case, tier)
        return word

    def _row_canary(self) -> str:
        """A plain fact of a row that is there from the second tier of a grant on."""
        word = f"zq{self.number:06d}t9zq"
        self.readers[word] = lambda actor: reaches(actor, self.case, 2)
        return word


@dataclass
class AccountPlot:
    """The accounts of one unit to be planted, whose names are `word`."""

    work: UnitOfWork
    unit: str
    number: int
    word: str
    owned: dict[str, Any]
    """The columns of a row that a unit owns."""
    ids: dict[str, UUID] = field(default_factory=dict)

    def add(self, *rows: object) -> None:
        self.work.session.add_all(rows)
