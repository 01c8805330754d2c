"""Learners of a unit: entered, read and changed at the unit itself (decision 0014)."""

from uuid import UUID

from app.core.ids import new_id
from app.core.paging import Page, PageRequest
from app.core.text import fold
from app.models.learners.learners import Learner, LearnerFilter, code_of
from app.repositories.learners.learners import LearnerRepository
from app.schemas.learners.learners import LearnerIn, LearnerPatch, LearnerSearchIn
from app.services.learners.identifiers import IdentifierService
from app.services.learners.registry import edit, name_columns, own
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


class LearnerService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.learners = LearnerRepository(work.session)

    async def page(self, page: PageRequest, wanted: LearnerFilter) -> tuple[Page[Learner], list[UUID]]:
        """A page in the order of names, and with the first what changed and is no longer among what is asked for."""
        found = await self.learners.listed(page, wanted)
        self.work.audit_view(found.items)
        is_first = page.before is None and wanted.common.updated_since is not None
        return found, await self.learners.left(wanted) if is_first else []

    async def search(self, data: LearnerSearchIn) -> Page[Learner]:
        """Those whose name has a part, with or without diacritics, in the order of names."""
        await CodeListService(self.work).check(data, None)
        wanted = LearnerFilter(data.class_id, data.school_year, tuple(data.status))
        found = await self.learners.named(fold(data.name), wanted, data.limit)
        self.work.audit_view(found.items)
        return found

    async def get(self, learner_id: UUID) -> Learner:
        return await self.learners.get(learner_id)

    async def create(self, data: LearnerIn) -> Learner:
        """A new record of a child, who is enrolled next.

        Raises `invalid` (422), `identifier_in_use` (409) where another learner of the unit has a number.
        """
        await CodeListService(self.work).check(data, self.work.today)
        learner_id = new_id()
        learner = Learner(
            id=learner_id,
            code=code_of(learner_id),
            **name_columns(data.full_name),
            **data.model_dump(exclude={"full_name", "identifiers"}),
            cipher=self.work.new_cipher(),
            **own(self.work),
        )
        self.learners.add(learner)
        await self.work.flush()
        identifiers = IdentifierService(self.work)
        for each in data.identifiers:
            await identifiers.enter(learner, each)
        return learner

    async def change(self, learner: Learner, patch: LearnerPatch) -> Learner:
        """Apply a merge-patch. Raises `invalid` (422)."""
        await CodeListService(self.work).check(patch, self.work.today)
        changes = patch.model_dump(exclude_unset=True)
        if patch.full_name is not None:
            changes |= name_columns(patch.full_name)
        edit(self.work, learner, changes)
        await self.work.flush()
        return learner
