"""Campuses of a unit."""

from uuid import UUID

from app.core.database import ConstraintError
from app.core.paging import Page, PageRequest
from app.models.learners.campuses import Campus
from app.repositories.learners.classes import CampusRepository
from app.schemas.learners.campuses import CampusIn, CampusPatch
from app.services.learners.problems import CODE_IN_USE
from app.services.learners.registry import check_period, code_key, edit, own
from app.services.platform.unit_of_work import UnitOfWork


class CampusService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.campuses = CampusRepository(work.session)

    async def page(self, page: PageRequest) -> Page[Campus]:
        return await self.campuses.listed(page)

    async def get(self, campus_id: UUID) -> Campus:
        return await self.campuses.get(campus_id)

    async def create(self, data: CampusIn) -> Campus:
        """Raises `wrong_period` (422), `code_in_use` (409)."""
        check_period(data.valid_from, data.valid_to)
        campus = Campus(**data.model_dump(), folded_code=code_key(data.code), **own(self.work))
        self.campuses.add(campus)
        try:
            await self.work.flush()
        except ConstraintError as error:
            raise CODE_IN_USE() from error
        return campus

    async def change(self, campus: Campus, patch: CampusPatch) -> Campus:
        """Apply a merge-patch. Raises `wrong_period` (422)."""
        changes = patch.model_dump(exclude_unset=True)
        check_period(changes.get("valid_from", campus.valid_from), changes.get("valid_to", campus.valid_to))
        edit(self.work, campus, changes)
        await self.work.flush()
        return campus
