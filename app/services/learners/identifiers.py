"""Numbers and codes of learners: those of education are plain, personal and passport numbers are sealed."""

from collections.abc import Sequence
from uuid import UUID

from app.core.database import ConstraintError
from app.core.problems import FORBIDDEN, NOT_FOUND
from app.core.scoping import AccessClass, Tier
from app.core.vocabulary import SEALED_KINDS
from app.models.learners.learners import Learner, LearnerIdentifier
from app.repositories.learners.learners import IdentifierRepository
from app.schemas.learners.identifiers import IdentifierIn, IdentifierPatch
from app.services.learners.problems import IDENTIFIER_IN_USE
from app.services.learners.registry import blind_index, check_period, identifier_index, part
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


class IdentifierService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.identifiers = IdentifierRepository(work.session)

    async def of(self, learner: Learner) -> Sequence[LearnerIdentifier]:
        """Raises `forbidden` (403) for a homeroom teacher, who sees no number."""
        if self.work.actor.tier(AccessClass.LEARNER) < Tier.IDENTITIES:
            raise FORBIDDEN()
        return await self.identifiers.of_learner(learner.id)

    async def get(self, learner: Learner, identifier_id: UUID) -> LearnerIdentifier:
        found = await self.identifiers.of(learner.id, identifier_id)
        if found is None:
            raise NOT_FOUND()
        return found

    async def add(self, learner: Learner, data: IdentifierIn) -> LearnerIdentifier:
        """Raises `invalid` (422), `identifier_in_use` (409)."""
        await CodeListService(self.work).check(data, self.work.today)
        return await self.enter(learner, data)

    async def enter(self, learner: Learner, data: IdentifierIn) -> LearnerIdentifier:
        """Enter one whose codes are checked. Raises `identifier_in_use` (409)."""
        is_sealed = data.kind in SEALED_KINDS
        identifier = LearnerIdentifier(
            learner_id=learner.id,
            kind=data.kind,
            value=None if is_sealed else data.value,
            number=data.value if is_sealed else None,
            value_index=identifier_index(blind_index(self.work), data.kind, data.value),
            valid_from=data.valid_from or self.work.today,
            cipher=learner.row_cipher,
            **part(self.work),
        )
        self.identifiers.add(identifier)
        learner.touch()
        try:
            await self.work.flush()
        except ConstraintError as error:
            raise IDENTIFIER_IN_USE() from error
        return identifier

    async def end(self, learner: Learner, identifier: LearnerIdentifier, patch: IdentifierPatch) -> LearnerIdentifier:
        """Say from which day it no longer holds. Raises `wrong_period` (422)."""
        check_period(identifier.valid_from, patch.valid_to, may_be_empty=True)
        if patch.valid_to is not None:
            identifier.valid_to, identifier.edited_at = patch.valid_to, self.work.now
            learner.touch()
        await self.work.flush()
        return identifier


def value_of(identifier: LearnerIdentifier) -> str | None:
    """The number, wherever it lies."""
    return identifier.value if identifier.kind not in SEALED_KINDS else identifier.number
