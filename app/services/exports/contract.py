"""What a list declares that may be exported, and how its rows are read part by part."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final
from uuid import UUID

from app.core.problems import Text
from app.core.scoping import AccessClass, Tier
from app.models.base import Identified
from app.repositories.exports import ExportedRepository
from app.schemas.exports import ExportIn
from app.security.access.roles import Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

PART: Final = 500
Value = str | int | date | datetime | bool | None
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ExportField:
    """One column. A code has its label in a spreadsheet, from a code list or `labels`; JSON Lines have the code."""

    name: str
    head: Text
    code_list: str | None = None
    labels: Mapping[str, str] | None = None
    tier: Tier = Tier.FACTS


@dataclass(frozen=True, slots=True)
class ExportPart:
    """Some rows, and the id after which the next part begins; None ends the list."""

    rows: Sequence[Row]
    next: UUID | None


class ExportedList(ABC):
    """One list. `resource` is that of the right to read it; rows go out in the order of `sorted_by`."""

    code: ClassVar[str]
    resource: ClassVar[Resource]
    access_class: ClassVar[AccessClass]
    fields: ClassVar[tuple[ExportField, ...]]
    sorted_by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.exported = ExportedRepository(work.session)

    @abstractmethod
    async def part(self, asked: ExportIn, after: UUID | None) -> ExportPart:
        """The next rows in the caller's reach, each an audited view."""

    def shown_fields(self) -> list[ExportField]:
        """Those that the caller's tier opens."""
        tier = self.work.actor.tier(self.access_class)
        return [each for each in self.fields if each.tier <= tier]

    async def labels(self) -> dict[str, Mapping[str, str]]:
        """The Vietnamese label of each code, by field."""
        lists = CodeListService(self.work)
        return {
            each.name: await lists.labels(each.code_list) if each.code_list else each.labels or {}
            for each in self.fields
            if each.code_list or each.labels
        }

    def in_order(self, rows: list[Row]) -> list[Row]:
        if not self.sorted_by:
            return rows
        return sorted(rows, key=lambda row: tuple(str(row[name] or "") for name in self.sorted_by))


def next_after(found: Sequence[Identified]) -> UUID | None:
    """A part that is full may have a next one."""
    return found[-1].id if len(found) == PART else None
