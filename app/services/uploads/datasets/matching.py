"""Which learner of the unit a row is about: by any of its numbers, else by whole name and day of birth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
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
LEARNER_UNNAMED: Final = define_fault("learner_unnamed", "Cần một mã của học sinh", "A number of the learner is needed")
UNKNOWN_LEARNER: Final = define_fault(
    "unknown_learner", "Đơn vị không có học sinh với mã này", "The unit has no learner with this number"
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
        # By row, where no number of the row finds a learner.
        self._persons: dict[int, tuple[str, date]] = {}
        self._holders: Mapping[tuple[str, str], UUID] = {}
        self._namesakes: Mapping[tuple[str, date], Sequence[UUID]] = {}
        self._learners: dict[UUID, Learner] = {}
        self._numbers: Mapping[UUID, Mapping[str, str]] = {}

    async def load(self, rows: Sequence[TypedRow]) -> None:
        """What is read decides what becomes of the rows; nothing of it is shown."""
        index, path = blind_index(self.work), self.work.actor.org_path
        for row in rows:
            self._indexes[row.number] = {
                name: identifier_index(index, kind, str(row.values[name]))
                for name, kind in IDENTIFIERS.items()
                if name in row.values
            }
        wanted = ((IDENTIFIERS[name], each) for some in self._indexes.values() for name, each in some.items())
        self._holders = await self.registry.holders(path, wanted)
        persons = {row.number: _person(row) for row in rows if not self._found(row)}
        self._persons = {number: person for number, person in persons.items() if person is not None}
        self._namesakes = await self.registry.namesakes(path, set(self._persons.values()))
        ids = {*self._holders.values(), *(each for ids in self._namesakes.values() for each in ids)}
        with self.work.weighing():
            self._learners = {each.id: each for each in await self.registry.learners(ids)}
        kinds = {IDENTIFIERS[name] for some in self._indexes.values() for name in some}
        self._numbers = await self.registry.numbers(ids, kinds)

    def match(self, row: TypedRow) -> Match:
        indexes = self._indexes[row.number]
        found = self._found(row) or self._namesakes_of(row)
        if len(found) > 1:
            codes = tuple(sorted(self._learners[each].code for each in found))
            return Match(None, {}, (Fault(TWO_RECORDS, records=codes),))
        if not found:
            return Match(None, indexes, _unknown(row, indexes))
        learner = self._learners[found.pop()]
        return Match(learner, self._missing(learner, indexes), tuple(self._other_numbers(learner, indexes)))

    def _found(self, row: TypedRow) -> set[UUID]:
        """The learners that have a number of the row."""
        numbers = ((IDENTIFIERS[name], index) for name, index in self._indexes[row.number].items())
        return {holder for number in numbers if (holder := self._holders.get(number))}

    def _namesakes_of(self, row: TypedRow) -> set[UUID]:
        person = self._persons.get(row.number)
        found = () if person is None else self._namesakes.get(person, ())
        return {each for each in found if self._may_be(each, row)}

    def _may_be(self, learner_id: UUID, row: TypedRow) -> bool:
        """Whether no number of the row is of a kind of which the learner has another."""
        has = self._numbers.get(learner_id, {})
        return all(IDENTIFIERS[name] not in has for name in self._indexes[row.number])

    def _missing(self, learner: Learner, indexes: Mapping[str, str]) -> dict[str, str]:
        has = self._numbers.get(learner.id, {})
        return {name: index for name, index in indexes.items() if IDENTIFIERS[name] not in has}

    def _other_numbers(self, learner: Learner, indexes: Mapping[str, str]) -> list[Fault]:
        has = self._numbers.get(learner.id, {})
        return [
            Fault(OTHER_NUMBER, name, records=(learner.code,))
            for name, index in indexes.items()
            if has.get(IDENTIFIERS[name], index) != index
        ]


def _person(row: TypedRow) -> tuple[str, date] | None:
    born, name = row.values.get("birth_date"), row.values.get("full_name")
    return (fold(str(name)), born) if isinstance(born, date) and name is not None else None


def _unknown(row: TypedRow, indexes: Mapping[str, str]) -> tuple[Fault, ...]:
    """The fault of a row that identifies no learner and cannot create one."""
    if _person(row) is not None:
        return ()
    return (Fault(UNKNOWN_LEARNER, next(iter(indexes))) if indexes else Fault(LEARNER_UNNAMED),)
