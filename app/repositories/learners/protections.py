"""Queries of protected learners."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select, update

from app.models.learners.learners import Guardian, Learner
from app.models.learners.protections import LearnerProtection
from app.repositories.base import Repository, in_force


class ProtectionRepository(Repository[LearnerProtection]):
    model = LearnerProtection

    async def protected(self, children: Collection[UUID], day: date) -> set[UUID]:
        """Those of some children who have a mark, or a guardian who may not know where they are."""
        of_them = Learner.person_id.in_(children)
        marked = select(Learner.person_id).where(of_them, Learner.protected_from <= day)
        marked = marked.where(or_(Learner.protected_until.is_(None), Learner.protected_until > day))
        barred = select(Learner.person_id).join(Guardian, Guardian.learner_id == Learner.id).where(of_them)
        barred = barred.where(
            Guardian.may_know_whereabouts.is_(False), Guardian.voided_at.is_(None), in_force(Guardian, day)
        )
        return {*await self.rows(marked), *await self.rows(barred)}

    async def mark(self, child: UUID, first: date, until: date | None) -> None:
        """Mark every record of a child. Its version and `updated_at` stay, so that readers see no change of it."""
        marked = update(Learner).where(Learner.person_id == child)
        marked = marked.values(protected_from=first, protected_until=until, updated_at=Learner.updated_at)
        await self.session.execute(marked.execution_options(synchronize_session=False))

    async def is_open(self, learner_ids: Collection[UUID]) -> bool:
        """Whether a mark of any of these records has no end."""
        query = select(LearnerProtection.id).where(LearnerProtection.learner_id.in_(learner_ids))
        return await self.exists(query.where(LearnerProtection.valid_to.is_(None)))

    async def records_of(self, child: UUID) -> list[UUID]:
        return await self.rows(select(Learner.id).where(Learner.person_id == child))

    async def living(self, learner_id: UUID) -> Learner | None:
        """A record, unopened, that neither is void nor was destroyed."""
        query = select(Learner).where(Learner.id == learner_id, Learner.voided_at.is_(None))
        return await self.first(query.where(Learner.destroyed_at.is_(None)))
