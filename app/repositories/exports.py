"""Queries of exports, and of the rows that go into one: each part in the order of ids."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from app.models.base import Base, Identified
from app.models.cases.incidents import Incident
from app.models.exports import Export
from app.models.learners.classes import SchoolClass
from app.models.learners.enrolments import Enrolment
from app.models.learners.learners import Guardian, Learner, LearnerIdentifier
from app.models.learners.staff import StaffMember, StaffPost
from app.models.referrals import Referral
from app.repositories.base import Repository
from app.security.access.scope import Range

T = TypeVar("T", bound=Base)


class ExportRepository(Repository[Export]):
    model = Export


class ExportedRepository(Repository[Learner]):
    """Records in the caller's reach. Nothing is opened but the words of learners and guardians."""

    model = Learner

    async def enrolments(self, school_year: str, after: UUID | None, limit: int) -> Sequence[Enrolment]:
        query = select(Enrolment).where(Enrolment.school_year == school_year, Enrolment.voided_at.is_(None))
        return await self._part(query, Enrolment, after, limit)

    async def classes(self, school_year: str, after: UUID | None, limit: int) -> Sequence[SchoolClass]:
        query = select(SchoolClass).where(SchoolClass.school_year == school_year, SchoolClass.voided_at.is_(None))
        return await self._part(query, SchoolClass, after, limit)

    async def staff(self, after: UUID | None, limit: int) -> Sequence[StaffMember]:
        return await self._part(select(StaffMember).where(StaffMember.voided_at.is_(None)), StaffMember, after, limit)

    async def posts(self, staff_ids: Collection[UUID]) -> Sequence[StaffPost]:
        query = select(StaffPost).where(StaffPost.staff_id.in_(staff_ids), StaffPost.voided_at.is_(None))
        return await self.rows(query.order_by(StaffPost.valid_from, StaffPost.post))

    async def incidents(
        self, within: Range, days: tuple[datetime | None, datetime | None], after: UUID | None, limit: int
    ) -> Sequence[Incident]:
        query = select(Incident).where(within.covers(Incident.org_path), *_between(Incident.received_at, days))
        return await self._part(query, Incident, after, limit)

    async def referrals(
        self, within: Range, days: tuple[datetime | None, datetime | None], after: UUID | None, limit: int
    ) -> Sequence[Referral]:
        query = select(Referral).where(within.covers(Referral.org_path), *_between(Referral.made_at, days))
        return await self._part(query, Referral, after, limit)

    async def incident_codes(self, incident_ids: Collection[UUID]) -> dict[UUID, str]:
        return await self.pairs(select(Incident.id, Incident.code).where(Incident.id.in_(incident_ids)))

    async def learners(self, ids: Collection[UUID]) -> dict[UUID, Learner]:
        """Opened; without those that are void or destroyed."""
        counting = (Learner.voided_at.is_(None), Learner.destroyed_at.is_(None))
        return {each.id: each for each in await self.all(select(Learner).where(Learner.id.in_(ids), *counting))}

    async def guardians(self, learner_ids: Collection[UUID]) -> Sequence[Guardian]:
        """Opened; those of today."""
        query = select(Guardian).where(Guardian.learner_id.in_(learner_ids), Guardian.valid_to.is_(None))
        return await self.all(query.where(Guardian.voided_at.is_(None)).order_by(Guardian.id))

    async def codes(self, learner_ids: Collection[UUID], kind: str) -> dict[UUID, str | None]:
        """The plain value of each learner's current identifier of a kind."""
        query = select(LearnerIdentifier.learner_id, LearnerIdentifier.value).where(
            LearnerIdentifier.learner_id.in_(learner_ids),
            LearnerIdentifier.kind == kind,
            LearnerIdentifier.valid_to.is_(None),
            LearnerIdentifier.voided_at.is_(None),
        )
        return await self.pairs(query)

    async def class_codes(self, class_ids: Collection[UUID]) -> dict[UUID, str]:
        return await self.pairs(select(SchoolClass.id, SchoolClass.code).where(SchoolClass.id.in_(class_ids)))

    async def _part(self, query: Select[T], model: type[Identified], after: UUID | None, limit: int) -> Sequence[T]:
        if after is not None:
            query = query.where(model.id > after)
        return await self.rows(query.order_by(model.id).limit(limit))


def _between(column: Any, days: tuple[datetime | None, datetime | None]) -> list[ColumnElement[bool]]:  # noqa: ANN401
    first, end = days
    return [*([column >= first] if first else []), *([column < end] if end else [])]
