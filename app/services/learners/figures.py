"""What levels above see of learners: counts, and one learner by an exact number with a reason (decision 0014)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.core.filters import ListFilter
from app.core.ids import case_code
from app.core.paging import Page, PageRequest
from app.core.vocabulary import IdentifierKind
from app.models.learners.learners import Learner
from app.models.learners.lookups import LearnerLookup
from app.repositories.learners.figures import LearnerCount, LearnerFigureRepository, LookupRepository
from app.repositories.learners.protections import ProtectionRepository
from app.repositories.units import UnitRepository
from app.schemas.learners.figures import LookupIn
from app.security.access.elevation import ElevationReason
from app.security.access.listings import Filters
from app.security.access.scope import Range
from app.services.learners.notices import LEARNER_LOOKED_UP, PROTECTED_LOOKED_UP
from app.services.learners.problems import names_no_learner
from app.services.learners.registry import blind_index, identifier_index
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.school_years.school_years import SchoolYearService

DEPARTMENT: Final = "department"


@dataclass(frozen=True, slots=True)
class FoundLearner:
    """A unit's record of a learner, as a level above sees it."""

    learner_id: UUID
    unit_id: UUID
    code: str
    full_name: str | None
    birth_date: date | None
    sex: str
    left_at: datetime | None


class LearnerFigureService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.figures = LearnerFigureRepository(work.session)

    async def counts(self, school_year: str, at: ListFilter) -> Sequence[LearnerCount]:
        """The learners of the caller's unit and those below, or of those that are asked for: numbers alone.

        Raises `not_found` (404) for an unknown school year.
        """
        await SchoolYearService(self.work).get(school_year)
        within = Range.under(self.work.actor.org_path)
        async with self.work.elevated(ElevationReason.LEARNER_FIGURES):
            return await self.figures.counts(within, school_year, Filters(at.values))


class LookupService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.figures = LearnerFigureRepository(work.session)
        self.lookups = LookupRepository(work.session)
        self.notices = NoticeService(work)

    async def page(self, page: PageRequest) -> Page[LearnerLookup]:
        found = await self.lookups.page(self.lookups.select(), page)
        await self.lookups.opened(found.items)
        return found

    async def get(self, lookup_id: UUID) -> LearnerLookup:
        return await self.lookups.get(lookup_id)

    async def look_up(self, data: LookupIn) -> tuple[LearnerLookup, Sequence[FoundLearner]]:
        """The records of a learner at the units of the caller's line, by a whole number.

        A protected child is found by the department alone: for others the answer is that for a number of nobody, and
        the department is notified instead of the units. Each look-up is recorded with its reason and without the
        number, also one that finds nothing; each unit that has a record is notified. Raises `invalid` (422), also for
        a code that a school gives itself: by "1", "2", "3" the names of every school would be read.
        """
        await CodeListService(self.work).check(data, self.work.today)
        if data.kind == IdentifierKind.SCHOOL:
            raise names_no_learner()
        index = identifier_index(blind_index(self.work), data.kind, data.value)
        found, withheld = await self._found(data.kind, index)
        actor = self.work.actor
        lookup = LearnerLookup(
            org_path=actor.org_path,
            code=case_code(self.work.today.year),
            kind=data.kind,
            reason=data.reason,
            found=[str(each.learner_id) for each in found],
            cipher=self.work.new_cipher(),
            looked_up_at=self.work.now,
            looked_up_by=actor.id,
            by_role=actor.role,
            by_unit_id=actor.unit_id,
        )
        self.lookups.add(lookup)
        await self.work.flush()
        for each in found:
            named = {"learner_id": str(each.learner_id), "code": lookup.code, "by_unit_id": str(actor.unit_id)}
            await self.notices.notify_beyond(each.unit_id, LEARNER_LOOKED_UP, None, named)
        for learner_id, department_id in withheld:
            named = {"learner_id": str(learner_id), "code": lookup.code, "by_unit_id": str(actor.unit_id)}
            await self.notices.notify_beyond(department_id, PROTECTED_LOOKED_UP, None, named)
        return lookup, found

    async def _found(self, kind: str, index: str) -> tuple[list[FoundLearner], list[tuple[UUID, UUID]]]:
        """The records, and those of protected children with the department that is notified. Values alone leave the
        elevation."""
        within = Range.under(self.work.actor.org_path)
        async with self.work.elevated(ElevationReason.LEARNER_LOOKUP):
            rows = await self.figures.with_number(within, kind, index)
            withheld = await self._withheld(rows)
            shown = [row for row in rows if row.id not in withheld]
            self.work.audit_view(shown)
            return [
                FoundLearner(row.id, row.unit_id, row.code, row.full_name, row.birth_date, row.sex, row.left_at)
                for row in shown
            ], sorted(withheld.items())

    async def _withheld(self, rows: Sequence[Learner]) -> dict[UUID, UUID]:
        """The records of protected children, each with the department above it: none for the department itself."""
        protected = await ProtectionRepository(self.work.session).protected(
            {row.person_id for row in rows}, self.work.today
        )
        found, units = dict[UUID, UUID](), UnitRepository(self.work.session)
        for row in rows:
            department = await units.in_line(row.org_path, DEPARTMENT) if row.person_id in protected else None
            if department is not None and department.id != self.work.actor.unit_id:
                found[row.id] = department.id
        return found
