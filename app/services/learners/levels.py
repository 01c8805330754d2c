"""The school levels and grades that a class may have: one rule, by hand and by upload."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.core.problems import FieldFault, fault
from app.repositories.units import UnitRepository
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.school_years import SchoolYearService

# A change of one of these is checked again.
JUDGED: Final = frozenset({"school_level", "grade"})
# Law on Education 2019, article 28. Continuing education follows the programmes of several levels.
GRADES: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "nursery": (),
        "kindergarten": (),
        "primary": tuple(map(str, range(1, 6))),
        "lower_secondary": tuple(map(str, range(6, 10))),
        "upper_secondary": tuple(map(str, range(10, 13))),
    }
)


@dataclass(frozen=True, slots=True)
class ClassLevels:
    """The levels of a unit in a school year. Where none is recorded, every level suits."""

    of_unit: Sequence[str]

    def faults(self, level: str, grade: str | None) -> Iterator[FieldFault]:
        """What does not suit: a level that the unit does not have, else a grade that the level does not have."""
        if self.of_unit and level not in self.of_unit:
            texts = ("Đơn vị không có cấp học này", "The unit has no such school level")
            yield fault("/school_level", "level_not_of_unit", *texts, allowed=tuple(self.of_unit))
        elif grade is not None and grade not in GRADES.get(level, (grade,)):
            texts = ("Cấp học này không có khối lớp ấy", "The school level has no such grade")
            yield fault("/grade", "grade_not_of_level", *texts, allowed=tuple(GRADES[level]))


async def class_levels(work: UnitOfWork, school_year: str) -> ClassLevels:
    """The levels of the caller's unit on any day of the year. Raises `not_found` (404) for an unknown year."""
    year = await SchoolYearService(work).get(school_year)
    return ClassLevels(await UnitRepository(work.session).levels(work.actor.unit_id, year.year.starts_on, year.until))
