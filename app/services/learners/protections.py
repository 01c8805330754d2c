"""Protected learners: who asks by an exact number, or takes the child in, hears nothing of where the child is."""

from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.problems import DUPLICATE, Text
from app.models.learners.learners import Learner
from app.models.learners.protections import LearnerProtection
from app.models.notices.kinds import NoticeSpec
from app.repositories.accounts import UserRepository
from app.repositories.learners.protections import ProtectionRepository
from app.schemas.learners.protections import ProtectionEndIn, ProtectionIn
from app.security.access.elevation import ElevationReason
from app.security.access.roles import Role
from app.security.access.scope import Range
from app.services.learners.arrivals import settle_soon
from app.services.learners.notices import PROTECTION_ENDED, PROTECTION_SET
from app.services.learners.problems import unknown
from app.services.learners.registry import check_period
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork

PROTECTED_ALREADY = Text("Trẻ đang được bảo vệ", "The child is protected already")


class ProtectionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.protections = ProtectionRepository(work.session)

    async def page(self, page: PageRequest) -> Page[LearnerProtection]:
        return await self.protections.page(self.protections.select(), page)

    async def get(self, protection_id: UUID) -> LearnerProtection:
        return await self.protections.get(protection_id)

    async def set(self, data: ProtectionIn) -> LearnerProtection:
        """Mark a child of the department's line; the head of the unit that has the record is notified.

        Raises `invalid` (422) for a record that is not of the line, `duplicate` (409) for a mark that still holds.
        """
        actor = self.work.actor
        async with self.work.elevated(ElevationReason.LEARNER_PROTECTION):
            learner = await self._found(data.learner_id)
            if await self.protections.is_open(await self.protections.records_of(learner.person_id)):
                raise DUPLICATE(PROTECTED_ALREADY)
            await self.protections.mark(learner.person_id, data.valid_from, None)
            school_id = learner.unit_id
        made = LearnerProtection(
            org_path=actor.org_path,
            unit_id=actor.unit_id,
            school_id=school_id,
            set_at=self.work.now,
            set_by=actor.id,
            **data.model_dump(),
        )
        self.protections.add(made)
        await self.work.flush()
        await settle_soon(self.work, learner_id=data.learner_id)
        await self._notify_heads(made, PROTECTION_SET)
        return made

    async def end(self, protection: LearnerProtection, data: ProtectionEndIn) -> LearnerProtection:
        """Say from which day it no longer holds. Raises `wrong_period` (422)."""
        check_period(protection.valid_from, data.valid_to, may_be_empty=True)
        protection.valid_to = data.valid_to
        protection.ended_at, protection.ended_by = self.work.now, self.work.actor.id
        await self.work.flush()
        async with self.work.elevated(ElevationReason.LEARNER_PROTECTION):
            learner = await self.protections.living(protection.learner_id)
            if learner is not None:
                await self.protections.mark(learner.person_id, protection.valid_from, data.valid_to)
        await self._notify_heads(protection, PROTECTION_ENDED)
        return protection

    async def _found(self, learner_id: UUID) -> Learner:
        learner = await self.protections.living(learner_id)
        if learner is None or not Range.under(self.work.actor.org_path).holds(learner.org_path):
            raise unknown("/learner_id")
        return learner

    async def _notify_heads(self, protection: LearnerProtection, kind: NoticeSpec) -> None:
        """The head alone: not everybody of a unit hears whom it protects."""
        async with self.work.elevated(ElevationReason.NOTICE):
            heads = await UserRepository(self.work.session).active(protection.school_id, Role.SCHOOL_HEAD)
        for head in heads:
            data = {"learner_id": str(protection.learner_id)}
            await NoticeService(self.work).notify_person(head, protection.school_id, kind, None, data)
