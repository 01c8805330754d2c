"""Counts of learners over units, and records of one learner by an exact number."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.models.learners.classes import SchoolClass
from app.models.learners.enrolments import Enrolment
from app.models.learners.learners import Learner, LearnerIdentifier
from app.models.learners.lookups import LearnerLookup
from app.repositories.base import Repository
from app.repositories.filters import of_unit
from app.security.access.listings import Filters
from app.security.access.scope import Range


@dataclass(frozen=True, slots=True)
class LearnerCount:
    """How many learners of a grade and sex are present at a unit."""

    unit_id: UUID
    school_level: str
    grade: str | None
    sex: str
    learners: int


class LearnerFigureRepository(Repository[Learner]):
    model = Learner

    async def counts(self, within: Range, school_year: str, filters: Filters) -> list[LearnerCount]:
        """The learners present in a school year, by unit, level, grade and sex."""
        columns = (SchoolClass.unit_id, SchoolClass.school_level, SchoolClass.grade, Learner.sex)
        query = select(*columns, func.count()).select_from(Enrolment)
        query = query.join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        query = query.join(Learner, Learner.id == Enrolment.learner_id)
        query = query.where(
            within.covers(Enrolment.org_path),
            Enrolment.school_year == school_year,
            Enrolment.left_on.is_(None),
            Enrolment.voided_at.is_(None),
            *of_unit(filters, SchoolClass.unit_id),
        )
        rows = await self.session.execute(query.group_by(*columns).order_by(*columns))
        return [LearnerCount(*row) for row in rows]

    async def with_number(self, within: Range, kind: str, value_index: str) -> list[Learner]:
        """The records of units that have, or had, a number."""
        known = select(LearnerIdentifier.learner_id).where(
            LearnerIdentifier.kind == kind,
            LearnerIdentifier.value_index == value_index,
            LearnerIdentifier.voided_at.is_(None),
        )
        query = self.select().where(within.covers(Learner.org_path), Learner.id.in_(known))
        return await self.rows(query.where(Learner.voided_at.is_(None)).order_by(Learner.id))


class LookupRepository(Repository[LearnerLookup]):
    model = LearnerLookup
