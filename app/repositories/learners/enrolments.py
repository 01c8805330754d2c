"""Queries of enrolments and their dated statuses."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.models.learners.enrolments import Enrolment, EnrolmentStatus, EnrolmentStatusCode
from app.repositories.base import Repository, in_force


class EnrolmentRepository(Repository[Enrolment]):
    model = Enrolment

    async def of_learner(self, learner_id: UUID) -> list[Enrolment]:
        query = self.select().where(Enrolment.learner_id == learner_id)
        return await self.rows(query.order_by(Enrolment.school_year))

    async def of(self, learner_id: UUID, enrolment_id: UUID) -> Enrolment | None:
        return await self.first(self.select().where(Enrolment.learner_id == learner_id, Enrolment.id == enrolment_id))

    async def statuses(self, enrolment_ids: Collection[UUID]) -> Sequence[EnrolmentStatus]:
        """The dated statuses of some enrolments that count, in order."""
        query = select(EnrolmentStatus).where(EnrolmentStatus.enrolment_id.in_(enrolment_ids))
        query = query.where(EnrolmentStatus.voided_at.is_(None))
        return await self.rows(query.order_by(EnrolmentStatus.valid_from, EnrolmentStatus.id))

    async def is_present(self, learner_id: UUID) -> bool:
        """Whether any enrolment of the learner has not ended."""
        query = select(Enrolment.id).where(Enrolment.learner_id == learner_id, Enrolment.left_on.is_(None))
        return await self.exists(query.where(Enrolment.voided_at.is_(None)))


class EnrolmentStatusCodeRepository(Repository[EnrolmentStatusCode]):
    model = EnrolmentStatusCode

    async def on(self, day: date) -> list[EnrolmentStatusCode]:
        query = self.select().where(in_force(EnrolmentStatusCode, day))
        return await self.rows(query.order_by(EnrolmentStatusCode.position))
