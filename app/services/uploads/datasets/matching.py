"""Which learner of the unit a row is about: by any of its numbers, else by whole name and day of birth."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.core.text import fold
from app.integrations.tables.faults import Fault, define_fault
from app.integrations.tables.reading import TypedRow
from app.models.learners.learners import Learner
from app.repositories.uploads.registry import RegistryRepository
from app.services.learners.registry import blind_index, identifier_index
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.datasets.learner_columns import IDENTIFIERS

TWO_RECORDS: Final = define_fault(
    "two_records", "Dòng khớp với nhiều học sinh của đơn vị", "The row matches several learners of the unit"
)
OTHER_NUMBER: Final = define_fault(
    "other_number", "Học sinh này đang có số khác cùng loại", "The learner has another number of this kind"
)


@dataclass(frozen=True, slots=True)
class Match:
    """The learner of a row, its numbers by blind index that the record lacks, and what stands against it."""

    learner: Learner | None
    missing: Mapping[str, str] = field(repr=False)
    faults: tuple[Fault, ...] = ()


class Matcher:
    """The learners that a part of the rows may be about."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.registry = RegistryRepository(work.session)
        self._indexes: dict[int, dict[str, str]] = {}
        self._holders: dict[tuple[str, str], UUID] = {}
        self._namesakes: dict[tuple[str, object], list[UUID]] = defaultdict(list)
        self._learners: dict[UUID, Learner] = {}
        self._numbers: dict[UUID, dict[str, str]] = defaultdict(dict)

    async def load(self, rows: Sequence[TypedRow]) -> None:
        """What is read decides what becomes of the rows; nothing of it is shown."""
        index, path = blind_index(self.work), self.work.actor.org_path
        for row in rows:
            self._indexes[row.number] = {
                name: identifier_index(index, kind, str(row.values[name]))
                for name, kind in IDENTIFIERS.items()
                if name in row.values
            }
        wanted = {each for indexes in self._indexes.values() for each in indexes.values()}
        with self.work.weighing():
            for each in await self.registry.holders(path, wanted):
                self._holders[each.kind, str(each.value_index)] = each.learner_id
            await self._load_learners(path, rows)

    async def _load_learners(self, path: str, rows: Sequence[TypedRow]) -> None:
        for named in await self.registry.named(path, {_name(row) for row in rows}):
            self._namesakes[str(named.folded_name), named.birth_date].append(named.id)
        ids = {*self._holders.values(), *(each for ids in self._namesakes.values() for each in ids)}
        self._learners = {each.id: each for each in await self.registry.learners(ids)}
        for number in await self.registry.identifiers(ids):
            self._numbers[number.learner_id][number.kind] = str(number.value_index)

    def match(self, row: TypedRow) -> Match:
        indexes = self._indexes[row.number]
        found = {holder for name, index in indexes.items() if (holder := self._holders.get((IDENTIFIERS[name], index)))}
        if not found:
            found = {each for each in self._namesakes[_name(row), row.values["birth_date"]] if self._may_be(each, row)}
        if len(found) > 1:
            codes = tuple(sorted(self._learners[each].code for each in found))
            return Match(None, {}, (Fault(TWO_RECORDS, records=codes),))
        if not found:
            return Match(None, indexes)
        learner = self._learners[found.pop()]
        return Match(learner, self._missing(learner, indexes), tuple(self._other_numbers(learner, indexes)))

    def _may_be(self, learner_id: UUID, row: TypedRow) -> bool:
        """Whether no number of the row is of a kind of which the learner has another."""
        has = self._numbers[learner_id]
        return all(IDENTIFIERS[name] not in has for name in self._indexes[row.number])

    def _missing(self, learner: Learner, indexes: Mapping[str, str]) -> dict[str, str]:
        has = self._numbers[learner.id]
        return {name: index for name, index in indexes.items() if IDENTIFIERS[name] not in has}

    def _other_numbers(self, learner: Learner, indexes: Mapping[str, str]) -> list[Fault]:
        has = self._numbers[learner.id]
        return [
            Fault(OTHER_NUMBER, name, records=(learner.code,))
            for name, index in indexes.items()
            if has.get(IDENTIFIERS[name], index) != index
        ]


def _name(row: TypedRow) -> str:
    return fold(str(row.values["full_name"]))
