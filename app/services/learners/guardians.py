"""Guardians of a learner: whom one may write to, and whom one may say where the child is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core.database import ConstraintError
from app.core.problems import DUPLICATE, NOT_FOUND
from app.models.learners.learners import Guardian, Learner
from app.repositories.learners.learners import GuardianRepository
from app.schemas.learners.guardians import GuardianIn, GuardianPatch
from app.services.learners.arrivals import settle_soon
from app.services.learners.registry import (
    blind_index,
    check_period,
    edit,
    email_index,
    guardian_name_index,
    part,
    phone_indexes,
)
from app.services.learners.rolls import rolls_changed
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


class GuardianService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.guardians = GuardianRepository(work.session)

    async def of(self, learner: Learner) -> Sequence[Guardian]:
        return await self.guardians.of_learner(learner.id)

    async def get(self, learner: Learner, guardian_id: UUID) -> Guardian:
        found = await self.guardians.of(learner.id, guardian_id)
        if found is None:
            raise NOT_FOUND()
        return found

    async def add(self, learner: Learner, data: GuardianIn) -> Guardian:
        """Raises `invalid` (422), `duplicate` (409) for the same person in the same relation."""
        await CodeListService(self.work).check(data, self.work.today)
        values = data.model_dump() | {"valid_from": data.valid_from or self.work.today}
        guardian = Guardian(
            learner_id=learner.id,
            has_contact_details=bool(data.phone or data.email),
            **values,
            **self._indexes(learner, values),
            cipher=learner.row_cipher,
            **part(self.work),
        )
        self.guardians.add(guardian)
        await self._written(learner, guardian)
        return guardian

    async def change(self, learner: Learner, guardian: Guardian, patch: GuardianPatch) -> Guardian:
        """Apply a merge-patch. Raises `invalid` (422), `duplicate` (409)."""
        await CodeListService(self.work).check(patch, self.work.today)
        changes = patch.model_dump(exclude_unset=True)
        check_period(guardian.valid_from, patch.valid_to, may_be_empty=True)
        edit(self.work, guardian, changes | self._indexes(learner, changes))
        guardian.has_contact_details = bool(guardian.phone or guardian.email)
        if not changes.keys().isdisjoint({"phone", "email"}):
            guardian.unreachable_since = None
        await self._written(learner, guardian)
        return guardian

    def _indexes(self, learner: Learner, values: dict[str, Any]) -> dict[str, Any]:
        index, found = blind_index(self.work), dict[str, Any]()
        if "phone" in values:
            found |= phone_indexes(index, values["phone"])
        if "email" in values:
            found["email_index"] = email_index(index, values["email"])
        if values.get("full_name"):
            found["name_index"] = guardian_name_index(index, learner.id, values["full_name"])
        return found

    async def _written(self, learner: Learner, guardian: Guardian) -> None:
        learner.touch()
        try:
            await self.work.flush()
        except ConstraintError as error:
            raise DUPLICATE() from error
        if not guardian.may_know_whereabouts:
            await settle_soon(self.work, learner_id=learner.id)
        await rolls_changed(self.work, learner.unit_id)
